/**
 * Builds capture files for tests, field by field, with every freedom the formats leave: byte order, units of time,
 * interfaces, options, blocks of any type.
 */

export interface BuiltPacket {
  bytes: Uint8Array
  /** Nanoseconds since 1970. */
  atNs: bigint
  /** Bytes on the wire; as many as captured by default. */
  original?: number
}

/** Numbers of one byte order, one behind the other. */
class Bytes {
  private readonly parts: Buffer[] = []

  constructor(private readonly bigEndian: boolean) {}

  u16(value: number): this {
    const bytes = Buffer.alloc(2)
    if (this.bigEndian) bytes.writeUInt16BE(value)
    else bytes.writeUInt16LE(value)
    return this.raw(bytes)
  }

  u32(value: number): this {
    const bytes = Buffer.alloc(4)
    if (this.bigEndian) bytes.writeUInt32BE(value >>> 0)
    else bytes.writeUInt32LE(value >>> 0)
    return this.raw(bytes)
  }

  i64(value: bigint): this {
    const bytes = Buffer.alloc(8)
    if (this.bigEndian) bytes.writeBigInt64BE(value)
    else bytes.writeBigInt64LE(value)
    return this.raw(bytes)
  }

  raw(bytes: Uint8Array): this {
    this.parts.push(Buffer.from(bytes))
    return this
  }

  padded(bytes: Uint8Array): this {
    return this.raw(bytes).raw(Buffer.alloc(-bytes.length & 3))
  }

  done(): Buffer {
    return Buffer.concat(this.parts)
  }
}

export interface PcapOptions {
  bigEndian?: boolean
  nanoseconds?: boolean
  linkType?: number
  snapLength?: number
}

/** A classic pcap file. */
export function buildPcap(packets: BuiltPacket[], options: PcapOptions = {}): Buffer {
  const { bigEndian = false, nanoseconds = false, linkType = 1, snapLength = 262144 } = options
  const file = new Bytes(bigEndian)
  file.u32(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4)
  file.u16(2).u16(4).u32(0).u32(0).u32(snapLength).u32(linkType)
  for (const { bytes, atNs, original = bytes.length } of packets) {
    const fraction = Number(atNs % 1_000_000_000n)
    file.u32(Number(atNs / 1_000_000_000n)).u32(nanoseconds ? fraction : Math.floor(fraction / 1000))
    file.u32(bytes.length).u32(original).raw(bytes)
  }
  return file.done()
}

/** An option of a pcapng block. */
export type PcapngOption = [code: number, value: Uint8Array]

/** The blocks of a pcapng section, in one byte order. */
export class PcapngBuilder {
  constructor(private readonly bigEndian = false) {}

  section(options: PcapngOption[] = []): Buffer {
    const body = new Bytes(this.bigEndian).u32(0x1a2b3c4d).u16(1).u16(0).i64(-1n)
    return this.block(0x0a0d0d0a, body.raw(this.options(options)).done())
  }

  interface(linkType: number, snapLength = 0, options: PcapngOption[] = []): Buffer {
    const body = new Bytes(this.bigEndian).u16(linkType).u16(0).u32(snapLength)
    return this.block(1, body.raw(this.options(options)).done())
  }

  /** An Enhanced Packet Block; `ticks` in the interface's unit of time. */
  packet(
    number: number,
    ticks: bigint,
    bytes: Uint8Array,
    original = bytes.length,
    options: PcapngOption[] = [],
  ): Buffer {
    const body = new Bytes(this.bigEndian).u32(number)
    return this.block(6, this.packetBody(body, ticks, bytes, original, options))
  }

  /** The obsolete Packet Block. */
  oldPacket(number: number, ticks: bigint, bytes: Uint8Array, options: PcapngOption[] = []): Buffer {
    const body = new Bytes(this.bigEndian).u16(number).u16(0xffff)
    return this.block(2, this.packetBody(body, ticks, bytes, bytes.length, options))
  }

  simplePacket(bytes: Uint8Array, original = bytes.length): Buffer {
    return this.block(3, new Bytes(this.bigEndian).u32(original).padded(bytes).done())
  }

  /** A block of any type. */
  block(type: number, body: Uint8Array): Buffer {
    const length = 12 + body.length + (-body.length & 3)
    return new Bytes(this.bigEndian).u32(type).u32(length).padded(body).u32(length).done()
  }

  /** The packet flags option with these bits. */
  flags(bits: number): PcapngOption {
    return [2, new Bytes(this.bigEndian).u32(bits).done()]
  }

  timeOffset(seconds: bigint): PcapngOption {
    return [14, new Bytes(this.bigEndian).i64(seconds).done()]
  }

  private packetBody(
    body: Bytes,
    ticks: bigint,
    bytes: Uint8Array,
    original: number,
    options: PcapngOption[],
  ): Uint8Array {
    body.u32(Number(ticks >> 32n)).u32(Number(ticks & 0xffffffffn))
    return body.u32(bytes.length).u32(original).padded(bytes).raw(this.options(options)).done()
  }

  private options(options: PcapngOption[]): Uint8Array {
    const list = new Bytes(this.bigEndian)
    for (const [code, value] of options) list.u16(code).u16(value.length).padded(value)
    if (options.length > 0) list.u32(0)
    return list.done()
  }
}

export function interfaceName(name: string): PcapngOption {
  return [2, Buffer.from(name)]
}

/** if_tsresol: a negative power of 10, or from 128 on of 2. */
export function timeResolution(resolution: number): PcapngOption {
  return [9, Uint8Array.of(resolution)]
}

/** `count` packets of growing length, a millisecond and a microsecond apart. */
export function somePackets(count: number, firstNs = 1_700_000_000_000_000_000n): BuiltPacket[] {
  return Array.from({ length: count }, (_, number) => ({
    bytes: Uint8Array.from({ length: 14 + ((number * 37) % 1400) }, (_byte, at) => (number + at) & 0xff),
    atNs: firstNs + BigInt(number) * 1_001_000n,
    original: 1500 + number,
  }))
}

/** The packets as `readAll` lists those of one file without directions. */
export function listed(packets: BuiltPacket[], captureInterface = 0): object[] {
  return packets.map(({ bytes, atNs, original = bytes.length }) => ({
    atNs,
    captured: bytes.length,
    original,
    captureInterface,
    direction: 0,
    bytes: Buffer.from(bytes).toString('hex'),
  }))
}
