/**
 * Counts what happens in a shard; `ConntrackCounter` names the counters.
 */
import { Shard } from '../layout/shard'

@inline
export function count(shard: Shard, counter: u32): void {
  const at: usize = <usize>shard.counters + (<usize>counter << 3)
  store<u64>(at, load<u64>(at) + 1)
}
