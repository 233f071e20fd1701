/**
 * The captures that record.sh took on live machines, replayed from the box's point of view: the replay has to count
 * what the machine itself had counted, rule by rule and connection by connection.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const CAPTURES = new URL('../../captures/', import.meta.url).pathname
const HOOKLINE = new URL('../../dist/src/cli/main.js', import.meta.url).pathname
/** Both sides cut fractions of a second off, and the kernel counts time in jiffies. */
const TOLERANCE_S = 2
/** Packets that each machine was seen forwarding in one piece. */
const FORWARDED: Readonly<Record<string, number>> = {
  docker: 114,
  kubernetes: 274,
  nat: 321,
  offload: 0,
  router: 199,
  server: 0,
}
/** Packets for a host that is not there: the machine kept them until nobody had answered for it. */
const UNANSWERED: Readonly<Record<string, number>> = { nat: 4, router: 2 }

interface Report {
  readonly lastNs: string
  readonly warnings: readonly string[]
  readonly comparison: {
    readonly same: string
    readonly differences: readonly { readonly difference: string; readonly packets: string }[]
    readonly first: readonly { readonly received: string; readonly seen: string }[]
  }
}

const directory = mkdtempSync(join(tmpdir(), 'hookline-live-'))
const output = (file: string): string => join(directory, file)
afterAll(() => rmSync(directory, { recursive: true }))

const machines = readdirSync(CAPTURES).filter((name) => existsSync(join(CAPTURES, name, 'iptables-save-c')))
const views = machines.flatMap((name) =>
  live(name, 'views')
    .trim()
    .split('\n')
    .map((captures) => ({ name, captures })),
)

test('there are captures with live counters', () => {
  expect(machines).toEqual(['docker', 'kubernetes', 'nat', 'offload', 'router', 'server'])
})

describe.each(views)('$name: $captures', ({ name, captures }) => {
  beforeAll(() => {
    const paths = captures.split(' ').map((capture) => capture.replace(/[^=]+$/, (file) => join(CAPTURES, name, file)))
    const files = ['counters', 'counters6', 'conntrack', 'json'].flatMap((file) => [`--${file}`, output(file)])
    const box = ['--box', join(CAPTURES, name, 'box'), '--vantage', 'tap']
    execFileSync(process.execPath, [HOOKLINE, 'replay', ...paths, ...box, ...files, '--quiet'])
  })

  test('every IPv4 rule and policy counts what it counted live', () => {
    expect(rules(readFileSync(output('counters'), 'utf8'))).toEqual(rules(live(name, 'iptables-save-c')))
  })

  test('every IPv6 rule and policy counts what it counted live', () => {
    expect(rules(readFileSync(output('counters6'), 'utf8'))).toEqual(rules(live(name, 'ip6tables-save-c')))
  })

  test('what the replay sends on is what the machine was seen sending, but for hosts that do not answer', () => {
    const { comparison } = JSON.parse(readFileSync(output('json'), 'utf8')) as Report
    expect(Number(comparison.same)).toBe(FORWARDED[name])
    expect(comparison.differences).toEqual(
      name in UNANSWERED
        ? [{ difference: 'sent by the replay, not seen leaving', packets: String(UNANSWERED[name]) }]
        : [],
    )
  })

  test('the connections are those of the live machine', () => {
    const { lastNs } = JSON.parse(readFileSync(output('json'), 'utf8')) as Report
    const lagS = readAtS(name) - Number(lastNs) / 1e9
    const replayed = connections(readFileSync(output('conntrack'), 'utf8'))
    const alive = connections(live(name, 'conntrack'))
    // What was about to expire when the list was read may be in it or not.
    const expected = [...replayed].filter(([key, leftS]) => alive.has(key) || leftS - lagS > TOLERANCE_S)
    expect(expected.map(([key]) => key).toSorted()).toEqual([...alive.keys()].toSorted())
    const wrong = expected.filter(([key, leftS]) => Math.abs(leftS - lagS - (alive.get(key) ?? 0)) > TOLERANCE_S)
    expect(wrong).toEqual([])
  })
})

test('any number of workers finds the same', () => {
  const reports = [1, 3].map((workers) => replayTap('nat', ['any.pcap'], ['--json', '-', '--workers', String(workers)]))
  expect(reports[1]).toBe(reports[0])
})

test('what the rules drop now and the machine sent is listed as seen, not sent', () => {
  const rules = live('nat', 'iptables-save-c').replace(/^.*-A FORWARD -m conntrack --ctstate DNAT.*$/m, '')
  const file = output('stricter')
  writeFileSync(file, rules)
  const { comparison } = JSON.parse(replayTap('nat', ['any.pcap'], ['--json', '-', '--rules', file])) as Report
  const kinds = comparison.differences.map(({ difference }) => difference)
  expect(kinds).toContain('seen leaving, not sent by the replay')
  expect(comparison.first.length).toBeGreaterThan(0)
})

test('of a router of which one side was captured, what came in by the other side is offered as well', () => {
  const counted = replayTap('router', ['eth1=eth1.pcap'], ['--counters', '-'])
  expect(counted).toMatch(/\[[1-9]\d*:\d+\] -A FORWARD -i eth0 -o eth1 -g WORLD_IN/)
  expect(counted).toMatch(/\[3:\d+\] -A WORLD_IN -d 198.51.100.20\/32/)
})

test("what a capture does not tell of the box's own translated connections is said", () => {
  const { warnings } = JSON.parse(replayTap('kubernetes', ['any.pcap'], ['--json', '-'])) as Report
  expect(warnings.join('\n')).toContain("6 packets began connections of the box's own whose source port NAT replaced")
})

function replayTap(name: string, captures: readonly string[], options: readonly string[]): string {
  const paths = captures.map((capture) => capture.replace(/[^=]+$/, (file) => join(CAPTURES, name, file)))
  const box = ['--box', join(CAPTURES, name, 'box'), '--vantage', 'tap']
  return execFileSync(process.execPath, [HOOKLINE, 'replay', ...paths, ...box, ...options, '--quiet'], {
    encoding: 'utf8',
  })
}

function live(name: string, file: string): string {
  return readFileSync(join(CAPTURES, name, file), 'utf8')
}

/** When the live machine's connections were listed. */
function readAtS(name: string): number {
  return Number(/^conntrack-read-at=(.*)$/m.exec(live(name, 'recorded'))?.[1])
}

function rules(text: string): string[] {
  return text.split('\n').filter((line) => !line.startsWith('#'))
}

/**
 * Each connection without its timeout and reference count, and its timeout in seconds. Of the box's own connections
 * whose port MASQUERADE replaced at random, the port from which they were made is in no capture.
 */
function connections(text: string): Map<string, number> {
  const timeouts = new Map<string, number>()
  for (const line of text.trim().split('\n')) {
    const hidden = isHidden(line) ? line.replace(/sport=\d+/, 'sport=?') : line
    const [family, familyNumber, protocol, protocolNumber, timeout, ...rest] = hidden.trim().split(/\s+/)
    const words = rest.filter((word) => !word.startsWith('use='))
    timeouts.set([family, familyNumber, protocol, protocolNumber, ...words].join(' '), Number(timeout))
  }
  return timeouts
}

/** From one of the box's own addresses, and the replies go to another. */
function isHidden(line: string): boolean {
  const [source, back] = [/ src=(\S+)/, / src=\S+.* dst=(\S+)/].map((words) => words.exec(line)?.[1])
  return ['192.0.2.10', '2001:0db8:0002:0000:0000:0000:0000:0010'].includes(source ?? '') && source !== back
}
