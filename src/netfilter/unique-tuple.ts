/**
 * Finds the tuple that a connection is mapped to: in the range that the rule gives, and one whose replies belong to
 * no other connection. Kernel: get_unique_tuple(), nf_nat_l4proto_unique_tuple(), net/netfilter/nf_nat_core.c (v6.18).
 *
 * Differs from the kernel: where it searches for a port from a random one on, the start is drawn from the seed and the
 * packet's number, so that each replay finds the same; and ports whose packets go to the connection's own shard come
 * first, so that shards stay apart. Each port that is found is one that the kernel might have found.
 */
import type { DataPlane } from '../memory/data-plane.js'
import { EntryStatus, EntryView, TcpState } from '../memory/entry.js'
import type { NatRange } from '../memory/nat-range.js'
import type { Packet } from '../memory/packet.js'
import type { SkbView } from '../memory/skb.js'
import { type Tuple, TUPLE_SIZE, writeTuple, writeZone } from '../memory/tuple.js'
import { chooseAddress } from './nat-address.js'
import { invertTuple, isIcmp, type Manip, originalTuple, replyTuple, sameTuple, sameWords } from './nat-tuple.js'
import { drawNumber } from './random.js'

const TCP = 6
const GRE = 47
/** TCP, UDP, SCTP, UDP-Lite. */
const WITH_PORTS = new Set([6, 17, 132, 136])
const MAX_ATTEMPTS = 128
const MIN_ATTEMPTS = 16
/** Among the last attempts an old TCP connection may have to make way. Kernel: NF_NAT_HARDER_THRESH. */
const HARDER = MAX_ATTEMPTS / 4
const REPLY_BIT = 1
/** Data plane: PORT_BITS. */
const SHARD_MASK = 15

interface Ports {
  readonly first: number
  readonly count: number
}

export class UniqueTuples {
  private readonly scratch: number
  private readonly other: EntryView
  private readonly skb: SkbView
  private draws = 0

  constructor(
    private readonly plane: DataPlane,
    private readonly packet: Packet,
  ) {
    this.skb = packet.skb
    this.scratch = plane.allocate(TUPLE_SIZE, 'a tuple')
    this.other = new EntryView(plane.memory)
  }

  /** The tuple for `entry`, whose packets leave as `current` so far. */
  choose(current: Tuple, range: NatRange, entry: EntryView, manip: Manip): Tuple {
    const chosen = this.search(current, range, entry, manip)
    if (manip === 'source') this.noteSource(current, range, chosen)
    return chosen
  }

  /** Connections of one source may be in several shards, see src/dataplane/conntrack/coupling.ts. */
  private noteSource(current: Tuple, range: NatRange, chosen: Tuple): void {
    const { addresses, ports, random, randomFully } = range
    const asked = !random && !randomFully && !isInRange(current, range)
    if (!asked && sameTuple(chosen, current)) return
    const single = addresses === null || sameWords(addresses[0], addresses[1])
    const plain = single && ports === null && !random && !randomFully && chosen.srcPort === current.srcPort
    writeTuple(this.plane.memory, this.scratch, current)
    this.plane.exports.noteSource(this.skb.shard, this.scratch, Number(asked), Number(!plain))
  }

  private search(current: Tuple, range: NatRange, entry: EntryView, manip: Manip): Tuple {
    const shown = this.shown(current, range, entry, manip)
    if (shown !== null) return shown
    const random = range.random || range.randomFully
    this.draws = 0
    writeZone(this.plane.memory, this.scratch, entry.zone, entry.zoneDirections)
    if (manip === 'source' && !random) {
      if (isInRange(current, range)) {
        if (!this.isTaken(current)) return current
      } else {
        const known = this.knownSource(current, range)
        if (known !== null && !this.isTaken(known)) return known
      }
    }
    const address = chooseAddress(current, entry.zone, range, manip)
    const tuple: Tuple = manip === 'source' ? { ...current, source: address } : { ...current, destination: address }
    if (!random && this.fits(tuple, range, manip)) return tuple
    return this.searchPort(tuple, range, entry, manip)
  }

