/**
 * What the data plane asks of the control plane about connections with helpers and connections that helpers foresee.
 * Both are rare: the helpers themselves, what they expect, and what they keep, are the control plane's alone.
 */
import { Entry, EntryStatus, tcpLast } from '../layout/entry'
import { replay, ReplayFlag } from '../layout/replay'
import { Shard } from '../layout/shard'

/** A new entry's tuple is compared with what helpers foresee; one that is foreseen becomes EXPECTED. */
@external('control', 'expected')
declare function expected(entry: usize): void

/** An entry with a helper, or one that a helper foresaw, is no more. */
@external('control', 'ended')
declare function ended(shard: usize, entry: usize, atNs: u64): void

/** By how much NAT moved the sequence numbers of one direction, at `seq`. Kernel: nf_ct_seq_offset(). */
@external('control', 'sequenceOffset')
declare function sequenceOffset(entry: usize, direction: u32, seq: u32): u32

/** Kernel: init_conntrack(), nf_ct_find_expectation(). */
@inline
export function meetExpectations(shard: Shard, entry: Entry): void {
  if (shard.expectations != 0) expected(changetype<usize>(entry))
}

/** To be called for each entry that goes. Kernel: nf_ct_remove_expectations(), nf_ct_helper_destroy(). */
@inline
export function forgetHelp(shard: Shard, entry: Entry, atNs: u64): void {
  // Without helpers, the line of memory that knows of them is not waited for.
  if ((replay().flags & ReplayFlag.HELPERS) != 0 && tcpLast(entry).helpers != 0) ended(changetype<usize>(shard), changetype<usize>(entry), atNs)
}

/** What an acknowledgement of what `direction` sent must lose to be in that sender's own numbers. */
@inline
export function acknowledgedOffset(entry: Entry, direction: u32, ack: u32): u32 {
  if ((entry.status & EntryStatus.SEQ_ADJUST) == 0) return 0
  return sequenceOffset(changetype<usize>(entry), direction, ack - 1)
}
