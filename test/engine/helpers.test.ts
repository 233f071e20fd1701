/**
 * Helpers in whole replays, where no running kernel can be asked: those that older kernels gave by port, and those that
 * are not modelled.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { writePcapng } from '../../dist/src/capture/write.js'
import { replay } from '../../dist/src/replay.js'
import { Direction } from '../../src/memory/record.js'
import type { Report } from '../../src/statistics/report.js'
import { udp } from '../kernel/packets.js'

const RAW_IP = 101
const FILTER = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate RELATED
COMMIT
`
const directory = mkdtempSync(join(tmpdir(), 'hookline-helpers-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** A file that is asked for by TFTP, and the first piece of it. */
const TRANSFER = [
  udp('10.0.0.5:4000 > 198.51.100.7:69', '\0\u0001file\0octet\0'),
  udp('198.51.100.7:3000 > 10.0.0.5:4000', '\0\u0003\0\u0001data'),
]

interface Options {
  readonly kernel?: string
  readonly sysctl?: readonly string[]
  readonly workers?: number
  readonly verdicts?: string
  readonly conntrack?: string
}

async function replayPackets(packets: readonly Buffer[], rules: string, options: Options): Promise<Report> {
  const [capture, rulesFile] = [join(directory, 'capture.pcapng'), join(directory, 'rules')]
  await writePcapng(
    capture,
    [{ name: null, linkType: RAW_IP }],
    packets.map((bytes, index) => ({
      interface: 0,
      atNs: 1_700_000_000_000_000_000n + BigInt(index) * 1_000n,
      bytes,
      original: bytes.length,
      direction: Direction.Unknown,
      comment: null,
    })),
  )
  writeFileSync(rulesFile, rules)
  const { report } = await replay({ captures: [capture], rules: rulesFile, workers: 1, ...options })
  return report
}

/** Packets that were RELATED. */
function related(report: Report): bigint {
  return report.states.find(({ state }) => state === 'RELATED')?.packets ?? 0n
}

describe('helpers by port', () => {
  const sysctl = ['net.netfilter.nf_conntrack_helper=1']

  test('are given in kernels that still did, where the setting says so', async () => {
    const report = await replayPackets(TRANSFER, FILTER, { kernel: '5.10', sysctl })
    expect(related(report)).toBe(1n)
    expect(report.plan.reason).toContain('nf_conntrack_helper=1')
  })

  test('are not given without the setting, nor in kernels from 6.0 on', async () => {
    expect(related(await replayPackets(TRANSFER, FILTER, { kernel: '5.10' }))).toBe(0n)
    expect(related(await replayPackets(TRANSFER, FILTER, { kernel: '6.0', sysctl }))).toBe(0n)
  })
})

test('the report counts packets of connections whose helper is not modelled', async () => {
  const raw = `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -m udp --dport 161 -j CT --helper snmp\nCOMMIT\n`
  const packet = udp('10.0.0.5:4000 > 198.51.100.7:161', 'x')
  const { warnings } = await replayPackets([packet, packet, ...TRANSFER], raw + FILTER, {})
  expect(warnings.filter((warning) => warning.includes('helper'))).toEqual([
    '2 packets belong to connections with a conntrack helper that is not modelled: what it would foresee is NEW',
  ])
})

test('what helpers keep is handed from worker to worker: their number changes nothing', async () => {
  const raw = `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -m udp --dport 69 -j CT --helper tftp\nCOMMIT\n`
  // More than one block; the answers come long after what they answer.
  const hosts = Array.from({ length: 1000 }, (_, host) => `10.${host >> 8}.${host & 255}.5:4000`)
  const asks = hosts.map((host) => udp(`${host} > 198.51.100.7:69`, '\0\u0001file\0octet\0'))
  const filler = Array.from({ length: 66_000 }, (_, index) =>
    udp(`10.200.0.1:${1024 + (index % 500)} > 198.51.100.8:53`, 20),
  )
  const answers = hosts.map((host) => udp(`198.51.100.7:3000 > ${host}`, 20))
  const packets = [...asks, ...filler, ...answers]
  const outputs = []
  for (const workers of [1, 3]) {
    const files = { verdicts: join(directory, 'verdicts'), conntrack: join(directory, 'conntrack') }
    const report = await replayPackets(packets, raw + FILTER, { workers, ...files })
    expect(related(report)).toBe(1000n)
    outputs.push(Object.values(files).map((file) => readFileSync(file, 'utf8')))
  }
  expect(outputs[0]).toEqual(outputs[1])
})
