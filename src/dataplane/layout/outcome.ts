/**
 * What became of one packet, kept per block when an output asks for it. 16 bytes.
 */
@unmanaged
export class Outcome {
  /** Address of the packet's `Path`; below `Reason.COUNT` it is a `Reason`: no hook saw the packet. */
  path: u32
  /** skb->mark after the last hook. */
  mark: u32
  /** The connection's id: the number of the packet that made its entry; 0 when it has none. */
  ctId: u64
}
