/**
 * Shards under NAT: they are exact, or the replay is done again in one. Each ruleset's result is compared to the byte
 * with that of a capture that can be read only once, which is replayed in one shard from the start.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../src/statistics/report.js'
import { udp } from '../kernel/packets.js'
import {
  answersTo,
  type NatTraffic,
  PUBLIC,
  SERVICE,
  writeNatConversations,
  writePackets,
} from './nat-conversations.js'

interface Replay {
  replay(options: Record<string, unknown>): Promise<{ readonly report: Report }>
}

const OUTPUTS = ['counters', 'conntrack', 'verdicts', 'json'] as const
const directory = mkdtempSync(join(tmpdir(), 'hookline-nat-'))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string): string => join(directory, name)

let hookline: Replay
beforeAll(async () => {
  hookline = (await import(new URL('../../dist/src/index.js', import.meta.url).href)) as Replay
  execFileSync('mkfifo', [file('pipe')])
})

function rules(...nat: string[]): string {
  return `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${nat.join('\n')}
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m conntrack --ctstate INVALID
-A FORWARD -m conntrack --ctstate NEW
-A FORWARD -m conntrack --ctstate RELATED
-A FORWARD -m conntrack --ctstate SNAT
-A FORWARD -m conntrack --ctstate DNAT
-A FORWARD -p tcp -m tcp --dport 443 --tcp-flags FIN FIN -j REJECT --reject-with tcp-reset
COMMIT
`
}

const OUT = '-A POSTROUTING -s 10.0.0.0/8'
const SNAT = `${OUT} -j SNAT --to-source ${PUBLIC}`
const DNAT = `-A PREROUTING -d ${SERVICE}/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.0.0.10:80`

const RULESETS: Record<string, string> = {
  'one address for sources': rules(SNAT),
  'sources and services': rules(DNAT, `-A PREROUTING -d ${SERVICE}/32 -p udp -j DNAT --to-destination 10.0.0.11`, SNAT),
  'services alone': rules(DNAT, `-A PREROUTING -p udp -m udp --dport 53 -j REDIRECT --to-ports 8080`),
  'ports at random': rules(DNAT, `${OUT} -j SNAT --to-source ${PUBLIC} --random-fully`),
  'some ports at random': rules(`${OUT} -p udp -j SNAT --to-source ${PUBLIC} --random`, SNAT),
  'several addresses': rules(`${OUT} -j SNAT --to-source ${PUBLIC}-203.0.113.4`),
  'several addresses, each for good': rules(`${OUT} -j SNAT --to-source ${PUBLIC}-203.0.113.4 --persistent`),
  'few ports': rules(`${OUT} -p udp -j SNAT --to-source ${PUBLIC}:5000-5009`, SNAT),
  'many ports': rules(
    `${OUT} -p udp -j SNAT --to-source ${PUBLIC}:1024-65535`,
    `${OUT} -p tcp -j SNAT --to-source ${PUBLIC}:40000-60000`,
  ),
  'another address for one server': rules(`${OUT} -d 198.51.100.1/32 -j SNAT --to-source 203.0.113.2`, SNAT),
  'any service becomes one': rules(
    `-A PREROUTING -d ${SERVICE}/32 -p udp -j DNAT --to-destination 10.0.0.10:50000`,
    SNAT,
  ),
  'services that share ports': rules(
    `-A PREROUTING -d ${SERVICE}/32 -p udp -j DNAT --to-destination 10.0.0.10:7000-7009`,
    SNAT,
  ),
  'whole networks': rules(
    '-A PREROUTING -d 203.0.113.0/28 -j NETMAP --to 10.0.0.0/28',
    `${OUT} -j NETMAP --to 203.0.113.0/24`,
  ),
  nothing: rules(),
}

/** Ports clash now and then. */
const PLENTY: NatTraffic = { packets: 1500, seed: 1, clientPorts: 500, awkward: false }
/** All the time, and sources come again with any service. */
const FEW: NatTraffic = { packets: 300, seed: 3, clientPorts: 10, awkward: true }
const APART = '16 shards: by the port of the client, which the table nat leaves in one'
const DEPENDENT = 'one shard, after a replay of 16 in which NAT made one depend on another'

const files = Object.fromEntries(OUTPUTS.map((name) => [name, file(name)]))

interface Result {
  readonly reason: string
  readonly found: bigint
  readonly outputs: Map<string, string>
}

