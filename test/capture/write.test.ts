/** The pcapng writer: what it writes reads back. */
import { readFileSync } from 'node:fs'
import { PassThrough, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { writePcapng, type WrittenPacket } from '../../src/capture/write.js'
import type { Direction } from '../../src/memory/record.js'
import { readAll, temporaryFolder } from './read-all.js'

const write = temporaryFolder()
const INTERFACES = [
  { name: 'eth0', linkType: 1 },
  { name: null, linkType: 101 },
]

function somePackets(count: number): WrittenPacket[] {
  return Array.from({ length: count }, (_, number) => ({
    interface: number % 2,
    atNs: 1_700_000_000_000_000_001n + BigInt(number),
    bytes: new Uint8Array(number % 1500).fill(number),
    original: 1500,
    direction: (number % 3) as Direction,
    comment: number % 5 === 0 ? `packet ${number}: ACCEPT`.padEnd(number % 40, '!') : null,
  }))
}

test('packets keep interface, time, lengths, direction and bytes', async () => {
  const path = write('out.pcapng', Buffer.alloc(0))
  const packets = somePackets(5000)
  await writePcapng(path, INTERFACES, packets)
  const read = await readAll([path])
  expect(read.problem).toBeNull()
  expect(read.reader.interfaces().map(({ name, linkType }) => ({ name, linkType }))).toEqual(INTERFACES)
  expect(read.packets).toEqual(
    packets.map(({ interface: captureInterface, atNs, bytes, original, direction }) => {
      return {
        captureInterface,
        atNs,
        captured: bytes.length,
        original,
        direction,
        bytes: Buffer.from(bytes).toString('hex'),
      }
    }),
  )
})

test('comments are in the file', async () => {
  const path = write('comments.pcapng', Buffer.alloc(0))
  await writePcapng(path, INTERFACES, somePackets(11))
  const file = readFileSync(path).toString('latin1')
  expect([0, 5, 10].every((number) => file.includes(`packet ${number}: ACCEPT`))).toBe(true)
})

test('a comment longer than an option can be is cut', async () => {
  const path = write('long.pcapng', Buffer.alloc(0))
  const packet = { ...(somePackets(1)[0] as WrittenPacket), comment: 'x'.repeat(70_000) }
  await writePcapng(path, INTERFACES, [packet])
  expect((await readAll([path])).packets.length).toBe(1)
})

test('a stream is written and not ended', async () => {
  const stream = new PassThrough()
  const all = buffer(stream)
  await writePcapng(stream, INTERFACES, somePackets(3))
  expect(stream.writableEnded).toBe(false)
  stream.end()
  expect((await readAll([write('stream.pcapng', await all)])).packets.length).toBe(3)
})

test('a slow stream holds the packets back', async () => {
  let produced = 0
  let atFirstWrite = 0
  const slow = new Writable({
    write(_chunk, _encoding, done) {
      atFirstWrite ||= produced
      setTimeout(done, 1)
    },
  })
  const packets = (function* () {
    for (const packet of somePackets(20_000)) {
      produced++
      yield packet
    }
  })()
  await writePcapng(slow, INTERFACES, packets)
  expect(produced).toBe(20_000)
  expect(atFirstWrite).toBeLessThan(2000)
})

test('a file that cannot be written is an error', async () => {
  await expect(writePcapng('/nowhere/out.pcapng', INTERFACES, [])).rejects.toThrow('ENOENT')
})
