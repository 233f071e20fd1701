/** Several captures as one. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildPcap, somePackets, type BuiltPacket } from './build-capture.js'
import { readAll, temporaryFolder } from './read-all.js'

const write = temporaryFolder()

/** Packets whose bytes say which file they are from, and their place in it. */
function packetsAt(file: number, timesUs: number[], length = 8): BuiltPacket[] {
  return timesUs.map((time, place) => {
    const bytes = Buffer.alloc(length)
    bytes.writeUInt32BE(file)
    bytes.writeUInt32BE(place, 4)
    return { bytes, atNs: BigInt(time) * 1000n }
  })
}

/** What merging must give: by time made monotonic in each file, then by file, then by place. */
function merged(files: number[][]): [timeUs: number, file: number, place: number][] {
  const all = files.flatMap((times, file) => {
    let latest = 0
    return times.map((time, place): [number, number, number] => [(latest = Math.max(latest, time)), file, place])
  })
  return all.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
}

async function readMerged(files: number[][], length?: number): Promise<[number, number, number][]> {
  const paths = files.map((times, file) => write(`m${file}.pcap`, buildPcap(packetsAt(file, times, length))))
  const { packets, problem, reader } = await readAll(paths)
  expect(problem).toBeNull()
  expect(reader.packets).toBe(packets.length)
  const strays = packets.filter(({ bytes, captureInterface }) => captureInterface !== Number(`0x${bytes.slice(0, 8)}`))
  expect(strays).toEqual([])
  return packets.map(({ atNs, bytes, captureInterface }) => {
    return [Number(atNs / 1000n), captureInterface, Number(`0x${bytes.slice(8, 16)}`)]
  })
}

describe('several captures', () => {
  test('come in order of time, and at the same time in order of the command line', async () => {
    const files = [
      [10, 20, 20, 50],
      [5, 20, 60, 61],
      [20, 49, 50],
    ]
    expect(await readMerged(files)).toEqual(merged(files))
  })

  test('any times, any number of files', async () => {
    const times = fc.array(fc.nat(200), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(fc.array(times, { minLength: 2, maxLength: 6 }), async (files) => {
        expect(await readMerged(files)).toEqual(merged(files))
      }),
      { numRuns: 60 },
    )
  })

  test('larger than their buffers are merged piece by piece', async () => {
    const files = [0, 1, 2].map((file) => Array.from({ length: 4000 + file }, (_, place) => place * (2 + file)))
    expect(await readMerged(files, 1500)).toEqual(merged(files))
  })

  test('with more records than their buffers hold are merged piece by piece', async () => {
    const files = [0, 1].map((file) => Array.from({ length: 20_000 }, (_, place) => place * (2 + file)))
    const read = await readMerged(files)
    expect(read.length).toBe(40_000)
    expect(read).toEqual(merged(files))
  })

  test('end where one of them breaks off', async () => {
    const first = buildPcap(packetsAt(0, [10, 30, 50]))
    const second = write('second.pcap', buildPcap(packetsAt(1, [20, 40, 60])))
    const path = write('first.pcap', first.subarray(0, first.length - 1))
    const { packets, problem } = await readAll([path, second])
    expect(packets.map((packet) => Number(packet.atNs / 1000n))).toEqual([10, 20, 30])
    expect(problem).toMatchObject({ problem: 'broken', file: path, record: 3 })
  })

  test('of different formats keep their own interfaces', async () => {
    const paths = [1, 101, 113].map((linkType) => {
      return `if${linkType}=${write(`${linkType}.pcap`, buildPcap(somePackets(10), { linkType }))}`
    })
    const { packets, reader } = await readAll(paths)
    expect(reader.interfaces().map(({ name, linkType }) => [name, linkType])).toEqual([
      ['if1', 1],
      ['if101', 101],
      ['if113', 113],
    ])
    expect(packets.map((packet) => packet.captureInterface)).toEqual(Array.from({ length: 30 }, (_, at) => at % 3))
  })

  test('sum up their bytes and their progress', async () => {
    const paths = [0, 1].map((file) => write(`s${file}.pcap`, buildPcap(packetsAt(file, [1, 2, 3], 100))))
    const { reader } = await readAll(paths)
    expect([reader.capturedBytes(), reader.originalBytes(), reader.progress()]).toEqual([600, 600, 1])
  })
})
