/**
 * Into which pieces a packet is cut that is too long for its way, or was put together from fragments.
 * Kernel: ip_do_fragment(), net/ipv4/ip_output.c; ip6_fragment(), net/ipv6/ip6_output.c (v6.18).
 */

/** What a packet is cut for. */
export interface Cutting {
  /** Of the way, in bytes with the IP header. */
  readonly mtu: number
  /** What the datagram came in as; null for a packet that was not put together. */
  readonly fragments: Fragments | null
}

export interface Fragments {
  /** Length of the largest one with its IP header. */
  readonly largest: number
  /** Bytes of data of each, in their order; none when the kernel has no list of them any more. */
  readonly pieces: readonly number[]
  /** IPv4: the largest one had DF. */
  readonly dontFragment: boolean
}

/** A piece is ready in scratch memory. */
export type Emit = (at: number, length: number, captured: number) => void

/**
 * Bytes of data of each piece, of which `room` fit one. `kept`: they are those that came in, where each fits; then the
 * kernel sends the list of them on as it is.
 */
export function pieceLengths(bytes: number, room: number, fragments: Fragments | null): Pieces {
  if (fragments !== null && keepsPieces(bytes, room, fragments.pieces)) {
    return { lengths: fragments.pieces, kept: true }
  }
  const lengths: number[] = []
  for (let left = bytes; left > 0; left -= lengths[lengths.length - 1]) {
    lengths.push(left <= room ? left : room & ~7)
  }
  return { lengths, kept: false }
}

export interface Pieces {
  readonly lengths: readonly number[]
  readonly kept: boolean
}

/** What a rule made longer is in one piece in the kernel, too. */
function keepsPieces(bytes: number, room: number, pieces: readonly number[]): boolean {
  const sum = pieces.reduce((total, piece) => total + piece, 0)
  if (pieces.length < 2 || sum !== bytes) return false
  return pieces.every((piece, index) => piece <= room && (index === pieces.length - 1 || (piece & 7) === 0))
}
