/**
 * -m addrtype: what the box's routes say of the packet's addresses: its own, broadcast, multicast ...
 * Kernel: net/netfilter/xt_addrtype.c (v6.18). iptables: extensions/libxt_addrtype.c, revision 1.
 */
import { Field, type MatchExtension } from '../extension.js'
import { listItems, type OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import type { AddressType } from '../../box/address-type.js'
import type { Box } from '../../box/box.js'
import type { Packet } from '../../memory/packet.js'
import { type Family, Hook } from '../../ruleset/ruleset.js'

interface TypeTest {
  /** Bits 1 << index into TYPES. */
  readonly types: number
  readonly inverted: boolean
}

interface AddrtypeOptions {
  readonly source: TypeTest | null
  readonly destination: TypeTest | null
  /** Only addresses and routes of the interface by which the packet comes or goes. */
  readonly limit: 'in' | 'out' | null
}

/** In the order of the bits. Kernel: enum rtn_type, include/uapi/linux/rtnetlink.h. */
const TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
]
/** Those that the box's routes can tell. */
const ROUTED_TYPES: readonly AddressType[] = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
]
const BROADCAST = 8
const BLACKHOLE = 64
/** The first of the types that the kernel refuses for IPv6 altogether. */
const PROHIBIT = 256

const options: readonly OptionSpec[] = [
  { name: 'src-type', key: 'source', values: 1, invertible: true },
  { name: 'dst-type', key: 'destination', values: 1, invertible: true },
  { name: 'limit-iface-in', key: 'in', values: 0, excludes: ['out'] },
  { name: 'limit-iface-out', key: 'out', values: 0, excludes: ['in'] },
]

export const addrtypeMatch: MatchExtension<AddrtypeOptions> = {
  name: 'addrtype',
  families: [4, 6],
  options,
  protocol: null,
  scope: 'packet',
  tracks: false,

  placement({ limit }) {
    if (limit === null) return { tables: null, hooks: null }
    const hooks =
      limit === 'in' ? [Hook.Prerouting, Hook.Input, Hook.Forward] : [Hook.Forward, Hook.Output, Hook.Postrouting]
    return { tables: null, hooks }
  },

  parse(reader) {
    const source = readTypes(reader, 'source')
    const destination = readTypes(reader, 'destination')
    if (source === null && destination === null) reader.problem(reader.name, '--src-type or --dst-type is needed')
    const limit = reader.find('in') !== undefined ? 'in' : reader.find('out') !== undefined ? 'out' : null
    return { source, destination, limit }
  },

  print(of) {
    return (
      printTypes('src-type', of.source) +
      printTypes('dst-type', of.destination) +
      (of.limit === null ? '' : ` --limit-iface-${of.limit}`)
    )
  },

  reads({ limit }) {
    if (limit === null) return [Field.Addresses]
    return [Field.Addresses, limit === 'in' ? Field.InInterface : Field.OutInterface]
  },

  flowTests: () => [],
  stateBytes: () => 0,

  prepare({ source, destination, limit }, box) {
    const isSource = source === null ? null : typeTest(source, box)
    const isDestination = destination === null ? null : typeTest(destination, box)
    return (packet) => {
      const device = limit === 'in' ? packet.inInterface : limit === 'out' ? packet.outInterface : 0
      return (
        (isSource === null || isSource(packet.family, sourceOf(packet), device)) &&
        (isDestination === null || isDestination(packet.family, destinationOf(packet), device))
      )
    }
  },
}

function typeTest(
  { types, inverted }: TypeTest,
  box: Box,
): (family: Family, address: readonly number[], device: number) => boolean {
  const names = new Set<string>(namesOf(types))
  const known = new Set(ROUTED_TYPES.filter((name) => names.has(name)))
  return (family, address, device) => {
    const has =
      family === 6 ? box.addressMatches6(address, known, device) : names.has(box.addressType(family, address, device))
    return has !== inverted
  }
}

function sourceOf(packet: Packet): readonly number[] {
  return packet.family === 4 ? [packet.src4] : [packet.src6(0), packet.src6(1), packet.src6(2), packet.src6(3)]
}

function destinationOf(packet: Packet): readonly number[] {
  return packet.family === 4 ? [packet.dst4] : [packet.dst6(0), packet.dst6(1), packet.dst6(2), packet.dst6(3)]
}

/** The beginning of a name is enough; of several that begin so, the first. */
function readTypes(reader: OptionReader, key: string): TypeTest | null {
  const use = reader.find(key)
  if (use === undefined) return null
  let types = 0
  for (const item of listItems(use.values[0])) {
    const written = item.text.toUpperCase()
    const index = written === '' ? -1 : TYPES.findIndex((name) => name.startsWith(written))
    if (index < 0) reader.unknownName(item, 'address type', TYPES)
    else types |= 1 << index
  }
  const refused =
    types & BLACKHOLE ? 'BLACKHOLE' : types >= PROHIBIT ? 'PROHIBIT' : types & BROADCAST ? 'BROADCAST' : null
  if (reader.family === 6 && refused !== null) {
    reader.problem(use.values[0], `IPv6 has no addresses of type ${refused}`)
  }
  return { types, inverted: use.inverted }
}

function printTypes(name: string, test: TypeTest | null): string {
  if (test === null || test.types === 0) return ''
  return printOption(name, namesOf(test.types).join(','), test.inverted)
}

function namesOf(types: number): string[] {
  return TYPES.filter((_, index) => (types & (1 << index)) !== 0)
}
