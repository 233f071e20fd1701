/**
 * The number of workers changes no byte of any output, and neither does remembering paths: every capture of the
 * project and a large made one, each with its own rules and with rules that may be cut into many shards.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../src/statistics/report.js'
import { writeConversations } from './conversations.js'

interface Replay {
  replay(options: Record<string, unknown>): Promise<{ readonly report: Report }>
}

const CAPTURES = new URL('../../captures/', import.meta.url).pathname
const OUTPUTS = ['counters', 'counters6', 'conntrack', 'verdicts', 'json', 'pb'] as const
/** What tells how often paths were remembered: nothing else may differ without them. */
const CACHE_FIELDS = new Set(['pathHits', 'walks'])

const directory = mkdtempSync(join(tmpdir(), 'hookline-same-'))
afterAll(() => rmSync(directory, { recursive: true }))

const MADE_RULES = `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 123 -j CT --notrack
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -m connmark ! --mark 0x0 -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff
-A PREROUTING -p tcp -m tcp --dport 80 --tcp-flags FIN,SYN,RST,ACK SYN -j MARK --set-xmark 0x7/0xffffffff
-A PREROUTING -m mark --mark 0x7 -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:SERVICES - [0:0]
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -m length --length 1000:65535 -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -j SERVICES
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -p tcp -m multiport --dports 22,80,443 -j ACCEPT
-A OUTPUT -m ttl --ttl-lt 5 -j DROP
-A SERVICES -p tcp -m multiport --dports 80,443 -j ACCEPT
-A SERVICES -p udp -m udp --dport 53 -j ACCEPT
-A SERVICES -p icmp -m icmp --icmp-type 8 -j ACCEPT
COMMIT
`

