/**
 * How long entries live, and what they count. Times are nanoseconds of the trace.
 * Differs from the kernel: it counts timeouts in jiffies (1/HZ s) that have begun; here they are exact.
 */
import { Entry, EntryStatus, PACKETS_CARRY } from '../layout/entry'
import { replay } from '../layout/replay'

/** One of the timeouts of the box; `which` is a `Timeout`, and for TCP also a `TcpState`. */
@inline
export function timeoutNs(which: u32): u64 {
  return load<u64>(replay().timeouts + (<usize>which << 3))
}

/** Counts a packet of `length` bytes (skb->len). Kernel: nf_ct_acct_update(). */
export function account(entry: Entry, direction: u32, length: u32): void {
  if (direction == 0) {
    entry.bytes0 += length
    if (++entry.packets0 == 0) entry.bytes0 += PACKETS_CARRY
  } else {
    entry.bytes1 += length
    if (++entry.packets1 == 0) entry.bytes1 += PACKETS_CARRY
  }
}

/**
 * Lets the entry live for `lifeNs` from now on, and counts the packet.
 * Kernel: __nf_ct_refresh_acct(), net/netfilter/nf_conntrack_core.c.
 */
export function refresh(entry: Entry, direction: u32, length: u32, lifeNs: u64, nowNs: u64): void {
  const status = entry.status
  if ((status & EntryStatus.FIXED_TIMEOUT) == 0) {
    entry.expiryNs = status & EntryStatus.CONFIRMED ? nowNs + lifeNs : lifeNs
  }
  account(entry, direction, length)
}
