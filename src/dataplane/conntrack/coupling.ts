/**
 * Whether shards depend on one another. Where NAT translates, a shard has all connections with its ports (flow-hash.ts),
 * and what it asks of others it notices here: the replay is then done again in one shard (src/engine/second-replay.ts).
 *
 * A source that has been mapped is mapped the same way again, whatever its destination (nf_nat_bysource): its
 * connections may be in several shards. That makes a difference only if one of them was not mapped as the rule alone
 * says, and one in another shard asks. A table that all shards share tells, without locks:
 *
 *   slot: hash of the source, or 0 | shards that asked << 16, shards with a mapping of their own
 *
 * Bits are only ever added, so that what comes out does not depend on who comes first.
 */
import { Entry } from '../layout/entry'
import { allocate, Replay, replay, REPLAY_AT } from '../layout/replay'
import { Shard } from '../layout/shard'
import { Tuple } from '../layout/tuple'
import { translatedHash } from './reply-tuple'
import { sourceHash } from './nat-source'

@unmanaged
class SourceShards {
  /** Sources in the table: atomic. */
  count: u32
  /** 1 once there were more than MOST_SOURCES: atomic. */
  full: u32
  /** 1 once a source got a mapping of its own: atomic. */
  anyOwn: u32
}

const SLOTS: u64 = 1 << 22
const MOST_SOURCES: u32 = 1 << 21
const HEADER: usize = 64
const SLOT_BYTES: usize = 16

/** For the control plane, before the first packet of a replay with several shards; false when memory is used up. */
export function createSourceShards(): bool {
  replay().sourceShards = allocate(HEADER + <usize>SLOTS * SLOT_BYTES)
  return replay().sourceShards != 0
}

function couple(): void {
  atomic.store<u32>(REPLAY_AT + offsetof<Replay>('coupled'), 1)
}

/** Packets with this flow hash may be another shard's. */
@inline
export function noteFlow(shard: Shard, flowHash: u32): void {
  if ((flowHash & (replay().shardCount - 1)) != shard.number) couple()
}

/** The replies of a translated connection may go to another shard. */
export function noteReplies(shard: Shard, entry: Entry): void {
  noteFlow(shard, translatedHash(entry))
}

/**
 * The source of the tuple was mapped. `asked`: what others of this source are mapped to would have decided; `own`: the
 * mapping may not be the one that the rule alone gives.
 */
export function noteSource(shardAt: usize, tupleAt: usize, asked: bool, own: bool): void {
  const at = replay().sourceShards
  if (at == 0) return
  const table = changetype<SourceShards>(at)
  if (own) {
    atomic.store<u32>(at, 1, offsetof<SourceShards>('anyOwn'))
    if (atomic.load<u32>(at, offsetof<SourceShards>('full')) != 0) couple()
  }
  const slot = slotOf(table, sourceHash(changetype<Tuple>(tupleAt)) | 1)
  if (slot == 0) {
    if (atomic.load<u32>(at, offsetof<SourceShards>('anyOwn')) != 0) couple()
    return
  }
  const bit = (<u32>1) << changetype<Shard>(shardAt).number
  const bits = (own ? bit : 0) | (asked ? bit << 16 : 0)
  const all = atomic.or<u32>(slot, bits, 8) | bits
  const owners = all & 0xffff
  const askers = all >> 16
  if (owners != 0 && askers != 0 && (owners != askers || popcnt(owners) > 1)) couple()
}

/** The slot of the source, which is made if need be; 0 when the table has no room for it. */
function slotOf(table: SourceShards, key: u64): usize {
  const at = changetype<usize>(table)
  let index = (key >> 1) & (SLOTS - 1)
  while (true) {
    const slot = at + HEADER + <usize>index * SLOT_BYTES
    let found = atomic.load<u64>(slot)
    if (found == 0) {
      if (atomic.load<u32>(at, offsetof<SourceShards>('full')) != 0) return 0
      found = atomic.cmpxchg<u64>(slot, 0, key)
      if (found == 0) {
        if (atomic.add<u32>(at, 1) < MOST_SOURCES) return slot
        atomic.store<u32>(at, 1, offsetof<SourceShards>('full'))
        return 0
      }
    }
    if (found == key) return slot
    index = (index + 1) & (SLOTS - 1)
  }
}