  /** The tuple as which the capture shows the packet leave, if the range allows it and it is free; else null. */
  private shown(current: Tuple, range: NatRange, entry: EntryView, manip: Manip): Tuple | null {
    const departure = this.packet.departure()
    if (departure === null) return null
    const { source, srcPort, destination, dstPort } = departure
    if (manip === 'source') {
      const tuple = { ...current, source, srcPort }
      return isInRange(tuple, range) && !this.staysTaken(tuple, entry, 0) ? tuple : null
    }
    const tuple = { ...current, destination, dstPort: isIcmp(current.protocol) ? current.dstPort : dstPort }
    if (range.ports === null && dstPort !== current.dstPort) return null
    return isInRange(tuple, range, 'destination') && !this.isTaken(tuple) ? tuple : null
  }

  /** The port may stay. A single port is taken as it is. */
  private fits(tuple: Tuple, { ports, base }: NatRange, manip: Manip): boolean {
    if (ports === null) return !this.isTaken(tuple)
    return base === null && hasPortIn(tuple, ports, manip) && (ports[0] === ports[1] || !this.isTaken(tuple))
  }

  /** The source that another connection from this one is mapped to, if it is in the range. */
  private knownSource(current: Tuple, range: NatRange): Tuple | null {
    const { exports, memory } = this.plane
    writeTuple(memory, this.scratch, current)
    for (let at = 0; ;) {
      at = exports.nextOfSource(this.skb.shard, this.scratch, at) >>> 0
      if (at === 0) return null
      this.other.at = at
      const { source, srcPort } = invertTuple(replyTuple(this.other))
      const known: Tuple = { ...current, source, srcPort }
      if (isInRange(known, range)) return known
    }
  }

  private searchPort(tuple: Tuple, range: NatRange, entry: EntryView, manip: Manip): Tuple {
    const { protocol } = tuple
    const ports = portsFor(tuple, range, manip, (entry.status & EntryStatus.Expected) !== 0)
    if (ports === null) return tuple
    const key = manip === 'source' || isIcmp(protocol) ? 'srcPort' : 'dstPort'
    const drawn = range.base === null && (range.random || range.randomFully || manip === 'source')
    let offset = 0
    if (range.base !== null) offset = (tuple[key] - range.base) & 0xffff
    else if (drawn) offset = this.randomPort()
    let attempts = Math.min(ports.count, MAX_ATTEMPTS)
    let order = drawn ? this.ownFirst(tuple, key, ports, offset, entry) : inTurn(ports, offset)
    for (;;) {
      let candidate = tuple
      let left = attempts
      for (const port of order) {
        candidate = { ...tuple, [key]: port }
        if (!this.staysTaken(candidate, entry, left)) return candidate
        if (--left === 0) break
      }
      // The last candidate; the clash shows when the connection is confirmed.
      if (attempts >= ports.count || attempts < MIN_ATTEMPTS) return candidate
      attempts = Math.floor(attempts / 2)
      order = inTurn(ports, this.randomPort())
    }
  }

  /** All ports, in turn from the offset on: first those that leave the connection in its shard, then the others. */
  private *ownFirst(
    tuple: Tuple,
    key: 'srcPort' | 'dstPort',
    { first, count }: Ports,
    offset: number,
    entry: EntryView,
  ): Generator<number, void> {
    const own = this.shardBits(originalTuple(entry))
    for (const wanted of [true, false]) {
      for (let step = 0; step < count; step++) {
        const port = (first + ((offset + step) % count)) & 0xffff
        if ((this.shardBits({ ...tuple, [key]: port }) === own) === wanted) yield port
      }
    }
  }

  /** What names the shard of packets with the tuple, were there as many shards as can be. */
  private shardBits(tuple: Tuple): number {
    writeTuple(this.plane.memory, this.scratch, tuple)
    return this.plane.exports.hashTuple(this.scratch) & SHARD_MASK
  }

