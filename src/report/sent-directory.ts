/**
 * `--sent DIR`: the packets that leave the box, one pcapng file for each interface by which any does, in the order of
 * the capture and with the time of the packet that caused them. They are bare IP packets (LINKTYPE_RAW), since nobody
 * knows the MAC addresses of the next hops; each has the number of its cause as `epb_packetid`.
 *
 * The directory must be new or empty: files of another replay would pass for this one's.
 */
import { closeSync, mkdirSync, openSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { getSystemErrorName } from 'node:util'
import { enhancedPacket, head } from '../capture/write.js'
import type { BlockView } from '../memory/block.js'
import { DepartureList, type SeenDeparture } from '../memory/departure-list.js'
import type { Memory } from '../memory/memory.js'
import { Direction, RECORD_SIZE, RecordView } from '../memory/record.js'
import { SpillFile } from '../memory/spill-file.js'
import { Output, OutputError, outputError } from './output.js'

/** Files that are open at a time, however many interfaces there are. */
const MOST_OPEN = 64
/** Longer than the name of any interface of Linux. */
const UNKNOWN_INTERFACE = 'unknown-interface'
const LINKTYPE_RAW = 101
const SPILL_NAME = '.hookline-spill'

export class SentDirectory {
  private readonly list: DepartureList
  private readonly spill: SpillFile
  private readonly record: RecordView
  /** By interface, the one that was written last at the end. */
  private readonly open = new Map<number, Output>()
  /** Interfaces that have a file. */
  private readonly begun = new Set<number>()

  private constructor(
    private readonly path: string,
    memory: Memory,
    private readonly interfaceName: (id: number) => string,
    spillAt: number,
    /** Of the file for what finds no room in memory: it has no name any more. */
    readonly spillDescriptor: number,
  ) {
    this.spill = new SpillFile(memory, spillAt, spillDescriptor)
    this.list = new DepartureList(memory, this.spill)
    this.record = new RecordView(memory)
  }

  /** Makes the directory if need be; throws OutputError when it cannot be written, or holds anything. */
  static open(path: string, memory: Memory, interfaceName: (id: number) => string, spillAt: number): SentDirectory {
    try {
      makeDirectory(path)
      if (readdirSync(path).length > 0) throw new OutputError(path, 'ENOTEMPTY', '')
      const spillPath = join(path, SPILL_NAME)
      const descriptor = openSync(spillPath, 'wx+', 0o600)
      unlinkSync(spillPath)
      return new SentDirectory(path, memory, interfaceName, spillAt, descriptor)
    } catch (error) {
      throw outputError(path, error)
    }
  }

  /** Requires a block whose shards have all been replayed. `suppressed`: packets whose answers were held back. */
  writeBlock(block: BlockView, suppressed: ReadonlySet<bigint>): void {
    const { list, record, spill } = this
    const { recordCount, records, firstPacket } = block
    list.use(block.departures)
    // Nothing is lost silently: what could not be spilled ends the replay.
    if (spill.failure !== 0) throw new OutputError(this.path, getSystemErrorName(-spill.failure), 'writing failed')
    for (let index = 0; index < recordCount; index++) {
      list.take(index, (departure) => {
        const number = firstPacket + BigInt(index)
        if (departure.limited && suppressed.has(number)) return
        record.at = records + index * RECORD_SIZE
        this.write(departure, record.atNs, number)
      })
    }
    list.clear()
  }

  /** Removes what was written, as if nothing had been: another replay will write the directory. */
  discard(): void {
    for (const output of this.open.values()) output.discard()
    for (const id of this.begun) unlinkSync(this.pathOf(id))
    closeSync(this.spillDescriptor)
  }

  /** Writes what is buffered and closes all files. */
  close(): void {
    for (const output of this.open.values()) output.close()
    closeSync(this.spillDescriptor)
  }

  private write({ outInterface, bytes, length }: SeenDeparture, atNs: bigint, number: bigint): void {
    const packet = {
      interface: 0,
      atNs,
      bytes,
      original: length,
      direction: Direction.Unknown,
      comment: null,
      id: number,
    }
    this.fileOf(outInterface).writeBytes(enhancedPacket(packet))
  }

  private fileOf(id: number): Output {
    const { open } = this
    const known = open.get(id)
    if (known !== undefined) {
      if (open.size === MOST_OPEN) {
        open.delete(id)
        open.set(id, known)
      }
      return known
    }
    if (open.size === MOST_OPEN) this.closeOldest()
    const output = this.openFile(id)
    open.set(id, output)
    return output
  }

  private openFile(id: number): Output {
    const name = this.interfaceName(id)
    const path = this.pathOf(id)
    if (this.begun.has(id)) return Output.append(path)
    this.begun.add(id)
    const output = Output.open(path)
    output.writeBytes(head([{ name: name === '' ? null : name, linkType: LINKTYPE_RAW }]))
    return output
  }

  private pathOf(id: number): string {
    return join(this.path, `${fileName(this.interfaceName(id))}.pcapng`)
  }

  private closeOldest(): void {
    for (const [id, output] of this.open) {
      output.close()
      this.open.delete(id)
      return
    }
  }
}

/** Only the last of the path: Node never returns from making all of a path where the file system makes none. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * What a capture calls an interface may be anything: all but plain characters are written as %XX, so that no name
 * leads out of the directory, and no two names are one file.
 */
export function fileName(interfaceName: string): string {
  if (interfaceName === '') return UNKNOWN_INTERFACE
  return [...Buffer.from(interfaceName)]
    .map((byte, index) => {
      const character = String.fromCharCode(byte)
      const plain = /[A-Za-z0-9_@+=-]/.test(character) || (character === '.' && index > 0)
      return plain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
