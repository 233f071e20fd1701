/**
 * The tests that a rule makes by itself, before its matches: addresses, interfaces, protocol, fragments.
 * In: a rule. Out: its tests in the kernel's order, as functions of a packet; none for what matches everything.
 * Kernel: ip_packet_match(), net/ipv4/netfilter/ip_tables.c; ip6_packet_match(), net/ipv6/netfilter/ip6_tables.c.
 */
import type { Box } from '../box/box.js'
import { DescriptorFlag } from '../memory/descriptor.js'
import type { Packet } from '../memory/packet.js'
import type { AddressMatch, Family, InterfaceMatch, ProtocolMatch, Rule } from '../ruleset/ruleset.js'

/** Of IPv6: a packet that ends with its extension headers. */
const NO_NEXT_HEADER = 59
/** Hop-by-hop, routing, fragment, authentication, destination. Kernel: ipv6_ext_hdr(), without NEXTHDR_NONE. */
const EXTENSION_HEADERS: ReadonlySet<number> = new Set([0, 43, 44, 51, 60])

export type Test = (packet: Packet) => boolean

/** The tests of a rule's header as one; null when it has none. */
export function headerTest(rule: Rule, family: Family, box: Box): Test | null {
  const tests: Test[] = []
  if (rule.source !== null) tests.push(sourceTest(rule.source, family))
  if (rule.destination !== null) tests.push(destinationTest(rule.destination, family))
  if (rule.inInterface !== null) tests.push(inInterfaceTest(rule.inInterface, box))
  if (rule.outInterface !== null) tests.push(outInterfaceTest(rule.outInterface, box))
  if (rule.protocol !== null && rule.protocol.number !== 0) tests.push(protocolTest(rule.protocol, family))
  if (rule.fragment !== null) {
    const { inverted } = rule.fragment
    tests.push((packet) => (packet.fragmentOffset !== 0) !== inverted)
  }
  return allOf(tests)
}

function allOf(tests: readonly Test[]): Test | null {
  const [first, second, third] = tests
  switch (tests.length) {
    case 0:
      return null
    case 1:
      return first
    case 2:
      return (packet) => first(packet) && second(packet)
    case 3:
      return (packet) => first(packet) && second(packet) && third(packet)
    default:
      return (packet) => tests.every((test) => test(packet))
  }
}

function sourceTest({ address, mask, inverted }: AddressMatch, family: Family): Test {
  if (family === 4) {
    const [wanted, bits] = [address[0], mask[0]]
    return (packet) => (((packet.src4 ^ wanted) & bits) === 0) !== inverted
  }
  return (packet) => {
    for (let word = 0; word < 4; word++) {
      if (mask[word] !== 0 && ((packet.src6(word) ^ address[word]) & mask[word]) !== 0) return inverted
    }
    return !inverted
  }
}

function destinationTest({ address, mask, inverted }: AddressMatch, family: Family): Test {
  if (family === 4) {
    const [wanted, bits] = [address[0], mask[0]]
    return (packet) => (((packet.dst4 ^ wanted) & bits) === 0) !== inverted
  }
  return (packet) => {
    for (let word = 0; word < 4; word++) {
      if (mask[word] !== 0 && ((packet.dst6(word) ^ address[word]) & mask[word]) !== 0) return inverted
    }
    return !inverted
  }
}

function inInterfaceTest(match: InterfaceMatch, box: Box): Test {
  const names = interfaceTest(match.name, box)
  return (packet) => names(packet.inInterface) !== match.inverted
}

function outInterfaceTest(match: InterfaceMatch, box: Box): Test {
  const names = interfaceTest(match.name, box)
  return (packet) => names(packet.outInterface) !== match.inverted
}

/** `name`, or `prefix+`; an interface that nobody knows has the empty name, as a missing one has in the kernel. */
function interfaceTest(name: string, box: Box): (id: number) => boolean {
  if (!name.endsWith('+')) {
    const wanted = box.internInterface(name)
    return (id) => id === wanted
  }
  const prefix = name.slice(0, -1)
  const known: boolean[] = []
  return (id) => (known[id] ??= box.interfaceName(id).startsWith(prefix))
}

function protocolTest({ number, inverted }: ProtocolMatch, family: Family): Test {
  if (family === 4) return (packet) => (packet.protocol === number) !== inverted
  return (packet) => {
    const later = packet.fragmentOffset !== 0
    const unknown = later
      ? EXTENSION_HEADERS.has(packet.protocol)
      : (packet.descriptor.flags & DescriptorFlag.NoTransport) !== 0 && packet.protocol !== NO_NEXT_HEADER
    // A chain of extension headers that cannot be followed to its end drops the packet.
    if (unknown) {
      packet.hotDrop = true
      return false
    }
    return (packet.protocol === number) !== inverted
  }
}
