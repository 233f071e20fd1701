/**
 * The captures that record.sh took on live machines, replayed from the box's point of view: the replay has to count
 * what the machine itself had counted, rule by rule and connection by connection.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const CAPTURES = new URL('../../captures/', import.meta.url).pathname
const HOOKLINE = new URL('../../dist/src/cli/main.js', import.meta.url).pathname
/** Both sides cut fractions of a second off, and the kernel counts time in jiffies. */
const TOLERANCE_S = 2

const directory = mkdtempSync(join(tmpdir(), 'hookline-live-'))
const output = (file: string): string => join(directory, file)
afterAll(() => rmSync(directory, { recursive: true }))

const machines = readdirSync(CAPTURES).filter((name) => existsSync(join(CAPTURES, name, 'iptables-save-c')))
/** Machines that do not translate: NAT is not undone yet in what the box was seen sending. */
const untranslated = machines.filter((name) => !live(name, 'iptables-save-c').includes('*nat'))
const views = untranslated.flatMap((name) =>
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

  test('the connections are those of the live machine', () => {
    const { lastNs } = JSON.parse(readFileSync(output('json'), 'utf8')) as { lastNs: string }
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

/** Each connection without its timeout and reference count, and its timeout in seconds. */
function connections(text: string): Map<string, number> {
  const timeouts = new Map<string, number>()
  for (const line of text.trim().split('\n')) {
    const [family, familyNumber, protocol, protocolNumber, timeout, ...rest] = line.trim().split(/\s+/)
    const words = rest.filter((word) => !word.startsWith('use='))
    timeouts.set([family, familyNumber, protocol, protocolNumber, ...words].join(' '), Number(timeout))
  }
  return timeouts
}
