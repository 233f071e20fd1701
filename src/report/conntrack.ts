/**
 * `--conntrack F`: the connections alive at the end of the trace, as /proc/net/nf_conntrack prints them, in the order
 * of the packets that made them.
 * Kernel: ct_seq_show(), net/netfilter/nf_conntrack_standalone.c.
 */
import { EntryStatus, EntryView } from '../memory/entry.js'
import type { Memory } from '../memory/memory.js'
import { Timeout, timeoutNs } from '../memory/replay.js'
import { ShardView } from '../memory/shard.js'
import { protocolName, trackerState } from '../statistics/connection.js'

const ICMP = 1
const GRE = 47
const ICMPV6 = 58
/** Protocols whose tuples have ports: TCP, UDP, SCTP, UDP-Lite. */
const WITH_PORTS = new Set([6, 17, 132, 136])
const SECOND_NS = 1_000_000_000n

/** One line an entry, its newline included. `nowNs` is the trace time of the last record. */
export function* conntrackLines(memory: Memory, shards: readonly number[], nowNs: bigint): Generator<string, void> {
  const alive: { readonly id: bigint; readonly at: number }[] = []
  for (const shard of shards) {
    for (const { id, at } of new ShardView(memory, shard).aliveEntries(nowNs)) alive.push({ id, at })
  }
  alive.sort((one, other) => (one.id < other.id ? -1 : 1))
  const entry = new EntryView(memory)
  for (const { at } of alive) {
    entry.at = at
    yield conntrackLine(entry, nowNs)
  }
}

function conntrackLine(entry: EntryView, nowNs: bigint): string {
  const { status, protocol, family } = entry
  const name = family === 4 ? 'ipv4     2' : 'ipv6     10'
  const seconds = (entry.expiryNs - nowNs) / SECOND_NS
  return (
    `${name} ${protocolName(protocol).padEnd(8)} ${protocol} ${seconds} ${protocolWords(entry)}` +
    `${originalTuple(entry)}${zoneWord(entry, 1)}packets=${entry.packets0} bytes=${entry.bytes0} ` +
    ((status & EntryStatus.SeenReply) === 0 ? '[UNREPLIED] ' : '') +
    `${replyTuple(entry)}${zoneWord(entry, 2)}packets=${entry.packets1} bytes=${entry.bytes1} ` +
    ((status & EntryStatus.Assured) === 0 ? '' : '[ASSURED] ') +
    // The reader of the kernel's list holds a reference besides the table's own.
    `mark=${entry.ctMark} ${zoneWord(entry, 3)}use=2\n`
  )
}

/** The zone, where it counts for just these directions: 1 original, 2 reply, 3 both. Kernel: ct_show_zone(). */
function zoneWord({ zone, zoneDirections }: EntryView, directions: number): string {
  if ((zoneDirections || 3) !== directions) return ''
  return `${['', 'zone-orig', 'zone-reply', 'zone'][directions]}=${zone} `
}

/** What the protocol's own tracker adds. */
function protocolWords(entry: EntryView): string {
  const state = trackerState(entry.protocol, entry.state)
  if (state !== null) return `${state} `
  if (entry.protocol !== GRE) return ''
  const seconds = (timeout: Timeout): bigint => timeoutNs(entry.memory, timeout) / SECOND_NS
  return `timeout=${seconds(Timeout.Gre)}, stream_timeout=${seconds(Timeout.GreStream)} `
}

function originalTuple(entry: EntryView): string {
  const [src, dst] =
    entry.family === 4
      ? [address4(entry.src4), address4(entry.dst4)]
      : [address6((word) => entry.src6(word)), address6((word) => entry.dst6(word))]
  return `src=${src} dst=${dst} ${ends(entry.protocol, entry.srcPort, entry.dstPort)}`
}

function replyTuple(entry: EntryView): string {
  const [src, dst] =
    entry.family === 4
      ? [address4(entry.replySrc4), address4(entry.replyDst4)]
      : [address6((word) => entry.replySrc6(word)), address6((word) => entry.replyDst6(word))]
  return `src=${src} dst=${dst} ${ends(entry.protocol, entry.replySrcPort, entry.replyDstPort)}`
}

/** Kernel: print_tuple(). ICMP: `src` is the id, `dst` type << 8 | code. */
function ends(protocol: number, src: number, dst: number): string {
  if (WITH_PORTS.has(protocol)) return `sport=${src} dport=${dst} `
  if (protocol === ICMP || protocol === ICMPV6) return `type=${dst >> 8} code=${dst & 255} id=${src} `
  return protocol === GRE ? `srckey=0x${src.toString(16)} dstkey=0x${dst.toString(16)} ` : ''
}

function address4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`
}

/** All eight groups with all their digits, as the kernel's %pI6 prints. */
function address6(word: (index: number) => number): string {
  const hex = [0, 1, 2, 3].map((index) => word(index).toString(16).padStart(8, '0')).join('')
  return (hex.match(/.{4}/g) ?? []).join(':')
}
