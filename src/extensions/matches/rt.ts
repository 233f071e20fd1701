/**
 * -m rt: the routing header of IPv6, and the addresses in one of type 0.
 * Kernel: net/ipv6/netfilter/ip6t_rt.c, rt_mt6() (v6.18). iptables: extensions/libip6t_rt.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { findIpv6Header, Ipv6Header, ipv6HeaderLength } from '../ipv6-headers.js'
import {
  inNumberRange,
  type NumberRange,
  type NumberTest,
  passesNumberTest,
  printNumberRange,
  printNumberTest,
  readNumberRange,
  readNumberTest,
} from '../number-range.js'
import { listItems, type OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { hasBytes } from '../transport.js'
import type { Packet } from '../../memory/packet.js'
import { parseAddress, printAddress } from '../../ruleset/address.js'

interface RtOptions {
  readonly type: NumberTest | null
  readonly segmentsLeft: NumberRange
  readonly length: NumberTest | null
  readonly reserved: boolean
  /** Null: not asked for. */
  readonly addresses: readonly (readonly number[])[] | null
  /** All addresses of the header, in this order, and no others. */
  readonly strict: boolean
}

const HEADER = 4
/** Where the addresses of a header of type 0 begin. */
const ADDRESSES = 8
const ADDRESS = 16
const MOST_ADDRESSES = 16

export const rtMatch: MatchExtension<RtOptions> = {
  ...PLAIN_MATCH,
  name: 'rt',
  families: [6],
  options: [
    { name: 'rt-type', key: 'type', values: 1, invertible: true },
    { name: 'rt-segsleft', key: 'segments', values: 1, invertible: true },
    { name: 'rt-len', key: 'length', values: 1, invertible: true },
    { name: 'rt-0-res', key: 'reserved', values: 0 },
    { name: 'rt-0-addrs', key: 'addresses', values: 1 },
    { name: 'rt-0-not-strict', key: 'loose', values: 0 },
  ],

  parse(reader) {
    checkOrder(reader)
    return {
      type: readNumberTest(reader, 'type'),
      segmentsLeft: readNumberRange(reader, 'segments'),
      length: readNumberTest(reader, 'length'),
      reserved: reader.find('reserved') !== undefined,
      addresses: readAddresses(reader),
      strict: reader.find('loose') === undefined,
    }
  },

  print: ({ type, segmentsLeft, length, reserved, addresses, strict }) =>
    printNumberTest('rt-type', type) +
    printNumberRange('rt-segsleft', segmentsLeft) +
    printNumberTest('rt-len', length) +
    (reserved ? ' --rt-0-res' : '') +
    (addresses === null ? '' : printOption('rt-0-addrs', addresses.map(printAddress).join(','))) +
    (strict ? '' : ' --rt-0-not-strict'),

  reads: () => [Field.Payload],

  prepare({ type, segmentsLeft, length, reserved, addresses, strict }) {
    return (packet) => {
      const offset = findIpv6Header(packet, Ipv6Header.Routing)
      if (offset < 0 || !hasBytes(packet, offset, HEADER)) return false
      const { memory } = packet
      const at = packet.at + offset
      const bytes = ipv6HeaderLength(packet, Ipv6Header.Routing, offset)
      if (packet.length - offset < bytes) return false
      if (!inNumberRange(memory.u8(at + 3), segmentsLeft) || !passesNumberTest(bytes, length)) return false
      if (!passesNumberTest(memory.u8(at + 2), type)) return false
      if (reserved && (!hasBytes(packet, offset, ADDRESSES) || memory.be32(at + HEADER) !== 0)) return false
      return addresses === null || hasAddresses(packet, offset + ADDRESSES, (bytes - ADDRESSES) >> 4, addresses, strict)
    }
  },
}

function hasAddresses(
  packet: Packet,
  from: number,
  count: number,
  wanted: RtOptions['addresses'] & object,
  strict: boolean,
): boolean {
  if (strict ? wanted.length !== count : wanted.length > count) return false
  let found = 0
  for (let index = 0; index < count && found < wanted.length; index++) {
    const offset = from + index * ADDRESS
    if (!hasBytes(packet, offset, ADDRESS)) return false
    const same = wanted[found].every((word, part) => packet.memory.be32(packet.at + offset + 4 * part) === word)
    if (same) found++
    else if (strict) return false
  }
  return found === wanted.length
}

/** What is about type 0 must stand behind it. */
function checkOrder(reader: OptionReader): void {
  let isType0 = false
  let hasAddresses = false
  for (const { spec, name, inverted, values } of reader.uses) {
    if (spec.key === 'type') isType0 = !inverted && reader.integer(values[0], 0, 0xffffffff) === 0
    if ((spec.key === 'reserved' || spec.key === 'addresses') && !isType0) {
      reader.problem(name, `${name.text} needs --rt-type 0 in front of it`)
    }
    if (spec.key === 'addresses') hasAddresses = true
    if (spec.key === 'loose' && !hasAddresses) reader.problem(name, `${name.text} needs --rt-0-addrs in front of it`)
  }
}

function readAddresses(reader: OptionReader): RtOptions['addresses'] {
  const list = reader.find('addresses')?.values[0]
  if (list === undefined) return null
  const items = listItems(list)
  if (items.length > MOST_ADDRESSES) reader.problem(list, `${items.length} addresses are more than ${MOST_ADDRESSES}`)
  return items.map((item) => {
    const address = parseAddress(item.text, 6)
    if (address === null) reader.problem(item, `"${item.text}" is no IPv6 address`)
    return address ?? [0, 0, 0, 0]
  })
}
