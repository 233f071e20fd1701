/**
 * What stands in front of a datagram that was put together from fragments, and what they were: the box sends it on in
 * such pieces again.
 *
 *   DatagramHead | link header of the first fragment | IP header, data | piece count (u16) | piece lengths (u16 each)
 */

@unmanaged
export class DatagramHead {
  /**
   * Length of the largest fragment with its IP header, which no router may exceed when it sends the datagram on.
   * Kernel: IPCB(skb)->frag_max_size.
   */
  largest: u32
  /** Address of the count of fragments, behind it the bytes of data of each in their order. */
  pieces: u32
}
