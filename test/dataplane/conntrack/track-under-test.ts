/**
 * Connection tracking driven packet by packet: each is tracked and, unless it is dropped, confirmed and released, as
 * at the ends of a packet's way. Tells what rules would see of it, and what became of its entry.
 */
import { DESCRIPTOR_SIZE } from '../../../src/memory/descriptor.js'
import { EntryStatus, type EntryView, TcpState } from '../../../src/memory/entry.js'
import { REPLAY_AT, REPLAY_OFFSET, ReplayFlag, Timeout } from '../../../src/memory/replay.js'
import { type ConntrackCounter, ShardView } from '../../../src/memory/shard.js'
import { SKB_OFFSET, SKB_SIZE, SkbView } from '../../../src/memory/skb.js'
import { loadDataPlane } from '../load.js'
import { describePacket } from './describe-packet.js'
import { packetBytes } from './packet-text.js'

/** The kernel's defaults, in seconds. */
const TIMEOUTS: Readonly<Record<string, number>> = {
  TcpSynSent: 120,
  TcpSynRecv: 60,
  TcpEstablished: 432000,
  TcpFinWait: 120,
  TcpCloseWait: 60,
  TcpLastAck: 30,
  TcpTimeWait: 120,
  TcpClose: 10,
  TcpSynSent2: 120,
  TcpMaxRetrans: 300,
  TcpUnacknowledged: 300,
  Udp: 30,
  UdpStream: 120,
  Icmp: 30,
  Icmpv6: 30,
  Generic: 600,
  Gre: 30,
  GreStream: 180,
}
const STATES = ['ESTABLISHED', 'RELATED', 'NEW', 'ESTABLISHED', 'RELATED']
const PACKET_BYTES = 65536

export interface Settings {
  readonly flags?: number
  /** OldRule bits; without, the newest kernel. */
  readonly oldRules?: number
  readonly timeouts?: Readonly<Record<string, number>>
}

export class TrackUnderTest {
  private readonly plane = loadDataPlane()
  readonly memory = this.plane.memory
  shard: ShardView
  readonly skb: SkbView
  readonly exports = this.plane.exports
  private readonly descriptor: number
  private readonly packet: number
  private packetNumber = 0n
  nowNs = 0n

  constructor(settings: Settings = {}) {
    const { memory } = this
    const timeouts = this.plane.allocate(32 * 8)
    for (const [name, seconds] of Object.entries({ ...TIMEOUTS, ...settings.timeouts })) {
      memory.setU64(timeouts + 8 * Timeout[name as keyof typeof Timeout], BigInt(seconds) * 1_000_000_000n)
    }
    memory.setU32(REPLAY_AT + REPLAY_OFFSET.timeouts, timeouts)
    memory.setU32(REPLAY_AT + REPLAY_OFFSET.tcpMaxRetrans, 3)
    memory.setU32(REPLAY_AT + REPLAY_OFFSET.flags, settings.flags ?? ReplayFlag.TcpLoose)
    memory.setU32(REPLAY_AT + REPLAY_OFFSET.oldRules, settings.oldRules ?? 0)
    this.shard = new ShardView(memory, this.address(this.exports.createShard(0)))
    this.skb = new SkbView(memory, this.plane.allocate(SKB_SIZE))
    this.descriptor = this.plane.allocate(DESCRIPTOR_SIZE)
    this.packet = this.plane.allocate(PACKET_BYTES)
  }

  /** Tracks a packet and takes it to its end; `isDropped` by a rule on the way. */
  pass(bytes: Uint8Array, atNs: bigint, isDropped = false): string {
    this.begin(bytes, atNs)
    this.exports.track(this.skb.at)
    const seen = this.ctState
    if (!isDropped && this.skb.verdict === 1) this.exports.confirm(this.skb.at)
    this.exports.release(this.skb.at)
    return seen
  }

  /** Sets `skb` up for a packet that has just arrived. */
  begin(bytes: Uint8Array, atNs: bigint): void {
    const { memory, skb } = this
    this.nowNs = atNs
    this.packetNumber++
    memory.bytes.set(bytes, this.packet)
    describePacket(memory, this.descriptor, this.packet, bytes.length)
    memory.setU64(this.descriptor + 8, atNs)
    memory.bytes.fill(0, skb.at, skb.at + SKB_SIZE)
    skb.descriptor = this.descriptor
    skb.packet = this.packet
    memory.setU64(skb.at + SKB_OFFSET.nowNs, atNs)
    memory.setU64(skb.at + SKB_OFFSET.number, this.packetNumber)
    memory.setU32(skb.at + SKB_OFFSET.shard, this.shard.at)
    skb.length = memory.u32(this.descriptor + 20)
  }

  /** What `-m conntrack --ctstate` says of the packet. */
  get ctState(): string {
    if (this.skb.entry !== 0) return STATES[this.skb.ctInfo]
    return this.skb.ctInfo === 7 ? 'UNTRACKED' : 'INVALID'
  }

  /** From now on, packets go to another shard. */
  useShard(at: number): void {
    this.shard = new ShardView(this.memory, at)
  }

  counter(which: ConntrackCounter): number {
    return Number(this.shard.counter(which))
  }

  entries(): string[] {
    const described: string[] = []
    for (const entry of this.shard.aliveEntries(this.nowNs)) described.push(this.describe(entry))
    return described.sort()
  }

  /** State, seconds left, ASSURED, packets each way. */
  describe(entry: EntryView): string {
    const state =
      entry.protocol === 6 ? TcpState[entry.state].replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() : 'alive'
    const left = Number(entry.expiryNs - this.nowNs) / 1e9
    const assured = entry.status & EntryStatus.Assured ? ' ASSURED' : ''
    return `${state} ${left}${assured} ${entry.packets0}/${entry.packets1}`
  }

  address(value: number | bigint): number {
    return Number(value) >>> 0
  }
}

/**
 * Runs a scenario: a line a packet, `seconds  packet => what is seen of it and of its entry`, where `=|` instead
 * of `=>` means that a rule drops it. Returns the lines as they turn out. One connection a scenario: its entry is the
 * only one.
 */
export function runScenario(text: string, settings: Settings = {}): string[] {
  const track = new TrackUnderTest(settings)
  return scenarioLines(text).map((line) => {
    const { seconds, packet, separator } = parseLine(line)
    const seen = track.pass(packetBytes(packet), BigInt(Math.round(seconds * 1e9)), separator === '=|')
    const [entry = '-', ...others] = track.entries()
    if (others.length > 0) throw new Error(`more than one entry after: ${line}`)
    return `${line.slice(0, line.lastIndexOf(separator) + 2)} ${seen} ${entry}`
  })
}

export function scenarioLines(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

function parseLine(line: string): { seconds: number; packet: string; separator: string } {
  const parts = /^(\S+)\s+(.*?)\s+(=>|=\|)/.exec(line)
  if (parts === null) throw new Error(`not a scenario line: ${line}`)
  return { seconds: Number(parts[1]), packet: parts[2], separator: parts[3] }
}