async function replayed(capture: string, workers = 2): Promise<Result> {
  const { report } = await hookline.replay({ captures: [capture], rules: file('rules'), workers, ...files })
  return {
    reason: report.plan.reason,
    found: report.conntrack.found,
    outputs: new Map(OUTPUTS.map((name) => [name, readFileSync(file(name), 'utf8')])),
  }
}

/** What can be read only once is replayed in one shard. */
async function inOneShard(capture: string): Promise<Result> {
  const feeder = spawn('sh', ['-c', `cat "${capture}" > "${file('pipe')}"`])
  const result = await replayed(file('pipe'), 1)
  feeder.kill()
  return result
}

/** All that was counted and written but the plan. */
function outcome({ outputs }: Result): unknown {
  const { plan: _plan, captures: _captures, ...rest } = JSON.parse(outputs.get('json') ?? '') as Record<string, unknown>
  return { ...Object.fromEntries(outputs), json: rest }
}

/** The conversations, and answers to what connections were mapped to, whatever it is. */
async function write(traffic: NatTraffic): Promise<string> {
  const capture = file('capture.pcapng')
  await writeNatConversations(capture, traffic, [])
  const { outputs } = await replayed(capture, 1)
  await writeNatConversations(capture, traffic, answersTo(outputs.get('conntrack') ?? ''))
  return capture
}

describe('shards', { timeout: 300_000 }, () => {
  test.each(Object.entries(RULESETS))('come to what one comes to: %s', async (_, text) => {
    writeFileSync(file('rules'), text)
    for (const traffic of [PLENTY, FEW]) {
      const capture = await write(traffic)
      const [one, many] = [await inOneShard(capture), await replayed(capture)]
      expect(one.reason).toMatch(/^one shard: /)
      expect(outcome(many)).toEqual(outcome(one))
    }
  })

  test.each(['sources and services', 'few ports'])('are the same whatever the workers: %s', async (name) => {
    writeFileSync(file('rules'), RULESETS[name])
    const capture = await write(PLENTY)
    const one = await replayed(capture, 1)
    for (const workers of [2, 4, 8]) expect(await replayed(capture, workers)).toEqual(one)
  })
})

describe('a replay in shards', () => {
  const from = (client: number, port: number, to: string): Buffer => udp(`10.0.0.${client}:${port} > ${to}`, 30)
  const PORTS = Array.from({ length: 20 }, (_, index) => 33_000 + 7 * index)

  async function reasonOf(text: string, packets: readonly Buffer[]): Promise<Result> {
    writeFileSync(file('rules'), text)
    await writePackets(file('capture.pcapng'), packets)
    return replayed(file('capture.pcapng'))
  }

  test('stands where ports that clash are changed', async () => {
    const clashes = PORTS.flatMap((port) => [1, 2, 3].map((client) => from(client, port, '198.51.100.1:53')))
    for (const name of ['one address for sources', 'ports at random']) {
      const { reason, found } = await reasonOf(RULESETS[name], clashes)
      expect(reason).toBe(APART)
      expect(found > 0n || name === 'ports at random').toBe(true)
    }
  })

  test('stands where a source comes again to which nothing happened', async () => {
    const again = PORTS.flatMap((port) => ['198.51.100.1:53', '198.51.100.2:50000'].map((to) => from(1, port, to)))
    expect((await reasonOf(RULESETS['one address for sources'], again)).reason).toBe(APART)
  })

  test('is repeated in one when a source comes again whose port was changed', async () => {
    const again = PORTS.flatMap((port) => [
      from(1, port, '198.51.100.1:53'),
      from(2, port, '198.51.100.1:53'),
      from(2, port, '198.51.100.2:50000'),
    ])
    expect((await reasonOf(RULESETS['one address for sources'], again)).reason).toBe(DEPENDENT)
  })

  test('is repeated in one when answers go to another shard', async () => {
    const packets = PORTS.map((port) => from(1, port, `${SERVICE}:60001`))
    const services = rules(`-A PREROUTING -d ${SERVICE}/32 -p udp -j DNAT --to-destination 10.0.0.10:7000`)
    expect((await reasonOf(services, packets)).reason).toBe(DEPENDENT)
    const named = rules(
      `-A PREROUTING -d ${SERVICE}/32 -p udp -m udp --dport 60001 -j DNAT --to-destination 10.0.0.10:7000`,
    )
    expect((await reasonOf(named, packets)).reason).toBe(APART)
  })

  test("is repeated in one when NAT asks for another shard's ports", async () => {
    const packets = PORTS.map((port) => from(1, port, '198.51.100.1:53'))
    expect((await reasonOf(RULESETS['few ports'], packets)).reason).toBe(DEPENDENT)
  })
})
