/**
 * One record of a capture as the reader found it: where its bytes lie, how many there are, when, and where seen.
 * The reader writes an array of them for each block, in capture order; whatever the file's format was ends here.
 */

/** `Record.direction`, as pcapng's packet flags and SLL's packet type say it. */
export namespace Direction {
  export const UNKNOWN: u8 = 0
  export const IN: u8 = 1
  export const OUT: u8 = 2
}

/** 24 bytes. */
@unmanaged
export class Record {
  /** Address of the first captured byte (the link header) in the shared memory. */
  bytes: u32
  /** Bytes captured. */
  captured: u32
  /** Trace time: nanoseconds since 1970, never smaller than the record's before. */
  atNs: u64
  /** Bytes on the wire. */
  original: u32
  /** Index into the capture interfaces. */
  captureInterface: u16
  direction: u8
  unused: u8
}

/**
 * Where packets were captured; 32 bytes. Several capture files and pcapng sections share one table of them.
 */
@unmanaged
export class CaptureInterface {
  /** LINKTYPE_ number of the pcap registry. */
  linkType: u32
  /** The box's interface of this name, 1 and up; 0 when the capture does not say. */
  boxInterface: u32
  /** The interface's own MAC address, in the low 48 bits; 0 unknown. */
  mac: u64
  /** 4096 u16: the box's interface for each VLAN id on this one, 0 where it has none; or 0: no VLANs. */
  vlans: u32
  unused: u32
  unused1: u64
}
