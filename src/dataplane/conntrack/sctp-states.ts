/**
 * The SCTP state machine as the one in the middle sees it, and the events of it: types of chunks.
 * Kernel: sctp_conntracks[], sctp_new_state(), net/netfilter/nf_conntrack_proto_sctp.c (v6.18).
 */

/** Chunk types, RFC 9260 section 3.2. */
export namespace SctpChunk {
  export const DATA: u8 = 0
  export const INIT: u8 = 1
  export const INIT_ACK: u8 = 2
  export const HEARTBEAT: u8 = 4
  export const HEARTBEAT_ACK: u8 = 5
  export const ABORT: u8 = 6
  export const SHUTDOWN: u8 = 7
  export const SHUTDOWN_ACK: u8 = 8
  export const ERROR: u8 = 9
  export const COOKIE_ECHO: u8 = 10
  export const COOKIE_ACK: u8 = 11
  export const SHUTDOWN_COMPLETE: u8 = 14
}

/** In place of a state. Kernel: SCTP_CONNTRACK_MAX. */
export const INVALID_SCTP_STATE: u8 = 9

const STATES: u32 = 9
const ROWS: u32 = 11
const NO_ROW: u8 = 255

/** The row of each chunk type; others, DATA and SACK among them, change no state. */
// prettier-ignore
const ROW: usize = memory.data<u8>([255, 0, 1, 255, 9, 10, 2, 3, 4, 5, 6, 7, 255, 255, 8])
const LAST_TYPE: u8 = 14

// Rows: direction, then chunk. Columns: the state so far. NO NONE, CL CLOSED, CW COOKIE_WAIT, CE COOKIE_ECHOED,
// ES ESTABLISHED, SS SHUTDOWN_SENT, SR SHUTDOWN_RECD, SA SHUTDOWN_ACK_SENT, HS HEARTBEAT_SENT, 9 invalid.
// prettier-ignore
const NEXT: usize = memory.data<u8>([
  //NO CL CW CE ES SS SR SA HS   original direction
     1, 1, 2, 3, 4, 1, 1, 7, 2, // INIT
     1, 1, 2, 3, 4, 5, 6, 7, 1, // INIT_ACK
     1, 1, 1, 1, 1, 1, 1, 1, 1, // ABORT
     1, 1, 2, 3, 5, 5, 6, 7, 1, // SHUTDOWN
     7, 1, 2, 3, 4, 7, 7, 7, 7, // SHUTDOWN_ACK
     1, 1, 2, 3, 4, 5, 6, 7, 1, // ERROR
     1, 1, 3, 3, 4, 5, 6, 7, 1, // COOKIE_ECHO
     1, 1, 2, 4, 4, 5, 6, 7, 1, // COOKIE_ACK
     1, 1, 2, 3, 4, 5, 6, 1, 1, // SHUTDOWN_COMPLETE
     8, 1, 2, 3, 4, 5, 6, 7, 8, // HEARTBEAT
     1, 1, 2, 3, 4, 5, 6, 7, 8, // HEARTBEAT_ACK
  //NO CL CW CE ES SS SR SA HS   reply direction
     9, 1, 2, 3, 4, 5, 6, 7, 9, // INIT
     9, 2, 2, 3, 4, 5, 6, 7, 9, // INIT_ACK
     9, 1, 1, 1, 1, 1, 1, 1, 9, // ABORT
     9, 1, 2, 3, 6, 5, 6, 7, 9, // SHUTDOWN
     9, 1, 2, 3, 4, 7, 7, 7, 9, // SHUTDOWN_ACK
     9, 1, 2, 1, 4, 5, 6, 7, 9, // ERROR
     9, 1, 3, 3, 4, 5, 6, 7, 9, // COOKIE_ECHO
     9, 1, 2, 4, 4, 5, 6, 7, 9, // COOKIE_ACK
     9, 1, 2, 3, 4, 5, 6, 1, 9, // SHUTDOWN_COMPLETE
     9, 1, 2, 3, 4, 5, 6, 7, 8, // HEARTBEAT
     9, 1, 2, 3, 4, 5, 6, 7, 4, // HEARTBEAT_ACK
])

/** The SctpState after a chunk of this type in `direction`, or INVALID_SCTP_STATE. */
export function nextSctpState(direction: u32, type: u8, state: u8): u8 {
  const row = type > LAST_TYPE ? NO_ROW : load<u8>(ROW + <usize>type)
  if (row == NO_ROW) return state
  return load<u8>(NEXT + (direction * ROWS + row) * STATES + state)
}
