/**
 * Makes a shard: an empty conntrack table, an empty path table, and its counters.
 */
import { allocate } from '../layout/replay'
import { CENSUS_COUNTS, ConntrackCounter, Shard } from '../layout/shard'
import { createFlowCache } from '../flow-cache'
import { createPathTable } from '../path-table'
import { createWayTable } from '../way-table'
import { createIndex } from './index-slots'
import { createOccupancy } from './occupancy'

/** The address of a new `Shard`, or 0: the shared memory is used up. */
export function createShard(number: u32): usize {
  const at = allocate(offsetof<Shard>())
  if (at == 0) return 0
  const shard = changetype<Shard>(at)
  shard.number = number
  shard.counters = <u32>allocate(<usize>ConntrackCounter.COUNT * 8)
  shard.census = <u32>allocate(<usize>CENSUS_COUNTS * 4)
  if (shard.counters == 0 || shard.census == 0) return 0
  const remembers = createPathTable(shard) && createWayTable(shard) && createFlowCache(shard)
  return createIndex(shard) && createOccupancy(shard) && remembers ? at : 0
}
