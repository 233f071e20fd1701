/**
 * Packets that leave the box, as the walks of all workers leave them for the main thread: for each record of a block a
 * chain of what left because of it, in order. They stand in an area of the block; what does not fit there goes to the
 * spill file, so that memory is bounded whatever rules and captures make of it.
 *
 *   area:  u32 used | u32 unused | BLOCK_RECORDS x first link | entries
 *   entry: link to the next | u32 captured | u32 length | u16 interface | u16 limited | u32 unused | captured bytes
 *   link:  u64: 0 none; below 2^32 an address; from there on a position in the spill file
 */
import { BLOCK_BYTES, BLOCK_RECORDS } from './block.js'
import type { Memory } from './memory.js'
import type { SpillFile } from './spill-file.js'

const HEADER_BYTES = 8
const LINK_BYTES = 8
const ENTRIES = HEADER_BYTES + BLOCK_RECORDS * LINK_BYTES
/** What a block forwards takes hardly more than what it holds. */
const ENTRY_AREA_BYTES = 2 * BLOCK_BYTES
const ENTRY_HEADER = 24
const OFFSET = { next: 0, captured: 8, length: 12, interface: 16, limited: 18 } as const
const SPILLED = 0x1_0000_0000
/** An IP packet, and a little more for one that rules made longer. */
const LONGEST_ENTRY = ENTRY_HEADER + 65536 + 128

/** A packet that leaves the box. */
export interface Departure {
  /** Record in the block of the packet that caused it. */
  readonly record: number
  readonly outInterface: number
  /** Address of its IP header. */
  readonly at: number
  /** Its length, and how much of it was captured. */
  readonly length: number
  readonly captured: number
  /** An ICMP error that the box's rate limits may hold back. */
  readonly limited: boolean
}

/** A packet that left, as the main thread sees it. */
export interface SeenDeparture {
  outInterface: number
  length: number
  limited: boolean
  /** The captured bytes; to be used at once. */
  bytes: Uint8Array
}

export class DepartureList {
  private readonly words: Int32Array
  private area = 0
  /** Link to the entry that was added last. */
  private last = 0
  private readonly spilled = Buffer.alloc(LONGEST_ENTRY)
  private readonly seen: SeenDeparture = { outInterface: 0, length: 0, limited: false, bytes: this.spilled }

  constructor(
    private readonly memory: Memory,
    private readonly spill: SpillFile,
  ) {
    this.words = new Int32Array(memory.wasm.buffer)
  }

  /** What a block's area takes. */
  static readonly bytes = ENTRIES + ENTRY_AREA_BYTES

  /** From now on the area at this address is meant. */
  use(area: number): void {
    this.area = area
  }

  /** All that leaves because of one record is added by one worker, in one go. */
  add(departure: Departure): void {
    const { memory } = this
    const bytes = ENTRY_HEADER + ((departure.captured + 7) & ~7)
    const at = this.claim(bytes)
    const link = at === 0 ? this.addSpilled(departure) : at
    if (at !== 0) {
      writeEntry(memory.view, at, departure)
      memory.bytes.copyWithin(at + ENTRY_HEADER, departure.at, departure.at + departure.captured)
    }
    const first = this.firstOf(departure.record)
    if (this.linkAt(first) === 0) this.setLink(first, link)
    else this.setNext(this.last, link)
    this.last = link
  }

  /** Shows what left because of the record, in order, and forgets it. Once all shards have replayed the block. */
  take(record: number, show: (departure: SeenDeparture) => void): void {
    const first = this.firstOf(record)
    let link = this.linkAt(first)
    if (link === 0) return
    this.setLink(first, 0)
    while (link !== 0) {
      const next = link < SPILLED ? this.readEntry(link) : this.readSpilled(link - SPILLED)
      show(this.seen)
      link = next
    }
  }

  /** The area is empty again; every record has been taken. */
  clear(): void {
    Atomics.store(this.words, this.area >>> 2, 0)
  }

  /** Room for an entry in the area; 0 when it is full. */
  private claim(bytes: number): number {
    const used = this.area >>> 2
    if (Atomics.load(this.words, used) + bytes > ENTRY_AREA_BYTES) return 0
    const at = Atomics.add(this.words, used, bytes)
    return at + bytes > ENTRY_AREA_BYTES ? 0 : this.area + ENTRIES + at
  }

  private addSpilled(departure: Departure): number {
    const { memory, spilled } = this
    const { at, captured } = departure
    writeEntry(new DataView(spilled.buffer, spilled.byteOffset), 0, departure)
    spilled.set(memory.bytes.subarray(at, at + captured), ENTRY_HEADER)
    return SPILLED + this.spill.append(spilled.subarray(0, ENTRY_HEADER + captured))
  }

  private firstOf(record: number): number {
    return this.area + HEADER_BYTES + record * LINK_BYTES
  }

  private setNext(entry: number, link: number): void {
    if (entry < SPILLED) {
      this.setLink(entry + OFFSET.next, link)
      return
    }
    const bytes = Buffer.alloc(LINK_BYTES)
    bytes.writeUInt32LE(link % SPILLED, 0)
    bytes.writeUInt32LE(Math.floor(link / SPILLED), 4)
    this.spill.write(bytes, entry - SPILLED + OFFSET.next)
  }

  private linkAt(at: number): number {
    return this.memory.u32(at) + this.memory.u32(at + 4) * SPILLED
  }

  private setLink(at: number, link: number): void {
    this.memory.setU32(at, link % SPILLED)
    this.memory.setU32(at + 4, Math.floor(link / SPILLED))
  }

  /** The entry into `seen`; returns the next one's link. */
  private readEntry(at: number): number {
    const { memory } = this
    const bytes = at + ENTRY_HEADER
    return this.show(memory.view, at, memory.bytes.subarray(bytes, bytes + memory.u32(at + OFFSET.captured)))
  }

  private readSpilled(position: number): number {
    const { spill, spilled } = this
    const view = new DataView(spilled.buffer, spilled.byteOffset)
    spill.read(spilled.subarray(0, ENTRY_HEADER), position)
    const bytes = spilled.subarray(ENTRY_HEADER, ENTRY_HEADER + view.getUint32(OFFSET.captured, true))
    spill.read(bytes, position + ENTRY_HEADER)
    return this.show(view, 0, bytes)
  }

  private show(view: DataView, at: number, bytes: Uint8Array): number {
    const { seen } = this
    seen.length = view.getUint32(at + OFFSET.length, true)
    seen.outInterface = view.getUint16(at + OFFSET.interface, true)
    seen.limited = view.getUint16(at + OFFSET.limited, true) !== 0
    seen.bytes = bytes
    return view.getUint32(at, true) + view.getUint32(at + 4, true) * SPILLED
  }
}

function writeEntry(view: DataView, at: number, { captured, length, outInterface, limited }: Departure): void {
  view.setUint32(at, 0)
  view.setUint32(at + 4, 0)
  view.setUint32(at + OFFSET.captured, captured, true)
  view.setUint32(at + OFFSET.length, length, true)
  view.setUint16(at + OFFSET.interface, outInterface, true)
  view.setUint16(at + OFFSET.limited, limited ? 1 : 0, true)
}
