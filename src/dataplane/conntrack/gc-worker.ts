/**
 * The gc worker of a limited table: it goes through the buckets and buries what has expired, and when packets found
 * no room, ends connections that matter less until the table is below 95 % of its limit.
 * Kernel: gc_worker(), gc_worker_can_early_drop(), net/netfilter/nf_conntrack_core.c (v6.18; v5.15 and v5.10 where
 * GcWay says so).
 *
 * Differs from the kernel: it runs first one second after the first packet, as if the machine had just started; it
 * takes no time and nothing interrupts it, so a pass is never cut after its 10 ms.
 */
import { Entry, EntryStatus, SctpState } from '../layout/entry'
import { GcWay, KernelTable, TableNode } from '../layout/kernel-table'
import { Protocol } from '../layout/protocol'
import { Shard } from '../layout/shard'
import { bury } from './death'
import { entryOf, headOf, nextOfAnother, tableOf } from './kernel-table'
import { isClosing } from './tcp'

const SECOND_NS: u64 = 1_000_000_000
/** Seconds. Kernel: GC_SCAN_INTERVAL_MAX, _MIN, _CLAMP; GC_SCAN_INITIAL_COUNT. */
const LONGEST_PAUSE: i64 = 60
const SHORTEST_PAUSE: i64 = 1
const LONGEST_TIMEOUT: i64 = 300
const FIRST_COUNT: i64 = 100
/** Entries that one run ends, times the jiffies of a second. Kernel: GC_SCAN_EXPIRED_MAX. */
const EXPIRED_PER_SECOND: u32 = 64000
/** Seconds, way WHOLE. Kernel: GC_SCAN_INTERVAL, v5.15. */
const WHOLE_PAUSE: i64 = 120
/** Way SHARE. Kernel: GC_MAX_BUCKETS_DIV, GC_MAX_SCAN_JIFFIES, GC_EVICT_RATIO, v5.10. */
const SHARES: u32 = 128
const SHARE_SECONDS: i64 = 16
const EVICT_RATIO: u32 = 50
/** A gap this long is looked at before it is worked through. */
const LONG_GAP_NS: u64 = 600 * SECOND_NS

/** Lets the worker do all that it has done by `nowNs`. */
export function runGc(shardAt: usize, nowNs: u64): void {
  const shard = changetype<Shard>(shardAt)
  const table = tableOf(shard)
  if (table.gcAtNs == 0) {
    table.gcAtNs = nowNs + SECOND_NS
    table.gcAverage = <i64>table.hz
  }
  while (table.gcAtNs <= nowNs) {
    if (nowNs - table.gcAtNs > LONG_GAP_NS) skipIdle(table, nowNs)
    if (table.gcWay == GcWay.AVERAGE) runAverage(shard, table)
    else if (table.gcWay == GcWay.WHOLE) runWhole(shard, table)
    else runShare(shard, table)
  }
}

/**
 * Runs that find nothing expired, and entries that will live long, leave everything as it is and are equally far
 * apart: the clock moves on to where that ends.
 */
function skipIdle(table: KernelTable, nowNs: u64): void {
  const isShare = table.gcWay == GcWay.SHARE
  if (table.gcPressed != 0 || (table.gcBucket != 0 && !isShare)) return
  const jiffyNs = SECOND_NS / table.hz
  // A pass takes a jiffy at least.
  let pauseNs = <u64>LONGEST_PAUSE * SECOND_NS - jiffyNs
  if (table.gcWay == GcWay.WHOLE) pauseNs = <u64>WHOLE_PAUSE * SECOND_NS
  if (isShare) {
    if (table.gcAverage != longestShare(table)) return
    pauseNs = <u64>table.gcAverage * jiffyNs
  }
  let end = firstExpiry(table, nowNs)
  // Up to there every timeout counts as the longest, so the pause is the longest too.
  const marginNs = table.gcWay == GcWay.AVERAGE ? <u64>LONGEST_TIMEOUT * SECOND_NS : 0
  end = end > marginNs ? end - marginNs : 0
  if (end <= table.gcAtNs) return
  const runs = (end - table.gcAtNs) / pauseNs
  table.gcAtNs += runs * pauseNs
  if (isShare) table.gcBucket = <u32>((<u64>table.gcBucket + runs * shareOf(table)) % table.bucketCount)
}

/** When the first entry expires, at most `limitNs`. */
function firstExpiry(table: KernelTable, limitNs: u64): u64 {
  let first = limitNs
  for (let bucket: u32 = 0; bucket < table.bucketCount; bucket++) {
    for (let at: usize = load<u32>(headOf(table, bucket)); at != 0; at = changetype<TableNode>(at).next) {
      first = min(first, entryOf(changetype<TableNode>(at)).expiryNs)
    }
  }
  return first
}

