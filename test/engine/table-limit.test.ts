/**
 * nf_conntrack_max in force: who is dropped, who makes way, what the gc worker does, and that the two replays which
 * this takes leave the outputs of one.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writePcapng } from '../../src/capture/write.js'
import { Direction } from '../../src/memory/record.js'
import type { Report } from '../../src/statistics/report.js'
import { tcp, udp } from '../kernel/packets.js'
import { writeConversations } from './conversations.js'

interface Result {
  readonly report: Report
  readonly interrupted: boolean
}
interface Replay {
  replay(options: Record<string, unknown>): Promise<Result>
}
interface Timed {
  readonly atMs: number
  readonly bytes: Buffer
}

const SERVER = '10.0.0.1'
const RAW_IP = 101
const START_NS = 1_700_000_000_000_000_000n
const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate NEW -j ACCEPT
COMMIT
`

const directory = mkdtempSync(join(tmpdir(), 'hookline-table-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string): string => join(directory, name)

let hookline: Replay
beforeAll(async () => {
  hookline = (await import(new URL('../../dist/src/index.js', import.meta.url).href)) as Replay
  writeFileSync(file('rules'), RULES)
})

function limit(max: number, buckets = 512): string[] {
  return [`net.netfilter.nf_conntrack_max=${max}`, `net.netfilter.nf_conntrack_buckets=${buckets}`]
}

async function write(packets: readonly Timed[]): Promise<string> {
  const written = packets.map(({ atMs, bytes }) => ({
    interface: 0,
    atNs: START_NS + BigInt(Math.round(atMs * 1e6)),
    bytes,
    original: bytes.length,
    direction: Direction.Unknown,
    comment: null,
  }))
  await writePcapng(file('capture.pcapng'), [{ name: null, linkType: RAW_IP }], written)
  return file('capture.pcapng')
}

async function replayed(packets: readonly Timed[], options: Record<string, unknown>): Promise<Report> {
  const captures = [await write(packets)]
  const { report } = await hookline.replay({ captures, rules: file('rules'), local: [SERVER], workers: 2, ...options })
  return report
}

const client = (number: number): string => `172.16.${number >> 8}.${number & 255}:1000`
const unanswered = (number: number, atMs: number): Timed => ({
  atMs,
  bytes: udp(`${client(number)} > ${SERVER}:53`, 20),
})
/** A connection picked up in the middle, which its third packet makes ASSURED. */
function assured(number: number, atMs: number): Timed[] {
  const [to, from] = [`${client(number)} > ${SERVER}:80`, `${SERVER}:80 > ${client(number)}`]
  return [tcp(to, 'A', { seq: 1, ack: 1 }), tcp(from, 'A', { seq: 1, ack: 1 }), tcp(to, 'A', { seq: 1, ack: 1 })].map(
    (bytes) => ({ atMs, bytes }),
  )
}
const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index)

