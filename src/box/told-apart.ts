/**
 * The prefixes by which a box tells addresses apart: of its routes, policy rules, own addresses and groups, and those
 * that mean something to every kernel. Two addresses that lie in the same ones are routed alike, as sources and as
 * destinations. In: a box. Out: prefixes, in no order.
 */
import type { Family } from '../ruleset/ruleset.js'
import { addressBits, type Prefix, solicitedNode, type Words } from './address.js'
import type { Box } from './box.js'
import { linkPrefix } from './interface.js'

/** 0.0.0.0, loopback, multicast, the groups that are never forwarded, all hosts, limited broadcast. */
const WELL_KNOWN_4: readonly Prefix[] = [
  { words: [0], length: 32 },
  { words: [0x7f000000], length: 8 },
  { words: [0x7f000001], length: 32 },
  { words: [0xe0000000], length: 4 },
  { words: [0xe0000000], length: 24 },
  { words: [0xe0000001], length: 32 },
  { words: [0xffffffff], length: 32 },
]
/** ::, ::1, IPv4-mapped, link-local, multicast, and the groups of all nodes and all routers. */
const WELL_KNOWN_6: readonly Prefix[] = [
  { words: [0, 0, 0, 0], length: 128 },
  { words: [0, 0, 0, 1], length: 128 },
  { words: [0, 0, 0xffff, 0], length: 96 },
  { words: [0xfe800000, 0, 0, 0], length: 10 },
  { words: [0xff000000, 0, 0, 0], length: 8 },
  ...[0xff010000, 0xff020000, 0xff050000].flatMap((first): Prefix[] => [
    { words: [first, 0, 0, 1], length: 128 },
    { words: [first, 0, 0, 2], length: 128 },
  ]),
]

/**
 * Null when routing looks at more of a flow than the prefixes of its addresses: several next hops to choose from, or
 * policy rules by protocol or port.
 */
export function prefixesToldApart(box: Box, family: Family): Prefix[] | null {
  const { routes, policy, groups, ownAddresses } = box.data()
  const looksFurther = policy[family].some(
    ({ protocol, sourcePorts, destinationPorts }) =>
      protocol !== 0 || sourcePorts !== null || destinationPorts !== null,
  )
  if (looksFurther || routes[family].some(({ hops }) => hops.length > 1)) return null
  const one = (words: Words): Prefix => ({ words, length: addressBits(family) })
  const ofFamily = (words: Words): boolean => words.length === addressBits(family) / 32
  const links = box.interfaces.flatMap(({ addresses }) => addresses.filter((own) => own.family === family))
  const own = ownAddresses.filter((address) => address.family === family).map(({ words }) => words)
  const linkPrefixes = links.map(linkPrefix)
  const solicited =
    family === 6 ? [...own, ...links.map(({ words }) => words), ...linkPrefixes.map(({ words }) => words)] : []
  return [
    ...(family === 4 ? WELL_KNOWN_4 : WELL_KNOWN_6),
    ...routes[family].map(({ prefix }) => prefix),
    ...policy[family].flatMap(({ source, destination }) => [source, destination].filter((prefix) => prefix !== null)),
    ...own.map(one),
    ...links.map(({ words }) => one(words)),
    ...linkPrefixes,
    ...solicited.map((words) => one(solicitedNode(words))),
    ...groups.filter(({ group }) => ofFamily(group)).map(({ group }) => one(group)),
  ]
}
