/**
 * The books of births and deaths of one shard's connections, as src/dataplane/conntrack/occupancy.ts keeps them: where
 * each word lies.
 */
export const OCCUPANCY_OFFSET = { firstSlot: 0, shift: 8, slotCount: 12 } as const
export const OCCUPANCY_SIZE = 16
/** Slots of each of the two arrays behind an `Occupancy`: births, then deaths. */
export const OCCUPANCY_SLOTS = 8192
