/**
 * The table of all interfaces that the captures of a replay were taken on: for people (name, link type, file) here,
 * for the data plane in the shared memory, where records point into it. It only grows, and a row never changes.
 */
import { writeCaptureInterface, type BoxInterface } from '../memory/capture-interface.js'
import type { Memory } from '../memory/memory.js'

/** Rows of the table: a record's index has 16 bits. */
const CAPACITY = 65535

export interface CaptureInterface {
  /** As the capture says, else as the command line does; null unknown. */
  name: string | null
  /** LINKTYPE_ number of the pcap registry. */
  linkType: number
  file: string
}

/** What the box knows about an interface of this name (null: unknown); all 0 when nothing. */
export type BoxInterfaceOf = (name: string | null, linkType: number) => BoxInterface

export class CaptureInterfaces {
  readonly list: CaptureInterface[] = []
  private readonly indexes = new Map<string, number>()

  /** `at` is the address of the table, which has room for 65535 rows. */
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    private readonly boxInterfaceOf: BoxInterfaceOf,
  ) {}

  /**
   * The index of the interface, which gets a row when it is new. `mac` is its own MAC address by the capture's
   * word, 0 unknown; the box's word goes before. Returns -1 when the table is full.
   */
  add(captured: CaptureInterface, mac: bigint): number {
    const key = JSON.stringify([captured.file, captured.name, captured.linkType, String(mac)])
    const known = this.indexes.get(key)
    if (known !== undefined) return known
    const index = this.list.length
    if (index === CAPACITY) return -1
    const box = this.boxInterfaceOf(captured.name, captured.linkType)
    const own = box.mac === 0n ? { ...box, mac } : box
    writeCaptureInterface(this.memory, this.at, index, captured.linkType, own)
    this.list.push(captured)
    this.indexes.set(key, index)
    return index
  }
}
