/**
 * The reading stage: a capture's bytes into blocks, its records found. Prints ns/packet and MB/s of hookline's
 * reader and of pcap-parser on the same file, and of the walk alone. Run after a build:
 *
 *   node dist/bench/reading.js [CAPTURE]      a classic microsecond capture; else a seeded one is made
 */
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bench } from 'tinybench'
import { CaptureInterfaces } from '../src/capture/capture-interfaces.js'
import { CaptureReader, type RecordFinder } from '../src/capture/capture-reader.js'
import { BLOCK_BYTES, BLOCK_RECORDS, BLOCK_SIZE, BlockView } from '../src/memory/block.js'
import { CAPTURE_INTERFACE_SIZE } from '../src/memory/capture-interface.js'
import { DataPlane } from '../src/memory/data-plane.js'
import { Memory } from '../src/memory/memory.js'
import { RECORD_SIZE } from '../src/memory/record.js'
import { RECORD_WALK_SIZE, RecordWalkView } from '../src/memory/record-walk.js'
import { REPLAY_AT, REPLAY_OFFSET, REPLAY_SIZE } from '../src/memory/replay.js'
import { writeSeededCapture } from './seeded-capture.js'

const RING = 8
const PACKETS = 1_000_000
const ROUNDS = 7
const FILE_HEADER = 24

const memory = Memory.create()
memory.setU64(REPLAY_AT + REPLAY_OFFSET.allocated, BigInt(REPLAY_AT + Math.ceil(REPLAY_SIZE / 64) * 64))
const module = new WebAssembly.Module(readFileSync(new URL('../dataplane.wasm', import.meta.url)))
const plane = DataPlane.instantiate(module, memory, () => {})
const interfacesAt = plane.allocate(65535 * CAPTURE_INTERFACE_SIZE, 'bench')
const blocks = Array.from({ length: RING }, createBlock)

function createBlock(): BlockView {
  const block = new BlockView(memory, plane.allocate(BLOCK_SIZE, 'bench'))
  block.bytes = plane.allocate(BLOCK_BYTES, 'bench')
  block.records = plane.allocate(BLOCK_RECORDS * RECORD_SIZE, 'bench')
  return block
}

/** Reads the whole capture; returns packets and bytes of the file. */
async function read(file: string, finder: RecordFinder): Promise<{ packets: number; bytes: number }> {
  const interfaces = new CaptureInterfaces(memory, interfacesAt, () => ({ boxInterface: 0, mac: 0n, vlansAt: 0 }))
  const reader = await CaptureReader.open(plane, [{ file, interfaceName: null }], interfaces, finder)
  for (let sequence = 0; !(await reader.fill(blocks[sequence % RING] as BlockView)).end; sequence++);
  reader.close()
  return { packets: reader.packets, bytes: reader.capturedBytes() + reader.packets * 16 + FILE_HEADER }
}

/** Walks the records of a block that is in memory already; returns how many. */
function walkBlock(walk: RecordWalkView, block: BlockView, bytes: number): number {
  walk.at = block.bytes
  walk.end = block.bytes + bytes
  walk.records = block.records
  walk.recordsEnd = block.records + BLOCK_RECORDS * RECORD_SIZE
  walk.longest = 262_144
  walk.fractionNs = 1000
  plane.exports.walkPcap(walk.address)
  return (walk.records - block.records) / RECORD_SIZE
}

function report(name: string, bestMs: number, meanMs: number, packets: number, bytes: number): void {
  const best = ((bestMs * 1e6) / packets).toFixed(1)
  const mean = ((meanMs * 1e6) / packets).toFixed(1)
  const rate = (bytes / bestMs / 1000).toFixed(0)
  console.log(`${name.padEnd(24)} ${best} ns/packet best, ${mean} mean, ${rate} MB/s, ${packets} packets`)
}

const folder = mkdtempSync(join(tmpdir(), 'hookline-bench-'))
try {
  const file = process.argv[2] ?? join(folder, 'seeded.pcap')
  if (process.argv[2] === undefined) writeSeededCapture(file, PACKETS)
  const { packets, bytes } = await read(file, 'hookline')

  const block = createBlock()
  const fd = openSync(file, 'r')
  const blockBytes = readSync(fd, memory.bytes, block.bytes, BLOCK_BYTES, FILE_HEADER)
  closeSync(fd)
  const walk = new RecordWalkView(memory, plane.allocate(RECORD_WALK_SIZE, 'bench'))
  const records = walkBlock(walk, block, blockBytes)

  const bench = new Bench({ iterations: ROUNDS, time: 0, warmupIterations: 1, warmupTime: 0 })
  bench.add('walk alone', () => void walkBlock(walk, block, blockBytes))
  bench.add('hookline', async () => void (await read(file, 'hookline')))
  bench.add('pcap-parser', async () => void (await read(file, 'pcap-parser')))
  await bench.run()
  for (const { name, result } of bench.tasks) {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`)
    const alone = name === 'walk alone'
    report(name, result.latency.min, result.latency.mean, alone ? records : packets, alone ? blockBytes : bytes)
  }
  console.log(`Node ${process.version}, ${ROUNDS} rounds`)
} finally {
  rmSync(folder, { recursive: true })
}
