/**
 * The TCP state machine as the one in the middle sees it: a packet may still get lost behind us.
 * Kernel: tcp_conntracks[], net/netfilter/nf_conntrack_proto_tcp.c (v6.18).
 */

/** Results beside the `TcpState`s. Kernel: TCP_CONNTRACK_MAX, TCP_CONNTRACK_IGNORE. */
export const INVALID_STATE: u8 = 10
/** Valid or not, the ends will tell: let it pass, and change nothing. */
export const IGNORED_STATE: u8 = 11

const STATES: u32 = 10
const INDEXES: u32 = 6

// Rows: direction, then TcpIndex. Columns: the state so far. NO NONE, SS SYN_SENT, SR SYN_RECV, ES ESTABLISHED,
// FW FIN_WAIT, CW CLOSE_WAIT, LA LAST_ACK, TW TIME_WAIT, CL CLOSE, S2 SYN_SENT2, 10 invalid, 11 ignored.
// prettier-ignore
const NEXT: usize = memory.data<u8>([
  //NO  SS  SR  ES  FW  CW  LA  TW  CL  S2   original direction
     1,  1, 11, 11, 11, 11, 11,  1,  1,  9, // SYN
    10, 10,  2, 10, 10, 10, 10, 10, 10,  2, // SYN/ACK
    10, 10,  4,  4,  6,  6,  6,  7,  8, 10, // FIN
     3, 10,  3,  3,  5,  5,  7,  7,  8, 10, // ACK
    10,  8,  8,  8,  8,  8,  8,  8,  8,  8, // RST
    10, 10, 10, 10, 10, 10, 10, 10, 10, 10, // none
  //NO  SS  SR  ES  FW  CW  LA  TW  CL  S2   reply direction
    10,  9, 10, 10, 10, 10, 10,  1, 10,  9, // SYN
    10,  2, 11, 11, 11, 11, 11, 11, 11,  2, // SYN/ACK
    10, 10,  4,  4,  6,  6,  6,  7,  8, 10, // FIN
    10, 11,  2,  3,  5,  5,  7,  7,  8, 11, // ACK
    10,  8,  8,  8,  8,  8,  8,  8,  8,  8, // RST
    10, 10, 10, 10, 10, 10, 10, 10, 10, 10, // none
])

/** The TcpState after an event (TcpIndex) in `direction`, or INVALID_STATE or IGNORED_STATE. */
@inline
export function nextState(direction: u32, index: u32, state: u32): u8 {
  return load<u8>(NEXT + (direction * INDEXES + index) * STATES + state)
}
