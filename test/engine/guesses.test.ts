/**
 * What a capture does not tell answers as --unknown says, and each answer is counted by rule and extension.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writePcapng } from '../../dist/src/capture/write.js'
import { replay } from '../../dist/src/replay.js'
import { tcp, udp } from '../kernel/packets.js'

const directory = mkdtempSync(join(tmpdir(), 'hookline-guesses-'))
afterAll(() => rmSync(directory, { recursive: true }))

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -s 192.0.2.1,192.0.2.9 -p tcp -j TPROXY --on-port 1 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m socket -m cpu --cpu 1
-A INPUT -p udp -m cgroup --cgroup 5
-A INPUT -m nosuchmatch --some thing -j DROP
COMMIT
`

const packets = [
  ...[1, 2, 3].map((port) => tcp(`192.0.2.1:${port} > 198.51.100.1:80`, 'S')),
  ...[1, 2].map((port) => udp(`192.0.2.1:${port} > 198.51.100.1:53`, 5)),
]

async function counted(unknown: 'never' | 'always'): Promise<string[]> {
  const file = (name: string): string => join(directory, name)
  await writePcapng(
    file('capture'),
    [{ name: 'eth0', linkType: 101 }],
    packets.map((bytes, index) => ({
      interface: 0,
      atNs: BigInt(index),
      bytes,
      original: bytes.length,
      direction: 0,
      comment: null,
    })),
  )
  writeFileSync(file('rules'), RULES)
  const options = { captures: [file('capture')], rules: file('rules'), local: ['198.51.100.1'], unknown, workers: 1 }
  const { report } = await replay(options)
  return report.guesses.map(({ table, chain, rule, extension, packets: count }) =>
    [table, chain, rule, extension, count].join(' '),
  )
}

describe('answers by --unknown are counted', () => {
  test('where nothing matches: the first match that says no ends its rule, and TPROXY drops', async () => {
    expect(await counted('never')).toEqual([
      'mangle PREROUTING 1 -j TPROXY 3',
      'filter INPUT 1 -m socket 2',
      'filter INPUT 2 -m cgroup 2',
      'filter INPUT 3 -m nosuchmatch 2',
    ])
  })

  test('where everything matches', async () => {
    expect(await counted('always')).toEqual([
      'mangle PREROUTING 1 -j TPROXY 3',
      'filter INPUT 1 -m socket 5',
      'filter INPUT 1 -m cpu 5',
      'filter INPUT 2 -m cgroup 2',
      'filter INPUT 3 -m nosuchmatch 5',
    ])
  })
})
