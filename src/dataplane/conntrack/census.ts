/**
 * Counts the connections that are alive, for reports.
 */
import { Entry, EntryStatus, isAlive } from '../layout/entry'
import { Protocol } from '../layout/protocol'
import { CENSUS_COUNTS, CENSUS_STATES, CensusState, CHUNK_HEADER, EntryChunk, Shard } from '../layout/shard'

/** Fills the shard's census with its connections at `nowNs`. */
export function countAlive(shardAt: usize, nowNs: u64): void {
  const shard = changetype<Shard>(shardAt)
  memory.fill(shard.census, 0, (<usize>CENSUS_COUNTS) << 2)
  for (let at: usize = shard.chunks; at != 0; at = changetype<EntryChunk>(at).next) {
    const chunk = changetype<EntryChunk>(at)
    const end = at + CHUNK_HEADER + <usize>chunk.used * chunk.entryBytes
    for (let entryAt = at + CHUNK_HEADER; entryAt < end; entryAt += chunk.entryBytes) {
      const entry = changetype<Entry>(entryAt)
      if (!isAlive(entry) || entry.expiryNs <= nowNs) continue
      const kind = ((<u32>(entry.family == 6)) << 8) | (<u32>entry.protocol)
      const count = <usize>shard.census + ((<usize>(kind * CENSUS_STATES + stateOf(entry))) << 2)
      store<u32>(count, load<u32>(count) + 1)
    }
  }
}

/** The tracker's state, or how far others got. */
function stateOf(entry: Entry): u32 {
  if (entry.protocol == Protocol.TCP || entry.protocol == Protocol.SCTP) return entry.state
  if ((entry.status & EntryStatus.ASSURED) != 0) return CensusState.ASSURED
  return (entry.status & EntryStatus.SEEN_REPLY) != 0 ? CensusState.REPLIED : CensusState.UNREPLIED
}