  private isTaken(tuple: Tuple): boolean {
    const { exports, memory } = this.plane
    writeTuple(memory, this.scratch, invertTuple(tuple))
    return exports.findTaken(this.skb.shard, this.scratch, this.skb.nowNs) !== 0
  }

  /** As `isTaken`, but may end a connection in TIME_WAIT. Kernel: nf_nat_used_tuple_harder(). */
  private staysTaken(tuple: Tuple, entry: EntryView, left: number): boolean {
    const begins = tuple.protocol === TCP && entry.state === TcpState.SynSent
    if (left > HARDER || !begins) return this.isTaken(tuple)
    const found = this.find(invertTuple(tuple))
    if (found === 0) return false
    if ((found & REPLY_BIT) === 0) return true
    const { other, skb } = this
    other.at = (found & ~REPLY_BIT) >>> 0
    const ended = other.state >= TcpState.TimeWait && (other.status & EntryStatus.SrcNat) !== 0
    const refused = (other.status & (EntryStatus.FixedTimeout | EntryStatus.Dying)) !== 0
    const advanced = ((entry.originalEnd - other.originalEnd) | 0) > 0
    if (!ended || refused || !advanced) return true
    this.plane.exports.buryEntry(skb.shard, other.at, skb.nowNs)
    return false
  }

  private find(tuple: Tuple): number {
    writeTuple(this.plane.memory, this.scratch, tuple)
    return this.plane.exports.findTuple(this.skb.shard, this.scratch, this.skb.nowNs) >>> 0
  }

  /** Kernel: get_random_u16(). */
  private randomPort(): number {
    return drawNumber(this.plane.memory, this.skb.number, ++this.draws) & 0xffff
  }
}

/** Ports without end, from the offset on. */
function* inTurn({ first, count }: Ports, offset: number): Generator<number, never> {
  for (let at = offset; ; at = (at + 1) & 0xffff) yield (first + (at % count)) & 0xffff
}

/** Kernel: nf_in_range(), which is asked about sources only. */
function isInRange(tuple: Tuple, { addresses, ports }: NatRange, manip: Manip = 'source'): boolean {
  const address = tuple[manip]
  if (addresses !== null && !(isAtLeast(address, addresses[0]) && isAtLeast(addresses[1], address))) return false
  return ports === null || hasPortIn(tuple, ports, manip)
}

function isAtLeast(one: readonly number[], other: readonly number[]): boolean {
  const index = one.findIndex((word, at) => word !== other[at])
  return index < 0 || one[index] > other[index]
}

/** Kernel: l4proto_in_range(). */
function hasPortIn(tuple: Tuple, [first, last]: readonly [number, number], manip: Manip): boolean {
  const { protocol, srcPort, dstPort } = tuple
  if (!isIcmp(protocol) && protocol !== GRE && !WITH_PORTS.has(protocol)) return true
  const port = manip === 'source' || isIcmp(protocol) ? srcPort : dstPort
  return port >= first && port <= last
}

/** The ports to search; null when the protocol has none, or the destination's port stays. */
function portsFor(tuple: Tuple, { ports }: NatRange, manip: Manip, expected: boolean): Ports | null {
  const { protocol, srcPort } = tuple
  // Of a call that PPTP's helper foresaw, the keys may change.
  if (protocol === GRE && expected) return ports === null ? { first: 1, count: 65535 } : portsFrom(ports)
  if (isIcmp(protocol)) return ports === null ? { first: 0, count: 65536 } : portsFrom(ports)
  if (!WITH_PORTS.has(protocol)) return null
  if (ports !== null) return portsFrom(ports)
  if (manip === 'destination') return null
  // Ports below 512 may mean something to the other side; those below 1024 take root.
  if (srcPort < 512) return { first: 1, count: 511 }
  return srcPort < 1024 ? { first: 600, count: 424 } : { first: 1024, count: 64512 }
}

function portsFrom([first, last]: readonly [number, number]): Ports {
  return { first: Math.min(first, last), count: Math.abs(last - first) + 1 }
}
