/**
 * All packets of some captures, read with hookline's own reader and copied out of its blocks: numbered, timed and
 * merged exactly as a replay has them.
 */
import type { CaptureError } from '../capture/capture-error.js'
import { CaptureInterfaces } from '../capture/capture-interfaces.js'
import { CaptureReader } from '../capture/capture-reader.js'
import { parseCaptureSource } from '../capture/capture-source.js'
import { BLOCK_BYTES, BLOCK_OFFSET, BLOCK_RECORDS, BLOCK_SIZE, BlockView } from '../memory/block.js'
import { CAPTURE_INTERFACE_SIZE } from '../memory/capture-interface.js'
import { DataPlane, NO_CONTROL } from '../memory/data-plane.js'
import { compileDataPlane } from '../memory/data-plane-module.js'
import { Memory } from '../memory/memory.js'
import { RECORD_SIZE, RecordView } from '../memory/record.js'
import { REPLAY_AT, REPLAY_OFFSET, REPLAY_SIZE } from '../memory/replay.js'
import type { CapturedPacket } from './injection.js'

/** Rows of the table of capture interfaces, as the reader wants it. */
const CAPTURE_INTERFACES = 65535

export interface ReadPackets {
  readonly packets: readonly CapturedPacket[]
  /** Why a capture broke off; null when none did. */
  readonly problem: CaptureError | null
}

/** Reads `[IFACE=]FILE`s, `-` for standard input. Throws CaptureError `unreadable`. */
export async function readPackets(captures: readonly string[]): Promise<ReadPackets> {
  const memory = Memory.create()
  const plane = DataPlane.instantiate(await compileDataPlane(), memory, NO_CONTROL)
  memory.setU64(REPLAY_AT + REPLAY_OFFSET.allocated, BigInt(Math.ceil((REPLAY_AT + REPLAY_SIZE) / 64) * 64))
  const table = plane.allocate(CAPTURE_INTERFACES * CAPTURE_INTERFACE_SIZE, 'capture interfaces')
  const interfaces = new CaptureInterfaces(memory, table, () => ({ boxInterface: 0, mac: 0n, vlansAt: 0 }))
  const reader = await CaptureReader.open(plane, captures.map(parseCaptureSource), interfaces, 'hookline')
  try {
    const block = createBlock(plane)
    const packets: CapturedPacket[] = []
    for (;;) {
      const { end, problem } = await reader.fill(block)
      if (end) return { packets, problem }
      copyPackets(memory, block, reader, packets)
    }
  } finally {
    reader.close()
  }
}

function createBlock(plane: DataPlane): BlockView {
  const at = plane.allocate(BLOCK_SIZE, 'a block')
  plane.memory.setU32(at + BLOCK_OFFSET.bytes, plane.allocate(BLOCK_BYTES, 'a block'))
  plane.memory.setU32(at + BLOCK_OFFSET.records, plane.allocate(BLOCK_RECORDS * RECORD_SIZE, 'a block'))
  return new BlockView(plane.memory, at)
}

function copyPackets(memory: Memory, block: BlockView, reader: CaptureReader, packets: CapturedPacket[]): void {
  const record = new RecordView(memory)
  for (let index = 0; index < block.recordCount; index++) {
    record.at = block.records + index * RECORD_SIZE
    const seenOn = reader.interfaces()[record.captureInterface]
    packets.push({
      number: packets.length + 1,
      atNs: record.atNs,
      linkType: seenOn.linkType,
      bytes: Buffer.from(memory.bytes.slice(record.bytes, record.bytes + record.captured)),
      original: Math.max(record.original, record.captured),
      interface: seenOn.name,
    })
  }
}
