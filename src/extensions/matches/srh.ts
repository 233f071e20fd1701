/**
 * -m srh: the segment routing header of IPv6, its numbers and three of its segments.
 * Kernel: net/ipv6/netfilter/ip6t_srh.c, srh1_mt6() (v6.18). iptables: extensions/libip6t_srh.c, revision 1.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type HostAndMask, readHostAndMask } from '../host-mask.js'
import { findIpv6Header, Ipv6Header, ipv6HeaderLength } from '../ipv6-headers.js'
import type { OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { areThere } from '../transport.js'
import type { Packet } from '../../memory/packet.js'
import { lengthOfMask, printAddress } from '../../ruleset/address.js'

type SrhNumber = 'nextHeader' | 'length' | 'segmentsLeft' | 'lastEntry' | 'tag'
type Comparison = 'eq' | 'gt' | 'lt'
type Segment = 'psid' | 'nsid' | 'lsid'

interface NumberTest {
  readonly name: string
  readonly number: SrhNumber
  readonly comparison: Comparison
  readonly inverted: boolean
}

interface SegmentTest {
  readonly segment: Segment
  readonly value: HostAndMask
  readonly inverted: boolean
}

interface SrhOptions {
  /** All that are about one number share its value, the last that was written. */
  readonly numbers: readonly NumberTest[]
  readonly values: Readonly<Record<SrhNumber, number>>
  readonly segments: readonly SegmentTest[]
}

const SIZE = 8
const TYPE = 2
const SEGMENT_ROUTING = 4
const SEGMENT_BYTES = 16
const NUMBER_OFFSET = { nextHeader: 0, length: 1, segmentsLeft: 3, lastEntry: 4, tag: 6 }
/** In the order in which iptables-save prints them. */
const NUMBER_OPTIONS: readonly (readonly [name: string, number: SrhNumber, comparison: Comparison])[] = [
  ['srh-next-hdr', 'nextHeader', 'eq'],
  ['srh-hdr-len-eq', 'length', 'eq'],
  ['srh-hdr-len-gt', 'length', 'gt'],
  ['srh-hdr-len-lt', 'length', 'lt'],
  ['srh-segs-left-eq', 'segmentsLeft', 'eq'],
  ['srh-segs-left-gt', 'segmentsLeft', 'gt'],
  ['srh-segs-left-lt', 'segmentsLeft', 'lt'],
  ['srh-last-entry-eq', 'lastEntry', 'eq'],
  ['srh-last-entry-gt', 'lastEntry', 'gt'],
  ['srh-last-entry-lt', 'lastEntry', 'lt'],
  ['srh-tag', 'tag', 'eq'],
]
const SEGMENTS: readonly Segment[] = ['psid', 'nsid', 'lsid']

export const srhMatch: MatchExtension<SrhOptions> = {
  ...PLAIN_MATCH,
  name: 'srh',
  families: [6],
  options: [...NUMBER_OPTIONS.map(([name]) => name), ...SEGMENTS.map((segment) => `srh-${segment}`)].map((name) => ({
    name,
    key: name,
    values: 1,
    invertible: true,
  })),

  parse: (reader) => ({ ...readNumbers(reader), segments: readSegments(reader) }),

  print: ({ numbers, values, segments }) =>
    numbers.map(({ name, number, inverted }) => printOption(name, `${values[number]}`, inverted)).join('') +
    segments
      .map(({ segment, value, inverted }) => {
        const { address, mask } = value
        return printOption(`srh-${segment}`, `${printAddress(address)}/${lengthOfMask(mask)}`, inverted)
      })
      .join(''),

  reads: () => [Field.Payload],

  prepare({ numbers, values, segments }) {
    return (packet) => {
      const offset = segmentRoutingHeader(packet)
      return (
        offset >= 0 &&
        numbers.every((test) => passesNumber(packet, offset, test, values[test.number])) &&
        segments.every((test) => passesSegment(packet, offset, test))
      )
    }
  },
}

/** Offset of a header with all of its numbers right; -1 when there is none. Nothing that is wrong drops a packet. */
function segmentRoutingHeader(packet: Packet): number {
  const { memory, at } = packet
  const offset = findIpv6Header(packet, Ipv6Header.Routing)
  packet.hotDrop = false
  if (offset < 0 || !areThere(packet, offset, SIZE)) return -1
  if (packet.length - offset < ipv6HeaderLength(packet, Ipv6Header.Routing, offset)) return -1
  const start = at + offset
  if (memory.u8(start + TYPE) !== SEGMENT_ROUTING) return -1
  return memory.u8(start + NUMBER_OFFSET.segmentsLeft) > memory.u8(start + NUMBER_OFFSET.lastEntry) ? -1 : offset
}

function passesNumber({ memory, at }: Packet, offset: number, test: NumberTest, asked: number): boolean {
  const { number, comparison, inverted } = test
  const from = at + offset + NUMBER_OFFSET[number]
  // The kernel compares the tag as it lies in the memory of a machine that stores the lowest byte first.
  const value = number === 'tag' ? memory.u16(from) : memory.u8(from)
  const holds = comparison === 'eq' ? value === asked : comparison === 'gt' ? value > asked : value < asked
  return holds !== inverted
}

/** Segments are listed from the last one to the first; `segments left` is the number of the one under way. */
function passesSegment(packet: Packet, offset: number, { segment, value, inverted }: SegmentTest): boolean {
  const { memory, at } = packet
  const left = memory.u8(at + offset + NUMBER_OFFSET.segmentsLeft)
  const last = memory.u8(at + offset + NUMBER_OFFSET.lastEntry)
  if (segment === 'psid' ? left === last : segment === 'nsid' && left === 0) return false
  const index = segment === 'psid' ? left + 1 : segment === 'nsid' ? left - 1 : 0
  const from = offset + SIZE + index * SEGMENT_BYTES
  if (!areThere(packet, from, SEGMENT_BYTES)) return false
  const same = value.address.every(
    (word, part) => ((memory.be32(at + from + 4 * part) ^ word) & value.mask[part]) === 0,
  )
  return same !== inverted
}

function readNumbers(reader: OptionReader): Pick<SrhOptions, 'numbers' | 'values'> {
  const values: Record<SrhNumber, number> = { nextHeader: 0, length: 0, segmentsLeft: 0, lastEntry: 0, tag: 0 }
  for (const { spec, values: written } of reader.uses) {
    const number = NUMBER_OPTIONS.find(([name]) => name === spec.key)?.[1]
    if (number !== undefined) values[number] = reader.integer(written[0], 0, number === 'tag' ? 0xffff : 0xff)
  }
  const numbers = NUMBER_OPTIONS.flatMap(([name, number, comparison]): NumberTest[] => {
    const use = reader.find(name)
    return use === undefined ? [] : [{ name, number, comparison, inverted: use.inverted }]
  })
  return { numbers, values }
}

function readSegments(reader: OptionReader): readonly SegmentTest[] {
  return SEGMENTS.flatMap((segment) => {
    const test = readHostAndMask(reader, `srh-${segment}`)
    return test === null ? [] : [{ segment, ...test }]
  })
}