/** Answers to one source come from several shards, since its packets have many ports. */
const REJECTING_RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-admin-prohibited
-A INPUT -p udp -j REJECT --reject-with icmp-port-unreachable
-A OUTPUT -p icmp -m icmp --icmp-type 3/13
-A OUTPUT -p icmp
COMMIT
`
/** Everything is forwarded, translated. */
const FORWARDING_RULES = `*mangle
:PREROUTING ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1200
-A POSTROUTING -p udp -j DSCP --set-dscp 0x10
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -p tcp -m tcp --dport 80 -j SNAT --to-source 192.0.2.1
COMMIT
`
/** Several times what a block holds. */
const COPIES = `${'-A FORWARD -j TEE --gateway 192.0.2.9\n'.repeat(20)}COMMIT`
/** The kernel's defaults. */
const LIMITS = ['net.ipv4.icmp_ratelimit=1000', 'net.ipv4.icmp_msgs_per_sec=1000', 'net.ipv4.icmp_msgs_burst=50']

interface Case {
  readonly name: string
  readonly options: Record<string, unknown>
}

function recorded(): Case[] {
  const boxes = readdirSync(CAPTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return boxes.flatMap(({ name }): Case[] => {
    const files = readdirSync(join(CAPTURES, name)).filter((file) => /\.pcap(ng)?$/.test(file))
    return files.flatMap((file) => {
      const options = { captures: [join(CAPTURES, name, file)], box: join(CAPTURES, name, 'box'), vantage: 'tap' }
      return [
        { name: `${name}/${file} with its own rules`, options },
        {
          name: `${name}/${file} with rules for many shards`,
          options: { ...options, rules: join(directory, 'rules') },
        },
        { name: `${name}/${file} from afar`, options: { ...options, vantage: 'arrival' } },
      ]
    })
  })
}

const made = join(directory, 'made.pcapng')
const few = join(directory, 'few.pcapng')
const cases: Case[] = [
  ...recorded(),
  {
    name: 'a made capture of several blocks',
    options: { captures: [made], local: ['10.0.0.1'], rules: join(directory, 'rules') },
  },
  {
    name: 'a made capture that fills the table',
    options: {
      captures: [made],
      local: ['10.0.0.1'],
      rules: join(directory, 'rules'),
      sysctl: ['net.netfilter.nf_conntrack_max=200'],
    },
  },
  {
    name: 'a made capture whose ICMP answers are limited',
    options: { captures: [made], local: ['10.0.0.1'], rules: join(directory, 'rejecting'), sysctl: LIMITS },
  },
]

let hookline: Replay
beforeAll(async () => {
  hookline = (await import(new URL('../../dist/src/index.js', import.meta.url).href)) as Replay
  writeFileSync(join(directory, 'rules'), MADE_RULES)
  writeFileSync(join(directory, 'rejecting'), REJECTING_RULES)
  writeFileSync(join(directory, 'forwarding'), FORWARDING_RULES)
  writeFileSync(join(directory, 'copying'), FORWARDING_RULES.replace('COMMIT', COPIES))
  await writeConversations(made, { packets: 150_000, seed: 7 })
  await writeConversations(few, { packets: 20_000, seed: 8 })
})

/** All outputs of one replay. */
async function outputs(options: Record<string, unknown>): Promise<Map<string, Buffer>> {
  const files = Object.fromEntries(OUTPUTS.map((name) => [name, join(directory, name)]))
  await hookline.replay({ ...options, ...files })
  return new Map(OUTPUTS.map((name) => [name, readFileSync(join(directory, name))]))
}

/** The files of --sent, in the order of their names, and the counters of the same replay. */
async function departures(options: Record<string, unknown>): Promise<{ files: string[]; bytes: Buffer }> {
  const sent = join(directory, 'sent')
  await hookline.replay({ ...options, sent, counters: join(directory, 'counters') })
  const files = readdirSync(sent).sort()
  const bytes = Buffer.concat([
    ...files.map((file) => readFileSync(join(sent, file))),
    readFileSync(join(directory, 'counters')),
  ])
  rmSync(sent, { recursive: true })
  return { files, bytes }
}

function withoutCacheFields(json: Buffer): unknown {
  return JSON.parse(json.toString(), (key, value: unknown) => (CACHE_FIELDS.has(key) ? undefined : value))
}

describe.each(cases)('$name', ({ options }) => {
  test('is the same to the byte with 1, 2, 4 and 8 workers', async () => {
    const one = await outputs({ ...options, workers: 1 })
    expect(one.get('verdicts')?.length).toBeGreaterThan(1000)
    for (const workers of [2, 4, 8]) {
      const many = await outputs({ ...options, workers })
      for (const name of OUTPUTS)
        expect(many.get(name)?.equals(one.get(name) as Buffer), `${name}, ${workers} workers`).toBe(true)
    }
  })

  test('is the same when every packet is walked', async () => {
    const cached = await outputs({ ...options, workers: 2 })
    const walked = await outputs({ ...options, workers: 2, cache: false })
    for (const name of ['counters', 'counters6', 'conntrack', 'verdicts'] as const) {
      expect(walked.get(name)?.toString()).toBe(cached.get(name)?.toString())
    }
    expect(withoutCacheFields(walked.get('json') as Buffer)).toEqual(withoutCacheFields(cached.get('json') as Buffer))
  })
})

describe('packets that leave', () => {
  const forwarding = { captures: [few], rules: join(directory, 'forwarding') }
  const copying = { captures: [few], rules: join(directory, 'copying') }
  const rejecting = { captures: [few], local: ['10.0.0.1'], rules: join(directory, 'rejecting'), sysctl: LIMITS }
  const recordedBoxes = cases.filter(({ name }) => name.endsWith('both.pcapng from afar'))

  test.each([
    { name: 'forwarded ones', options: forwarding },
    { name: 'copies that find no room in memory', options: copying },
    { name: 'answers whose rate is limited', options: rejecting },
    ...recordedBoxes,
  ])('are the same to the byte with 1 and 4 workers: $name', async ({ options }) => {
    const one = await departures({ ...options, workers: 1 })
    const many = await departures({ ...options, workers: 4 })
    expect(many.files).toEqual(one.files)
    expect(many.bytes.equals(one.bytes)).toBe(true)
  })

  test('are asked for without changing anything else', async () => {
    const without = await outputs({ ...forwarding, workers: 2 })
    const asked = await outputs({ ...forwarding, workers: 2, sent: join(directory, 'sent') })
    rmSync(join(directory, 'sent'), { recursive: true })
    for (const name of ['counters', 'counters6', 'conntrack', 'verdicts'] as const) {
      expect(asked.get(name)?.equals(without.get(name) as Buffer)).toBe(true)
    }
    expect(withoutCacheFields(asked.get('json') as Buffer)).toEqual(withoutCacheFields(without.get('json') as Buffer))
  })
})

describe('limits on ICMP answers', () => {
  async function answers(
    options: Record<string, unknown>,
  ): Promise<{ sent: bigint; suppressed: bigint; passed: bigint }> {
    const rejecting = { captures: [made], local: ['10.0.0.1'], rules: join(directory, 'rejecting'), workers: 2 }
    const { report } = await hookline.replay({ ...rejecting, ...options })
    const passed = report.rules.find(({ text }) => text === '-A OUTPUT -p icmp')?.packets ?? 0n
    return { sent: report.answers, suppressed: report.answersSuppressed, passed }
  }

  test('each one is sent and passes OUTPUT, or is held back; without limits all are sent', async () => {
    const all = await answers({})
    const byDestination = await answers({ sysctl: LIMITS.slice(0, 1) })
    const byBoth = await answers({ sysctl: LIMITS })
    expect(all.suppressed).toBe(0n)
    expect(byDestination.suppressed).toBeGreaterThan(0n)
    expect(byBoth.suppressed).toBeGreaterThan(byDestination.suppressed)
    for (const { sent, suppressed, passed } of [byDestination, byBoth]) {
      expect(sent + suppressed).toBe(all.sent)
      expect(all.passed - passed).toBe(suppressed)
    }
  })

  test('the seed decides which ones the limit on all lets go', async () => {
    expect(await answers({ sysctl: LIMITS, seed: 1 })).not.toEqual(await answers({ sysctl: LIMITS, seed: 2 }))
  })

  test('in a capture taken on the box what was sent is there to see', async () => {
    expect(await answers({ sysctl: LIMITS, vantage: 'tap' })).toMatchObject({ suppressed: 0n })
  })
})
