/**
 * The shared memory as the control plane sees it. It has its full size from the start (4 GiB of address space, of
 * which only touched pages cost anything), so views of it never go stale. All numbers in it are little-endian.
 */

const PAGES = 65536

export class Memory {
  readonly bytes: Uint8Array
  readonly view: DataView

  constructor(readonly wasm: WebAssembly.Memory) {
    this.bytes = new Uint8Array(wasm.buffer)
    this.view = new DataView(wasm.buffer)
  }

  /** A new, zeroed memory. */
  static create(): Memory {
    return new Memory(new WebAssembly.Memory({ initial: PAGES, maximum: PAGES, shared: true }))
  }

  u8(at: number): number {
    return this.view.getUint8(at)
  }

  u16(at: number): number {
    return this.view.getUint16(at, true)
  }

  u32(at: number): number {
    return this.view.getUint32(at, true)
  }

  u64(at: number): bigint {
    return this.view.getBigUint64(at, true)
  }

  setU8(at: number, value: number): void {
    this.view.setUint8(at, value)
  }

  setU16(at: number, value: number): void {
    this.view.setUint16(at, value, true)
  }

  setU32(at: number, value: number): void {
    this.view.setUint32(at, value, true)
  }

  setU64(at: number, value: bigint): void {
    this.view.setBigUint64(at, value, true)
  }

  /** A stretch of aligned words, as this machine has them: little-endian, as WebAssembly's. */
  u16s(at: number, count: number): Uint16Array {
    return new Uint16Array(this.wasm.buffer, at, count)
  }

  u32s(at: number, count: number): Uint32Array {
    return new Uint32Array(this.wasm.buffer, at, count)
  }

  /** Network byte order, as headers have it. */
  be16(at: number): number {
    return this.view.getUint16(at)
  }

  be32(at: number): number {
    return this.view.getUint32(at)
  }

  setBe16(at: number, value: number): void {
    this.view.setUint16(at, value)
  }

  setBe32(at: number, value: number): void {
    this.view.setUint32(at, value)
  }
}
