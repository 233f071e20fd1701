/**
 * Conntrack zones: packets of different zones never meet each other's entries, though their tuples be the same. The
 * slots of the index hold the flow hash mixed with the zone of the slot's direction, so that only packets of that zone
 * come upon them: zones that differ change one hash differently.
 * Kernel: include/net/netfilter/nf_conntrack_zones.h, nf_ct_zone_id(), nf_ct_zone_tmpl() (v6.18).
 */
import { Entry } from '../layout/entry'
import { Skb } from '../layout/skb'

/** Sets of directions: a bit each, 1 << direction. As in `Entry.zoneDirections` and `Template`. */
export namespace Directions {
  export const ORIGINAL: u32 = 1
  export const REPLY: u32 = 2
  export const BOTH: u32 = 3
  /** Beside them: of several entries, the newest. Zones of one direction let a tuple have two entries in a zone. */
  export const NEWEST: u32 = 4
}

/** The flow hash as the slots of a zone hold it; that of zone 0 is the hash itself. */
@inline
export function inZone(hash: u32, zone: u32): u32 {
  return hash ^ (zone * 0x9e3779b1)
}

/** The zone of a direction, where a zone counts for `directions` only. */
@inline
export function zoneId(zone: u16, directions: u8, direction: u32): u32 {
  return ((<u32>directions >> direction) & 1) != 0 ? zone : 0
}

@inline
export function entryZone(entry: Entry, direction: u32): u32 {
  return zoneId(entry.zone, entry.zoneDirections, direction)
}

/** The zone in which an entry is looked for that has the packet's tuple in `direction`; 0 without a template. */
@inline
export function packetZone(skb: Skb, direction: u32): u32 {
  return zoneId(skb.templateZone, skb.template, direction)
}