function runAverage(shard: Shard, table: KernelTable): void {
  const nowNs = table.gcAtNs
  const hz = <i64>table.hz
  const jiffyNs = SECOND_NS / table.hz
  const press = pressedLimit(table)
  if (table.gcBucket == 0) {
    table.gcAverage = LONGEST_PAUSE * hz
    table.gcCount = FIRST_COUNT
    table.gcStartNs = nowNs
  }
  const most = EXPIRED_PER_SECOND / table.hz
  let ended: u32 = 0
  for (let bucket = table.gcBucket; bucket < table.bucketCount; bucket++) {
    let at: usize = load<u32>(headOf(table, bucket))
    while (at != 0) {
      if (ended > most) {
        table.gcBucket = bucket
        const again = nowNs - table.gcStartNs < <u64>LONGEST_PAUSE * SECOND_NS
        if (again) table.gcPressed = 0
        table.gcAtNs = nowNs + (again ? jiffyNs : 0)
        return
      }
      const node = changetype<TableNode>(at)
      const entry = entryOf(node)
      const another = nextOfAnother(node)
      if (endIfDone(shard, table, entry, nowNs, press)) {
        ended++
        at = another
        continue
      }
      const left = <i64>((entry.expiryNs - nowNs) / jiffyNs)
      const timeout = min(max(left, SHORTEST_PAUSE * hz), LONGEST_TIMEOUT * hz)
      table.gcCount++
      table.gcAverage += (timeout - table.gcAverage) / table.gcCount
      at = node.next
    }
  }
  table.gcBucket = 0
  table.gcPressed = 0
  const pause = min(max(table.gcAverage, SHORTEST_PAUSE * hz), LONGEST_PAUSE * hz)
  const taken = max(<i64>((nowNs - table.gcStartNs) / jiffyNs), 1)
  table.gcAtNs = nowNs + <u64>max(pause - taken, 1) * jiffyNs
}

function runWhole(shard: Shard, table: KernelTable): void {
  const press = pressedLimit(table)
  for (let bucket: u32 = 0; bucket < table.bucketCount; bucket++) cleanBucket(shard, table, bucket, press)
  table.gcPressed = 0
  table.gcAtNs += <u64>WHOLE_PAUSE * SECOND_NS
}

function runShare(shard: Shard, table: KernelTable): void {
  const press = pressedLimit(table)
  const share = shareOf(table)
  let met: u32 = 0
  let ended: u32 = 0
  for (let i: u32 = 0; i < share; i++) {
    table.gcBucket = table.gcBucket + 1 >= table.bucketCount ? 0 : table.gcBucket + 1
    const result = cleanBucket(shard, table, table.gcBucket, press)
    met += <u32>(result >> 32)
    ended += <u32>result
  }
  const least = max(table.hz / SHARES, 1)
  if (met != 0 && (ended * 100) / met > EVICT_RATIO) table.gcAverage = least
  else table.gcAverage = min(table.gcAverage + least, longestShare(table))
  table.gcPressed = 0
  table.gcAtNs += <u64>table.gcAverage * (SECOND_NS / table.hz)
}

/** Buckets a run, at least one. */
@inline
function shareOf(table: KernelTable): u32 {
  return max(table.bucketCount / SHARES, 1)
}

@inline
function longestShare(table: KernelTable): i64 {
  return (SHARE_SECONDS * <i64>table.hz) / SHARES
}

/** Entries above which the worker ends more than the expired; 0: it does not. */
@inline
function pressedLimit(table: KernelTable): u32 {
  return table.gcPressed != 0 ? (table.limit / 100) * 95 : 0
}

/** Ends what is done in one chain. Returns nodes met (high half) and expired entries (low half). */
function cleanBucket(shard: Shard, table: KernelTable, bucket: u32, press: u32): u64 {
  const nowNs = table.gcAtNs
  let met: u32 = 0
  let expired: u32 = 0
  let at: usize = load<u32>(headOf(table, bucket))
  while (at != 0) {
    const node = changetype<TableNode>(at)
    const entry = entryOf(node)
    const another = nextOfAnother(node)
    const isExpired = entry.expiryNs <= nowNs
    at = endIfDone(shard, table, entry, nowNs, press) ? another : node.next
    met++
    expired += <u32>isExpired
  }
  return ((<u64>met) << 32) | expired
}

/** True when the entry was ended: it has expired, or there is need for room and it matters little. */
function endIfDone(shard: Shard, table: KernelTable, entry: Entry, nowNs: u64, press: u32): bool {
  if (entry.expiryNs <= nowNs) {
    bury(shard, entry, entry.expiryNs)
    return true
  }
  if (press == 0 || table.count < press || !mattersLittle(entry)) return false
  bury(shard, entry, nowNs)
  return true
}

/** Kernel: gc_worker_can_early_drop(), the trackers' can_early_drop(). */
function mattersLittle(entry: Entry): bool {
  if ((entry.status & EntryStatus.ASSURED) == 0) return true
  const state = entry.state
  if (entry.protocol == Protocol.TCP) return isClosing(state)
  return entry.protocol == Protocol.SCTP && state >= SctpState.SHUTDOWN_SENT && state <= SctpState.SHUTDOWN_ACK_SENT
}
