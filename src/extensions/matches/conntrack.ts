/**
 * -m conntrack and -m state: what conntrack says of the packet and knows of its connection.
 * Kernel: net/netfilter/xt_conntrack.c, conntrack_mt() (v6.18). iptables: extensions/libxt_conntrack.c, revision 3.
 */
import {
  type ConntrackOptions,
  directionOption,
  printConntrack,
  statusOption,
  statesOption,
  type TupleTest,
} from '../conntrack-options.js'
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { readHostAndMask } from '../host-mask.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { inPortRange, type PortRange, readResolvedPortRange } from '../ports.js'
import { readProtocol } from '../protocol-option.js'
import type { Box } from '../../box/box.js'
import type { EntryView } from '../../memory/entry.js'
import { CtInfo, CtState, type Packet } from '../../memory/packet.js'

const SRC_NAT = 16
const DST_NAT = 32
const CONFIRMED = 8
const MAX_EXPIRE = 0xffffffff

const options: readonly OptionSpec[] = [
  { name: 'ctstate', key: 'state', values: 1, invertible: true },
  { name: 'ctproto', key: 'protocol', values: 1, invertible: true },
  { name: 'ctorigsrc', key: 'origsrc', values: 1, invertible: true },
  { name: 'ctorigdst', key: 'origdst', values: 1, invertible: true },
  { name: 'ctreplsrc', key: 'replsrc', values: 1, invertible: true },
  { name: 'ctrepldst', key: 'repldst', values: 1, invertible: true },
  { name: 'ctstatus', key: 'status', values: 1, invertible: true },
  { name: 'ctexpire', key: 'expire', values: 1, invertible: true },
  { name: 'ctorigsrcport', key: 'origsrcport', values: 1, invertible: true },
  { name: 'ctorigdstport', key: 'origdstport', values: 1, invertible: true },
  { name: 'ctreplsrcport', key: 'replsrcport', values: 1, invertible: true },
  { name: 'ctrepldstport', key: 'repldstport', values: 1, invertible: true },
  { name: 'ctdir', key: 'direction', values: 1 },
]

const SHARED = {
  families: [4, 6],
  protocol: null,
  scope: 'connection',
  tracks: true,
  placement: () => ANYWHERE,
  stateBytes: () => 0,
  reads: readFields,
  prepare: prepareConntrack,
} as const

export const conntrackMatch: MatchExtension<ConntrackOptions> = {
  ...SHARED,
  name: 'conntrack',
  options,

  parse(reader) {
    reader.needsOne(options)
    const protocol = reader.find('protocol')
    const expire = reader.find('expire')
    return {
      state: statesOption(reader, 'state', true),
      protocol:
        protocol === undefined
          ? null
          : { value: readProtocol(reader, protocol.values[0]), inverted: protocol.inverted },
      originalSource: readHostAndMask(reader, 'origsrc'),
      originalDestination: readHostAndMask(reader, 'origdst'),
      replySource: readHostAndMask(reader, 'replsrc'),
      replyDestination: readHostAndMask(reader, 'repldst'),
      originalSourcePort: portsOption(reader, 'origsrcport'),
      originalDestinationPort: portsOption(reader, 'origdstport'),
      replySourcePort: portsOption(reader, 'replsrcport'),
      replyDestinationPort: portsOption(reader, 'repldstport'),
      status: statusOption(reader),
      expire:
        expire === undefined
          ? null
          : { value: reader.integerRange(expire.values[0], MAX_EXPIRE), inverted: expire.inverted },
      direction: directionOption(reader),
    }
  },

  print(of) {
    return printConntrack(of, 'ctstate')
  },
}

export const stateMatch: MatchExtension<ConntrackOptions> = {
  ...SHARED,
  name: 'state',
  options: [{ name: 'state', key: 'state', values: 1, invertible: true, required: true }],

  parse(reader) {
    return {
      state: statesOption(reader, 'state', false),
      protocol: null,
      originalSource: null,
      originalDestination: null,
      replySource: null,
      replyDestination: null,
      originalSourcePort: null,
      originalDestinationPort: null,
      replySourcePort: null,
      replyDestinationPort: null,
      status: null,
      expire: null,
      direction: null,
    }
  },

  print(of) {
    return printConntrack(of, 'state')
  },
}

function portsOption(reader: OptionReader, key: string): TupleTest<PortRange> | null {
  const use = reader.find(key)
  return use === undefined ? null : { value: readResolvedPortRange(reader, use.values[0]), inverted: use.inverted }
}

