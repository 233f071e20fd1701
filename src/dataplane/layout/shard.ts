/**
 * A shard: one share of the connections, with the table that tracks them, the paths its packets took, and its
 * counters. At any moment one worker writes it; whose turn it is, the engine's claims say.
 */

/** What conntrack counts, as `conntrack -S` names it, and the lives of entries. Indexes into `Shard.counters`. */
export namespace ConntrackCounter {
  export const INVALID: u32 = 0
  export const INSERT_FAILED: u32 = 1
  export const DROP: u32 = 2
  export const EARLY_DROP: u32 = 3
  export const ICMP_ERROR: u32 = 4
  export const CLASH_RESOLVE: u32 = 5
  /** Entries confirmed since the start. */
  export const CONFIRMED: u32 = 6
  /** Entries that died: timeout, RST, replaced. */
  export const DIED: u32 = 7
  /** Packets whose entry was found by the data plane with a remembered path. */
  export const PATH_HITS: u32 = 8
  /** Packets walked through the rules. */
  export const WALKS: u32 = 9
  /** Packets whose way the cache of flows knew. */
  export const FLOW_HITS: u32 = 10
  /** Tuples that NAT found taken. */
  export const FOUND: u32 = 11
  /** Entries refused because a chain of the kernel's table would have grown too long. */
  export const CHAIN_TOO_LONG: u32 = 12
  /** Packets dropped because the table was full; they count as DROP too. */
  export const TABLE_FULL: u32 = 13
  /** Expectations that came true, were made, and ended. */
  export const EXPECT_NEW: u32 = 14
  export const EXPECT_CREATE: u32 = 15
  export const EXPECT_DELETE: u32 = 16
  export const COUNT: u32 = 24
}

@unmanaged
export class Shard {
  /** Taken by the worker that replays a run. */
  busy: u32
  /** Sequence number of the next block to replay. */
  nextBlock: u32
  number: u32
  /** A `Census`. */
  census: u32
  /** Trace time of the last packet. */
  nowNs: u64
  // Tuple index, conntrack/tuple-index.ts: a power of two of `IndexSlot`s.
  slots: u32
  slotMask: u32
  /** Slots in use: entries alive, or expired and not yet swept. */
  used: u32
  /** Entries confirmed and not dead, so far as noticed. */
  entryCount: u32
  // Entry pools, conntrack/entry-pool.ts: free lists, and chunks in the order they were handed out.
  freeIpv4: u32
  freeIpv6: u32
  /** First and last `EntryChunk`. */
  chunks: u32
  lastChunk: u32
  /** Chunks that still have entries never used. */
  openIpv4: u32
  openIpv6: u32
  /** Where the sweep goes on, see conntrack/sweep.ts: an `EntryChunk` (0: the first), and one of its entries. */
  sweepChunk: u32
  sweepIndex: u32
  /** Memory of an index that was outgrown: the next chunk is made of it. */
  spare: u32
  spareBytes: u32
  // Paths, path-table.ts: hash heads, and all paths in the order they were made.
  pathHeads: u32
  pathHeadMask: u32
  pathList: u32
  pathCount: u32
  pathCapacity: u32
  /** Ways that entries remember, way-table.ts: `Way`s by their number, heads of chains, and how many there are. */
  ways: u32
  wayHeads: u32
  wayCount: u32
  wayCapacity: u32
  /** Counts of entries over time: an `Occupancy`. */
  occupancy: u32
  /** ConntrackCounter.COUNT u64. */
  counters: u32
  /** Fragments that wait for local delivery: a `LocalDelivery`, made when the first one comes. */
  delivery: u32
  /** Chains of entries by their original source, see conntrack/nat-source.ts; made when NAT needs them. */
  natSources: u32
  /** 1 once an entry was confirmed whose zone counts for one direction only. */
  splitZones: u32
  /** Connections that helpers foresee: new ones are compared with them. Kept by the control plane, as is greKeys. */
  expectations: u32
  /** Keys of GRE calls, see conntrack/gre-keys.ts: GRE_KEY_HEADS addresses of `GreKey`; or 0. */
  greKeys: u32
  /** Ways of flows: a `FlowCache`. */
  flowCache: u32
  /** Where the number of entries is limited: a `KernelTable`; else 0. */
  table: u32
  /** What was loaded ahead, so that no compiler leaves the loads out; see touch-ahead.ts. */
  touched: u32
}

/** A slot of the tuple index; 8 bytes. Entry 0: empty. */
@unmanaged
export class IndexSlot {
  /** The entry's whole flow hash. */
  hash: u32
  entry: u32
}

/** A stretch of entries of one size; they begin CHUNK_HEADER bytes behind its start. */
@unmanaged
export class EntryChunk {
  next: u32
  entryBytes: u32
  /** Entries it has room for, and how many of them were ever used. */
  capacity: u32
  used: u32
}

export const CHUNK_HEADER: usize = 64

/**
 * How many connections are alive, by what reports group them by: u32 counts, CENSUS_STATES for each protocol of IPv4,
 * then of IPv6. See conntrack/census.ts.
 */
export const CENSUS_STATES: u32 = 16
export const CENSUS_COUNTS: u32 = 2 * 256 * CENSUS_STATES

/** Of protocols whose tracker keeps no state, how far a connection got. */
export namespace CensusState {
  export const UNREPLIED: u32 = 0
  export const REPLIED: u32 = 1
  export const ASSURED: u32 = 2
}

/**
 * How many entries began and ended in each stretch of trace time. Slot k counts [firstSlot + k, firstSlot + k + 1)
 * << shift nanoseconds; u32 births, then u32 deaths, OCCUPANCY_SLOTS of each. See conntrack/occupancy.ts.
 */
@unmanaged
export class Occupancy {
  /** The first slot's number: trace time >> shift. */
  firstSlot: u64
  shift: u32
  /** Slots up to the last one booked; 0: nothing booked yet. */
  slotCount: u32
}

export const OCCUPANCY_SLOTS: u32 = 8192
/** Slots begin 2^20 ns wide: about a millisecond. */
export const OCCUPANCY_FIRST_SHIFT: u32 = 20
