/**
 * The kernel's table when it is full. Limit and buckets belong to the whole machine, though each namespace has a count
 * of its own: they are set for the test, one run at a time, and put back. Other tests have far fewer connections.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { printDifference } from '../../dist/src/kernel/difference.js'
import { type Verification, verifyPackets } from '../../dist/src/kernel/verify.js'
import { describeAgainstKernel } from './against-kernel.js'
import { writeBoxDirectory } from './box-directory.js'
import { tcp, udp } from './packets.js'
import { capturedPackets } from './scenario.js'
import { SERVER } from './scenarios/boxes.js'

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate NEW
-A INPUT -m conntrack --ctstate INVALID
-A INPUT -m conntrack --ctstate ESTABLISHED
COMMIT
`
const PROC = '/proc/sys/net/netfilter/nf_conntrack_'
const LIMIT = 2048
const SETTINGS = { buckets: String(LIMIT), max: String(LIMIT) }
/** More flows than the table takes. */
const MORE = 100
/** The kernel hashes with a key of its own: a chain that makes way may be longer or shorter than ours. */
const CHAINS = MORE / 2

/** An abstract socket is one process's at a time, and gone with it. */
const LOCK = '\0hookline-nf-conntrack-max'
const LOCK_WAIT_MS = 500

async function locked(): Promise<Server> {
  for (;;) {
    const server = createServer()
    const listening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(LOCK, () => resolve(true))
    })
    if (listening) return server
    await sleep(LOCK_WAIT_MS)
  }
}

const client = (number: number): string => `10.1.${number >> 8}.${number & 255}:1000`
const flows = Array.from({ length: LIMIT }, (_, number) => client(number))
const late = Array.from({ length: MORE }, (_, number) => udp(`${client(LIMIT + number)} > 10.0.0.1:53`, 1))

describeAgainstKernel('a full table of the kernel and of hookline', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hookline-limit-'))
  const found: Record<string, string> = {}
  let lock: Server

  beforeAll(async () => {
    writeBoxDirectory(join(directory, 'box'), SERVER, { rules: RULES })
    lock = await locked()
    for (const [name, value] of Object.entries(SETTINGS)) {
      found[name] = readFileSync(PROC + name, 'latin1').trim()
      writeFileSync(PROC + name, value)
    }
  }, 600_000)

  afterAll(() => {
    for (const [name, value] of Object.entries(found)) writeFileSync(PROC + name, value)
    lock.close()
    rmSync(directory, { recursive: true })
  })

  function verify(packets: Buffer[]): Promise<Verification> {
    const sysctl = Object.entries(SETTINGS).map(([name, value]) => `net.netfilter.nf_conntrack_${name}=${value}`)
    const settings = { box: join(directory, 'box'), pace: 'fast', workers: 1, sysctl } as const
    return verifyPackets(capturedPackets(packets), settings)
  }

  test('refuse the same packets when every connection is assured', async () => {
    const pickedUp = flows.flatMap((from) => [
      tcp(`${from} > 10.0.0.1:80`, 'A', { seq: 1, ack: 1 }),
      tcp(`10.0.0.1:80 > ${from}`, 'A', { seq: 1, ack: 1 }),
      tcp(`${from} > 10.0.0.1:80`, 'A', { seq: 1, ack: 1 }),
    ])
    const { differences, connections } = await verify([...pickedUp, ...late, ...pickedUp.slice(0, 30)])
    expect(differences.slice(0, 10).map(printDifference)).toEqual([])
    expect(connections).toBe(LIMIT)
  })

  test('refuse nothing when none is, and keep about as many', async () => {
    const { differences, connections } = await verify([
      ...flows.map((from) => udp(`${from} > 10.0.0.1:53`, 1)),
      ...late,
    ])
    const evicted = differences.find(({ where }) => where === 'conntrack -S early_drop')
    // Which connections made way depends on how tuples are hashed, and so does how many.
    const others = differences.filter((each) => each !== evicted && !each.where.startsWith('ipv4 '))
    expect(others.slice(0, 10).map(printDifference)).toEqual([])
    expect(Math.abs(Number(evicted?.kernel ?? 0) - Number(evicted?.replay ?? 0))).toBeLessThan(CHAINS)
    expect(LIMIT + 1 - connections).toBeLessThan(CHAINS)
  })
})
