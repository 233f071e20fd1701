/**
 * What hookline uses of the package pcap-parser 0.2.1, which has no types of its own.
 */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events'

  export interface PacketHeader {
    timestampSeconds: number
    timestampMicroseconds: number
    capturedLength: number
    originalLength: number
  }

  export interface Packet {
    header: PacketHeader
    data: Buffer
  }

  export interface Parser extends EventEmitter {
    on(event: 'packet', listener: (packet: Packet) => void): this
    on(event: 'error', listener: (error: Error) => void): this
  }

  /** What the parser asks of a stream: `data`, `error` and `end` events, and to be held. */
  export interface ByteSource extends EventEmitter {
    pause(): void
    resume(): void
  }

  const pcapParser: { parse(stream: ByteSource): Parser }
  export default pcapParser
}
