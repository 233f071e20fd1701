/**
 * Reads whole captures the way the engine does, block after block, and lists what came out.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { CaptureError } from '../../src/capture/capture-error.js'
import { CaptureInterfaces, type BoxInterfaceOf } from '../../src/capture/capture-interfaces.js'
import { CaptureReader, type RecordFinder } from '../../src/capture/capture-reader.js'
import { parseCaptureSource } from '../../src/capture/capture-source.js'
import { BLOCK_BYTES, BLOCK_RECORDS, BLOCK_SIZE, BlockView } from '../../src/memory/block.js'
import { CAPTURE_INTERFACE_SIZE } from '../../src/memory/capture-interface.js'
import { DataPlane, NO_CONTROL } from '../../src/memory/data-plane.js'
import { Memory } from '../../src/memory/memory.js'
import { type Direction, RECORD_SIZE, RecordView } from '../../src/memory/record.js'
import { REPLAY_AT, REPLAY_OFFSET, REPLAY_SIZE } from '../../src/memory/replay.js'
import { buildDataPlane } from '../dataplane/build.js'

/** A record, with its bytes out of the block in hexadecimal. */
interface ReadPacket {
  atNs: bigint
  captured: number
  original: number
  captureInterface: number
  direction: Direction
  bytes: string
}

export interface ReadCapture {
  packets: ReadPacket[]
  problem: CaptureError | null
  reader: CaptureReader
}

const RING = 2
const module = new WebAssembly.Module(readFileSync(buildDataPlane()))
export const memory = Memory.create()
const dataPlane = DataPlane.instantiate(module, memory, NO_CONTROL)
const NO_BOX: BoxInterfaceOf = () => ({ boxInterface: 0, mac: 0n, vlansAt: 0 })

memory.setU64(REPLAY_AT + REPLAY_OFFSET.allocated, BigInt(REPLAY_AT + Math.ceil(REPLAY_SIZE / 64) * 64))
/** Address of the table of capture interfaces. */
export const interfacesAt = dataPlane.allocate(65535 * CAPTURE_INTERFACE_SIZE, 'test')
/** A ring of blocks, used again and again. */
export const blocks = Array.from({ length: RING }, () => {
  const block = new BlockView(memory, dataPlane.allocate(BLOCK_SIZE, 'test'))
  block.bytes = dataPlane.allocate(BLOCK_BYTES, 'test')
  block.records = dataPlane.allocate(BLOCK_RECORDS * RECORD_SIZE, 'test')
  return block
})

/** All packets of these captures, as `[IFACE=]FILE`. Rejects when one cannot be opened. */
export async function readAll(
  captures: string[],
  finder: RecordFinder = 'hookline',
  boxInterfaceOf: BoxInterfaceOf = NO_BOX,
): Promise<ReadCapture> {
  const reader = await openReader(captures, finder, boxInterfaceOf)
  const packets: ReadPacket[] = []
  try {
    for (let sequence = 0; ; sequence++) {
      const block = blocks[sequence % RING] as BlockView
      const { end, problem } = await reader.fill(block)
      if (end) return { packets, problem, reader }
      if (block.firstPacket !== BigInt(packets.length + 1)) throw new Error(`block begins at ${block.firstPacket}`)
      packets.push(...packetsOf(block))
    }
  } finally {
    reader.close()
  }
}

/** A reader of these captures, with a table of interfaces of its own. */
export function openReader(
  captures: string[],
  finder: RecordFinder = 'hookline',
  boxInterfaceOf: BoxInterfaceOf = NO_BOX,
): Promise<CaptureReader> {
  const interfaces = new CaptureInterfaces(memory, interfacesAt, boxInterfaceOf)
  return CaptureReader.open(dataPlane, captures.map(parseCaptureSource), interfaces, finder)
}

/** What a block holds. */
function packetsOf(block: BlockView): ReadPacket[] {
  const record = new RecordView(memory)
  return Array.from({ length: block.recordCount }, (_, number) => {
    record.at = block.records + number * RECORD_SIZE
    const { bytes, atNs, captured, original, captureInterface, direction } = record
    if (bytes < block.bytes || bytes + captured > block.bytes + BLOCK_BYTES) throw new Error('outside the block')
    const copy = Buffer.from(memory.bytes.slice(bytes, bytes + captured)).toString('hex')
    return { atNs, captured, original, captureInterface, direction, bytes: copy }
  })
}

/** A folder that goes away with the test file. */
export function temporaryFolder(): (name: string, content: Uint8Array) => string {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-capture-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  return (name, content) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
}
