/** The second reader, the package pcap-parser, against hookline's own. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildPcap, PcapngBuilder, somePackets } from './build-capture.js'
import { readAll, temporaryFolder } from './read-all.js'

const write = temporaryFolder()
const tiny = { bytes: new Uint8Array(2), atNs: 0n }
const CAPTURES = fileURLToPath(new URL('../../captures', import.meta.url))

/** Classic microsecond captures of the project. */
function classicCaptures(): string[] {
  const files = readdirSync(CAPTURES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => /^(a1b2c3d4|d4c3b2a1)/.test(readFileSync(path).toString('hex', 0, 4)))
}

/** All that each of the readers says about a capture. */
async function readByBoth(path: string): Promise<{ own: object; second: object }> {
  const [own, second] = [await readAll([path]), await readAll([path], 'pcap-parser')].map((read) => ({
    packets: read.packets,
    offset: read.problem?.offset,
    record: read.problem?.record,
    interfaces: read.reader.interfaces(),
    capturedBytes: read.reader.capturedBytes(),
    originalBytes: read.reader.originalBytes(),
  }))
  return { own: own as object, second: second as object }
}

describe('pcap-parser and hookline', () => {
  test.each(classicCaptures())('find the same in %s', async (path) => {
    const { own, second } = await readByBoth(path)
    expect(second).toEqual(own)
  })

  test.each<[string, Buffer]>([
    ['little-endian', buildPcap(somePackets(5000))],
    ['big-endian', buildPcap(somePackets(5000), { bigEndian: true })],
    ['packed', gzipSync(buildPcap(somePackets(5000)))],
    ['of more packets than a block holds', buildPcap(Array.from({ length: 70_000 }, () => tiny))],
    ['whose times go back', buildPcap(somePackets(20).toReversed())],
  ])('find the same in a capture %s', async (_what, file) => {
    const { own, second } = await readByBoth(write('capture', file))
    expect(second).toEqual(own)
  })

  test('find the same wherever the file is cut', async () => {
    const file = buildPcap(somePackets(40))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: file.length }), async (length) => {
        const { own, second } = await readByBoth(write('cut.pcap', file.subarray(0, length)))
        expect(second).toEqual(own)
      }),
      { numRuns: 100 },
    )
  })

  test('find the same whichever bytes are wrong', async () => {
    const sound = buildPcap(somePackets(40))
    const changes = fc.array(fc.tuple(fc.integer({ min: 4, max: sound.length - 1 }), fc.nat(255)), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(changes, async (bytes) => {
        const file = Buffer.from(sound)
        for (const [at, value] of bytes) file[at] = value
        const { own, second } = await readByBoth(write('wrong.pcap', file))
        expect(second).toEqual(own)
      }),
      { numRuns: 200 },
    )
  })

  test('a corrupt length in a long file does not make the second reader slow', async () => {
    const file = buildPcap(Array.from({ length: 15_000 }, () => ({ bytes: new Uint8Array(1500), atNs: 0n })))
    file.writeUInt32LE(0x7fffffff, 24 + 8)
    const started = performance.now()
    const { packets, problem } = await readAll([write('quadratic.pcap', file)], 'pcap-parser')
    expect(packets).toEqual([])
    expect(problem).toMatchObject({ offset: 24, record: 1 })
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('what pcap-parser does not read', () => {
  test.each([
    ['classic pcap in nanoseconds', buildPcap([], { nanoseconds: true })],
    ['pcapng', new PcapngBuilder().section()],
  ])('%s is an error that says so', async (name, file) => {
    const path = write('other', file)
    await expect(readAll([path], 'pcap-parser')).rejects.toThrow(
      `${path}: pcap-parser reads classic pcap in microseconds only, and this is ${name}; leave out --reader pcap-parser`,
    )
  })
})