describe('a table that is full', () => {
  test('takes no more connections when all are assured', async () => {
    const packets = [
      ...numbers(0, 100).flatMap((number) => assured(number, number)),
      ...numbers(100, 20).map((number) => unanswered(number, 500)),
      ...assured(0, 600).slice(2),
    ]
    const { conntrack, reasons, verdicts, plan } = await replayed(packets, { sysctl: limit(100) })
    expect(plan.reason).toBe(
      'one shard, after a replay without limit: nf_conntrack_max=100 may be reached (121 entries at most)',
    )
    expect(conntrack).toMatchObject({ drop: 20n, earlyDrop: 0n, alive: 100n, confirmed: 100n })
    expect(conntrack.table).toMatchObject({ limit: 100n, entries: 100n, peak: 100n, atMost: false, dropped: 20n })
    expect(conntrack.table.firstFullNs).toBe(START_NS + 500_000_000n)
    expect(reasons).toMatchObject([{ text: 'conntrack table full', packets: 20n }])
    expect(verdicts).toMatchObject([{ packets: 301n }, { verdict: 'DROP', packets: 20n }])
  })

  test('lets connections that are not assured make way, a chain at a time', async () => {
    const packets = numbers(0, 512 + 80).map((number) => unanswered(number, number / 100))
    const { conntrack, verdicts } = await replayed(packets, { sysctl: limit(512) })
    expect(verdicts).toMatchObject([{ verdict: 'ACCEPT', packets: 592n }])
    expect(conntrack.earlyDrop).toBeGreaterThan(60n)
    expect(conntrack.earlyDrop).toBe(conntrack.table.evicted)
    expect(conntrack.alive).toBe(592n - conntrack.earlyDrop)
    expect(conntrack.alive).toBeLessThanOrEqual(512n)
  })

  test('is another one with another seed', async () => {
    const packets = numbers(0, 2000).map((number) => unanswered(number, number / 100))
    const drops = async (seed: number): Promise<bigint> =>
      (await replayed(packets, { sysctl: limit(200, 4096), seed })).conntrack.drop
    expect(await drops(1)).toBe(await drops(1))
    expect(await drops(1)).not.toBe(await drops(2))
  })

  test('counts what has expired until it is collected', async () => {
    const first = numbers(0, 10).map((number) => unanswered(number, number))
    // Dead after 30 s. The gc worker came after one second, and then when the average timeout suggests: after 57 s.
    const late = [unanswered(20, 31_000), unanswered(21, 40_000)]
    const after = numbers(30, 10).map((number) => unanswered(number, 61_000))
    const { conntrack } = await replayed([...first, ...late, ...after], { sysctl: limit(10, 4096) })
    expect(conntrack).toMatchObject({ drop: 2n, confirmed: 20n, alive: 10n })
    expect(conntrack.table).toMatchObject({ entries: 10n, peak: 10n, dropped: 2n })
  })

  test('has its closing connections collected under pressure, down to 95 %', async () => {
    const closing = numbers(0, 200).flatMap((number) => [
      ...assured(number, 0),
      { atMs: 1, bytes: tcp(`${client(number)} > ${SERVER}:80`, 'FA', { seq: 1, ack: 1 }) },
    ])
    const refused = [unanswered(300, 2)]
    const after = numbers(400, 30).map((number) => unanswered(number, 1100))
    const { conntrack } = await replayed([...closing, ...refused, ...after], { sysctl: limit(200, 4096) })
    // 200 / 100 * 95 = 190: the worker stops below that, and eleven find room.
    expect(conntrack.table.dropped).toBe(20n)
    expect(conntrack.earlyDrop).toBe(0n)
    expect(conntrack.alive).toBe(200n)
  })

  test.each([
    ['6.18', 8_000_000, 5n],
    ['5.15', 8_000_000, 5n],
    ['5.10', 8_000_000, 5n],
  ])('of kernel %s is empty after years in which nothing came', async (kernel, lateMs, entries) => {
    const packets = [...numbers(0, 200), 300].map((number) => unanswered(number, number === 300 ? 1 : 0))
    const years = numbers(400, 5).map((number) => unanswered(number, lateMs * 10_000))
    const { conntrack } = await replayed([...packets, ...years], { sysctl: limit(200), kernel })
    expect(conntrack.table.entries).toBe(entries)
  })

  test('refuses entries whose chain is too long, from 5.15 on', async () => {
    const packets = numbers(0, 100).map((number) => unanswered(number, number))
    const { conntrack, reasons } = await replayed(packets, { sysctl: limit(1000, 1) })
    expect(conntrack.chaintoolong).toBeGreaterThan(50n)
    expect(conntrack).toMatchObject({ insertFailed: conntrack.chaintoolong, drop: 0n })
    expect(reasons).toMatchObject([{ text: 'conntrack chain too long', packets: conntrack.chaintoolong }])
    const older = await replayed(packets, { sysctl: limit(1000, 1), kernel: '5.10' })
    expect(older.conntrack).toMatchObject({ chaintoolong: 0n, confirmed: 100n })
  })
})

