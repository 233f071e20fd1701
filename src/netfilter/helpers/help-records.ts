/**
 * What is kept of a connection for helpers, in shared memory: the first of what it expects, by how much NAT moved its
 * sequence numbers, and what its helper remembers from packet to packet. A record is made when there is something to
 * keep and goes with the entry. Found by the entry's address, in a table of chains.
 * Kernel: struct nf_conn_help, nf_conntrack_helper.h; struct nf_conn_seqadj, nf_conntrack_seqadj.h.
 *
 *   header: first free record u32 | chains: a u32 each
 *   record: next u32 | entry u32 | master's number u64 | master u32 | first expectation u32 | 2 x sequence | helper's bytes
 *   sequence: position u32 | offset before it i32 | offset behind it i32
 */
import type { DataPlane } from '../../memory/data-plane.js'
import type { EntryView } from '../../memory/entry.js'

const CHAINS = 16384
const CHAINS_AT = 8
const RECORD = { next: 0, entry: 4, masterId: 8, master: 16, expectation: 20, sequences: 24, own: 48 } as const
const SEQUENCE_BYTES = 12
/** Of a helper's own. */
const OWN_BYTES = 48
const RECORD_BYTES = RECORD.own + OWN_BYTES
const RECORDS_AT_ONCE = 256

export class HelpRecords {
  static readonly BYTES = CHAINS_AT + 4 * CHAINS

  constructor(
    private readonly plane: DataPlane,
    private readonly at: number,
  ) {}

  /** Address of the entry's record; 0 when it has none. */
  find(entry: number): number {
    const { memory } = this.plane
    for (let at = memory.u32(this.chainOf(entry)); at !== 0; at = memory.u32(at + RECORD.next)) {
      if (memory.u32(at + RECORD.entry) === entry) return at
    }
    return 0
  }

  /** As `find`, but makes a record, all zero, where there is none. */
  have(entry: number): number {
    const found = this.find(entry)
    if (found !== 0) return found
    const { memory } = this.plane
    const at = this.take()
    const chain = this.chainOf(entry)
    memory.bytes.fill(0, at, at + RECORD_BYTES)
    memory.setU32(at + RECORD.next, memory.u32(chain))
    memory.setU32(at + RECORD.entry, entry)
    memory.setU32(chain, at)
    return at
  }

  /** The entry is gone; requires that its record expects nothing more. */
  remove(entry: number): void {
    const { memory } = this.plane
    let link = this.chainOf(entry)
    for (let at = memory.u32(link); at !== 0; at = memory.u32(link)) {
      if (memory.u32(at + RECORD.entry) === entry) {
        memory.setU32(link, memory.u32(at + RECORD.next))
        memory.setU32(at + RECORD.next, memory.u32(this.at))
        memory.setU32(this.at, at)
        return
      }
      link = at + RECORD.next
    }
  }

  /** Address of the record's entry. */
  entryOf(record: number): number {
    return this.plane.memory.u32(record + RECORD.entry)
  }

  /** Address of the u32 that leads to the first of what the record's connection expects. */
  firstOf(record: number): number {
    return record + RECORD.expectation
  }

  /** Address of what the record's helper remembers: 48 bytes, zero at first. */
  ownOf(record: number): number {
    return record + RECORD.own
  }

  /** Address of a direction's sequence numbers: position, offset before it, offset behind it; 4 bytes each. */
  sequenceOf(record: number, direction: number): number {
    return record + RECORD.sequences + SEQUENCE_BYTES * direction
  }

  /** Moves `view` to the entry of the connection that foresaw the record's; false when that is gone, or unknown. */
  master(record: number, view: EntryView): boolean {
    const { memory } = this.plane
    view.at = memory.u32(record + RECORD.master)
    return view.at !== 0 && view.id === memory.u64(record + RECORD.masterId)
  }

  setMaster(record: number, { at, id }: EntryView): void {
    this.plane.memory.setU32(record + RECORD.master, at)
    this.plane.memory.setU64(record + RECORD.masterId, id)
  }

  private take(): number {
    const { memory } = this.plane
    if (memory.u32(this.at) === 0) this.addRecords()
    const at = memory.u32(this.at)
    memory.setU32(this.at, memory.u32(at + RECORD.next))
    return at
  }

  private addRecords(): void {
    const { memory } = this.plane
    const first = this.plane.allocate(RECORDS_AT_ONCE * RECORD_BYTES, 'connections with helpers')
    for (let index = 0; index < RECORDS_AT_ONCE; index++) {
      const at = first + index * RECORD_BYTES
      memory.setU32(at + RECORD.next, memory.u32(this.at))
      memory.setU32(this.at, at)
    }
  }

  private chainOf(entry: number): number {
    return this.at + CHAINS_AT + 4 * ((Math.imul(entry >>> 6, 0x9e3779b1) >>> 8) & (CHAINS - 1))
  }
}
