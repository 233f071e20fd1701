/** Lengths of packets that a capture may claim: anything longer is damage, not traffic. */

/** What tcpdump and Wireshark capture at most by default; many writers say less in the header than they write. */
const USUAL_SNAP_LENGTH = 262_144
const LIMIT = 1 << 20

/** The longest captured length that is believed in a file, or on an interface, of this snap length. */
export function longestPacket(snapLength: number): number {
  return Math.min(Math.max(snapLength, USUAL_SNAP_LENGTH), LIMIT)
}