function readFields(of: ConntrackOptions): readonly Field[] {
  const tuple = [
    of.protocol,
    of.originalSource,
    of.originalDestination,
    of.replySource,
    of.replyDestination,
    of.originalSourcePort,
    of.originalDestinationPort,
    of.replySourcePort,
    of.replyDestinationPort,
    of.direction,
  ]
  return [
    Field.CtState,
    ...(tuple.some((test) => test !== null) ? [Field.ConnectionTuple] : []),
    ...(of.status !== null || statesOfNat(of) ? [Field.CtStatus] : []),
    ...(of.expire === null ? [] : [Field.CtExpiry]),
  ]
}

function statesOfNat({ state }: ConntrackOptions): boolean {
  return state !== null && (state.value & (CtState.SrcNat | CtState.DstNat)) !== 0
}

function prepareConntrack(of: ConntrackOptions, box: Box): (packet: Packet) => boolean {
  const tests = connectionTests(of, BigInt(box.hz))
  const { state, direction } = of
  return (packet) => {
    const entry = packet.connection()
    if (state !== null && ((stateBits(packet, entry) & state.value) !== 0) === state.inverted) return false
    // Without an entry only the state can be told.
    if (entry === null) return state !== null
    if (direction !== null && isReply(packet) !== (direction === 'REPLY')) return false
    for (const test of tests) if (!test(entry, packet)) return false
    return true
  }
}

type ConnectionTest = (entry: EntryView, packet: Packet) => boolean

/** What is asked of the connection, in the kernel's order. */
function connectionTests(of: ConntrackOptions, hz: bigint): readonly ConnectionTest[] {
  const tests: ConnectionTest[] = []
  const { protocol, status, expire } = of
  addAddress(tests, of.originalSource, (entry, word) => (entry.family === 4 ? entry.src4 : entry.src6(word)))
  addAddress(tests, of.originalDestination, (entry, word) => (entry.family === 4 ? entry.dst4 : entry.dst6(word)))
  addAddress(tests, of.replySource, (entry, word) => (entry.family === 4 ? entry.replySrc4 : entry.replySrc6(word)))
  addAddress(tests, of.replyDestination, (entry, word) =>
    entry.family === 4 ? entry.replyDst4 : entry.replyDst6(word),
  )
  if (protocol !== null) tests.push((entry) => (entry.protocol === protocol.value) !== protocol.inverted)
  addPort(tests, of.originalSourcePort, (entry) => entry.srcPort)
  addPort(tests, of.originalDestinationPort, (entry) => entry.dstPort)
  addPort(tests, of.replySourcePort, (entry) => entry.replySrcPort)
  addPort(tests, of.replyDestinationPort, (entry) => entry.replyDstPort)
  if (status !== null) tests.push((entry) => ((entry.status & status.value) !== 0) !== status.inverted)
  if (expire !== null) {
    const [from, to] = expire.value
    tests.push((entry, packet) => {
      const seconds = secondsLeft(entry, packet, hz)
      return (seconds >= from && seconds <= to) !== expire.inverted
    })
  }
  return tests
}

function addAddress(
  tests: ConnectionTest[],
  test: ConntrackOptions['originalSource'],
  wordOf: (entry: EntryView, word: number) => number,
): void {
  if (test === null) return
  const { address, mask } = test.value
  tests.push((entry) => {
    const same = address.every((word, index) => ((wordOf(entry, index) ^ word) & mask[index]) === 0)
    return same !== test.inverted
  })
}

function addPort(
  tests: ConnectionTest[],
  test: TupleTest<PortRange> | null,
  portOf: (entry: EntryView) => number,
): void {
  if (test !== null) tests.push((entry) => inPortRange(portOf(entry), test.value) !== test.inverted)
}

/** CtState bits of the packet, with those that its connection's translation adds. */
function stateBits(packet: Packet, entry: EntryView | null): number {
  if (entry === null) return packet.ctState
  const { status } = entry
  return (
    packet.ctState | ((status & SRC_NAT) === 0 ? 0 : CtState.SrcNat) | ((status & DST_NAT) === 0 ? 0 : CtState.DstNat)
  )
}

function isReply(packet: Packet): boolean {
  const { ctInfo } = packet.skb
  return ctInfo === CtInfo.EstablishedReply || ctInfo === CtInfo.RelatedReply
}

/**
 * Whole seconds until the entry dies, counted in jiffies. Kernel: nf_ct_expires().
 * Differs from the kernel: an entry that is not confirmed has none left; there it depends on the machine's uptime.
 */
function secondsLeft(entry: EntryView, packet: Packet, hz: bigint): number {
  if ((entry.status & CONFIRMED) === 0) return 0
  const jiffies = (entry.expiryNs * hz) / 1_000_000_000n - (packet.skb.nowNs * hz) / 1_000_000_000n
  return jiffies <= 0n ? 0 : Number(jiffies / hz)
}
