/**
 * REJECT answers by what the packet itself is, whatever became of others of its flow.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writePcapng } from '../../dist/src/capture/write.js'
import { replay } from '../../dist/src/replay.js'
import { tcp } from '../kernel/packets.js'

const directory = mkdtempSync(join(tmpdir(), 'hookline-answers-'))
afterAll(() => rmSync(directory, { recursive: true }))

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
COMMIT
`

test('a RST that gets no answer leaves none out for the segments behind it', async () => {
  const file = (name: string): string => join(directory, name)
  await writePcapng(
    file('capture'),
    [{ name: 'eth0', linkType: 101 }],
    ['R', 'S', 'R', 'A'].map((flags, index) => {
      const bytes = tcp('192.0.2.1:1000 > 198.51.100.1:80', flags)
      return { interface: 0, atNs: BigInt(index), bytes, original: bytes.length, direction: 0, comment: null }
    }),
  )
  writeFileSync(file('rules'), RULES)
  const options = { captures: [file('capture')], rules: file('rules'), local: ['198.51.100.1'], workers: 1 }
  const { report } = await replay(options)
  expect(report.answers).toBe(2n)
})