describe('a table that does not fill', () => {
  test('needs no second replay, and the report says how full it was at most', async () => {
    const packets = numbers(0, 50).map((number) => unanswered(number, number))
    const { conntrack, plan } = await replayed(packets, { sysctl: limit(1000) })
    expect(plan.shards).toBe(16)
    expect(conntrack.table).toMatchObject({ limit: 1000n, buckets: 512n, peak: 51n, atMost: true, firstFullNs: 0n })
  })

  test('has no limit when the box names none, or zero', async () => {
    const packets = numbers(0, 50).map((number) => unanswered(number, number))
    expect((await replayed(packets, {})).conntrack.table).toMatchObject({ limit: 0n, buckets: 0n, peak: 51n })
    expect((await replayed(packets, { sysctl: limit(0) })).plan.shards).toBe(16)
  })

  test('has as many buckets as its kernel would have made', async () => {
    const sysctl = ['net.nf_conntrack_max=4000']
    const packets = [unanswered(0, 0)]
    expect((await replayed(packets, { sysctl })).conntrack.table).toMatchObject({ limit: 4000n, buckets: 4096n })
    expect((await replayed(packets, { sysctl, kernel: '5.10' })).conntrack.table.buckets).toBe(1024n)
  })
})

describe('two replays', { timeout: 300_000 }, () => {
  const LIMIT = limit(300)
  beforeAll(() => writeConversations(file('made.pcapng'), { packets: 70_000, seed: 3 }))

  async function outputs(captures: string[], options: Record<string, unknown> = {}): Promise<(Buffer | Result)[]> {
    const names = ['verdicts', 'conntrack', 'counters'] as const
    const files = Object.fromEntries(names.map((name) => [name, file(name)]))
    rmSync(file('sent'), { recursive: true, force: true })
    writeFileSync(file('verdicts'), 'old\n'.repeat(5_000_000))
    const common = { rules: file('rules'), local: [SERVER], sysctl: LIMIT, workers: 2, sent: file('sent') }
    const result = await hookline.replay({ captures, ...common, ...files, ...options })
    const sent = readdirSync(file('sent')).map((name) => readFileSync(join(file('sent'), name)))
    return [result, ...names.map((name) => readFileSync(file(name))), Buffer.concat(sent)]
  }

  test('write what one writes that has the limit from the start', async () => {
    const [twice, ...files] = await outputs([file('made.pcapng')])
    execFileSync('mkfifo', [file('pipe')])
    const feeder = spawn('sh', ['-c', `cat "${file('made.pcapng')}" > "${file('pipe')}"`])
    const [once, ...same] = await outputs([file('pipe')])
    feeder.kill()
    expect(same.map((bytes, index) => Buffer.compare(bytes as Buffer, files[index] as Buffer))).toEqual([0, 0, 0, 0])
    expect((files[0] as Buffer).toString().split('\n')).toHaveLength(70_002)
    expect((twice as Result).report.conntrack).toEqual((once as Result).report.conntrack)
    expect((twice as Result).report.conntrack.earlyDrop).toBeGreaterThan(0n)
    expect((once as Result).report.plan.reason).toMatch(
      /^one shard: nf_conntrack_max=300 is in force from the start, since/,
    )
  })

  test('are not begun when the first one was interrupted, and the report says so', async () => {
    const abort = new AbortController()
    const [result] = await outputs([file('made.pcapng')], { signal: abort.signal, onProgress: () => abort.abort() })
    const { report, interrupted } = result as Result
    expect(interrupted).toBe(true)
    expect(report.plan.shards).toBe(16)
    expect(report.warnings.join()).toContain(
      'these numbers may be wrong (one shard, after a replay without limit: nf_conntrack_max=300 may be reached',
    )
  })
})
