/**
 * Routing decisions against the running kernel's: random routes, rules and settings in a private network namespace,
 * dumped as a box; then `ip route get` and hookline are asked the same questions.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAddress, type Words } from '../../src/box/address.js'
import type { Box } from '../../src/box/box.js'
import type { Flow } from '../../src/box/policy-rule.js'
import { readBox } from '../../src/box/read-box.js'
import { Reason } from '../../src/memory/reason.js'
import type { InputRoute, OutputRoute } from '../../src/netfilter/route-decision.js'
import { Routing } from '../../src/netfilter/routing.js'
import { Random } from '../random.js'

const canMakeNamespaces = process.getuid?.() === 0 && existsSync('/dev/net/tun')
if (!canMakeNamespaces) console.info('routing against the kernel: skipped, it needs root and /dev/net/tun')

const DEVICES = ['t0', 't1', 't2', 't3']
const MARKS = [0, 1, 2, 3]
const TOSES = [0, 0, 0x10, 0x08]
const QUESTIONS = 400

interface Question {
  readonly family: 4 | 6
  readonly source: string
  readonly destination: string
  /** Null: sent by the box. */
  readonly device: string | null
  readonly mark: number
  readonly tos: number
}

let directory = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'routing-'))
})

afterAll(() => {
  rmSync(directory, { recursive: true })
})

describe.runIf(canMakeNamespaces)('routing decides as the kernel does', () => {
  test.each([1, 2, 3, 4, 5, 6])('with random routes, seed %i', (seed) => {
    const random = new Random(seed)
    const setUp = makeNetwork(random)
    const questions = Array.from({ length: QUESTIONS }, () => makeQuestion(random))
    const asked = questions.map(command)
    writeFileSync(join(directory, 'questions'), asked.join('\n') + '\n')
    const script = [
      ...setUp,
      `cd ${directory}`,
      'ip -d -j address > ip-address.json; ip -j route show table all > ip-route.json',
      'ip -6 -j route show table all > ip6-route.json; ip -j rule > ip-rule.json; ip -6 -j rule > ip6-rule.json',
      'ip -j maddress > ip-maddress.json; sysctl -a 2>/dev/null | grep ^net > sysctl.conf; uname -r > uname',
      'ip -o -force -batch questions > answers 2> errors || true',
    ]
    execFileSync('unshare', ['-n', 'sh', '-c', script.join('\n')], { encoding: 'utf8' })
    const kernel = readAnswers(questions)
    const box = readBox(directory)
    const routing = new Routing(box)
    const differences = questions.flatMap((question, index) => {
      const ours = summary(box, decide(routing, question))
      return agrees(kernel[index], ours) ? [] : [`${asked[index]}: kernel ${kernel[index]}, hookline ${ours}`]
    })
    if (differences.length > 0) console.info(setUp.join('\n'))
    expect(differences).toEqual([])
    expect(new Set(kernel).size).toBeGreaterThan(5)
  })
})

function makeNetwork(random: Random): string[] {
  const lines = ['ip link set lo up']
  DEVICES.forEach((device, index) => {
    lines.push(`ip tuntap add ${device} mode tun`, `ip link set ${device} up`)
    lines.push(`ip addr add 10.${index}.0.1/${random.pick([16, 24, 30])} dev ${device}`)
    if (random.chance(0.3)) lines.push(`ip addr add 10.${index}.200.1/24 dev ${device}`)
    lines.push(`ip -6 addr add 2001:db8:${index}::1/64 dev ${device} nodad`)
    lines.push(`sysctl -qw net.ipv4.conf.${device}.rp_filter=${random.pick([0, 0, 1, 2])}`)
    lines.push(`sysctl -qw net.ipv4.conf.${device}.forwarding=${random.pick([0, 1, 1])}`)
  })
  // Without forwarding, IPv6 finds routes all the same and drops later.
  lines.push('sysctl -qw net.ipv6.conf.all.forwarding=1')
  if (random.chance(0.8))
    lines.push('ip route add default via 10.0.0.2 dev t0', 'ip -6 route add default via 2001:db8:0::2')
  for (let count = 0; count < 60; count++) lines.push(makeRoute(random))
  if (random.chance(0.7)) for (let count = 0; count < 6; count++) lines.push(makeRule(random))
  return lines.map((line) => `${line} 2>/dev/null || true`)
}

function makeRoute(random: Random): string {
  const six = random.chance(0.4)
  const table = random.pick(['', '', ' table 100', ' table 200'])
  const prefix = six
    ? `2001:db8:${random.below(6)}:${random.below(3)}::/${random.pick([48, 56, 64])}`
    : `10.${random.below(8)}.${random.pick([0, 64, 128, 200])}.0/${random.pick([16, 17, 18, 24])}`
  const metric = random.chance(0.3) ? ` metric ${random.below(3) + 1}` : ''
  const ip = six ? 'ip -6 route add' : 'ip route add'
  const type = random.pick(['', '', '', '', 'unreachable ', 'blackhole ', 'prohibit ', 'throw '])
  const hop = type === '' ? ` dev ${random.pick(DEVICES)}` : ''
  const tos = !six && random.chance(0.1) ? ' tos 0x10' : ''
  return `${ip} ${type}${prefix}${hop}${table}${metric}${tos}`
}

function makeRule(random: Random): string {
  const six = random.chance(0.4)
  const selectors = [
    six ? `from 2001:db8:${random.below(4)}::/48` : `from 10.${random.below(4)}.0.0/16`,
    six ? `to 2001:db8:${random.below(6)}::/48` : `to 10.${random.below(8)}.0.0/16`,
    `fwmark ${random.pick(['1', '2', '0x1/0x1', '0x2/0x3'])}`,
    `iif ${random.pick([...DEVICES, 'lo'])}`,
    'tos 0x10',
  ]
  const chosen = selectors.filter(() => random.chance(0.3))
  const inverted = random.chance(0.15) && chosen.length > 0 ? 'not ' : ''
  const action = random.pick([
    'table 100',
    'table 100',
    'table 200',
    'unreachable',
    'prohibit',
    'blackhole',
    'table main suppress_prefixlength 16',
  ])
  return `ip ${six ? '-6 ' : ''}rule add ${inverted}${chosen.join(' ')} priority ${100 + random.below(100)} ${action}`
}

function makeQuestion(random: Random): Question {
  const family = random.chance(0.6) ? 4 : 6
  const device = random.chance(0.7) ? random.pick(DEVICES) : null
  const address = (): string => (family === 4 ? address4(random) : address6(random))
  const own = (): string => (family === 4 ? `10.${random.below(4)}.0.1` : `2001:db8:${random.below(4)}::1`)
  return {
    family,
    source: device === null ? own() : random.chance(0.05) ? own() : address(),
    destination: random.chance(0.25) ? own() : address(),
    device,
    mark: random.pick(MARKS),
    tos: family === 4 ? random.pick(TOSES) : 0,
  }
}

function address4(random: Random): string {
  const special = [
    '127.0.0.1',
    '224.0.0.1',
    '224.0.0.9',
    '255.255.255.255',
    '10.0.255.255',
    '10.1.0.255',
    '8.8.8.8',
    '1.2.3.4',
  ]
  if (random.chance(0.15)) return random.pick(special)
  return `10.${random.below(8)}.${random.pick([0, 1, 64, 128, 200])}.${random.pick([2, 3, 255, 77])}`
}

function address6(random: Random): string {
  if (random.chance(0.1)) return random.pick(['2001:4860::1', '2001:db8:9::9'])
  return `2001:db8:${random.below(6)}:${random.below(3)}::${random.pick(['2', '3', 'abcd'])}`
}

function command({ family, source, destination, device, mark, tos }: Question): string {
  const words = [`-${family}`, 'route', 'get', destination, 'from', source]
  if (device !== null) words.push('iif', device)
  if (mark !== 0) words.push('mark', String(mark))
  if (tos !== 0) words.push('tos', `0x${tos.toString(16)}`)
  // The family is an option of ip itself: within a batch the address tells it.
  return words.slice(1).join(' ')
}

/** Failed questions print nothing on standard output, and their line number on the other. */
function readAnswers(questions: readonly Question[]): string[] {
  const errors = spawnSync('cat', [join(directory, 'errors')], { encoding: 'utf8' }).stdout.split('\n')
  const failed = new Map<number, string>()
  errors.forEach((line, index) => {
    const at = /^Command failed .*:(\d+)$/.exec(line)
    if (at !== null) failed.set(Number(at[1]), errors[index - 1].replace(/^RTNETLINK answers: /, ''))
  })
  const lines = spawnSync('cat', [join(directory, 'answers')], { encoding: 'utf8' }).stdout.split('\n')
  return questions.map((_, index) => failed.get(index + 1) ?? answerOf(lines.shift() ?? ''))
}

/** `local`, `broadcast`, `multicast`, or the device; or the error that a route to nowhere has. */
function answerOf(line: string): string {
  const type = /^(local|broadcast|multicast|anycast|unreachable|prohibit|blackhole)\b/.exec(line)
  if (type !== null) return type[1]
  return /\bdev (\S+)/.exec(line)?.[1] ?? line
}

function decide(routing: Routing, question: Question): InputRoute | OutputRoute {
  const { family, device, mark, tos } = question
  const flow: Flow = {
    source: words(question.source),
    destination: words(question.destination),
    mark,
    tos,
    inInterface: device === null ? routing.box.loopback : routing.box.interfaceId(device),
    outInterface: 0,
    protocol: 17,
    srcPort: 0,
    dstPort: 0,
  }
  if (family === 4) return device === null ? routing.ipv4.output(flow, false) : routing.ipv4.input(flow)
  return device === null ? routing.ipv6.output(flow, false) : routing.ipv6.input(flow)
}

function words(text: string): Words {
  const address = parseAddress(text)
  if (address === null) throw new Error(`${text} is no address`)
  return address.words
}

function summary(box: Box, route: InputRoute | OutputRoute): string {
  switch (route.kind) {
    case 'drop':
      return Reason[route.reason]
    case 'deliver':
      return route.cast === 'unicast' ? 'local' : route.cast
    case 'forward':
      return box.interfaceName(route.outInterface)
    case 'send': {
      if (route.cast !== 'unicast') return route.cast
      return route.toBox ? 'local' : box.interfaceName(route.outInterface)
    }
  }
}

/** The kernel's errors for a reason; several reasons share one. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  MartianSource: ['Invalid argument'],
  MartianDestination: ['Invalid argument'],
  ReversePath: ['Invalid argument', 'Invalid cross-device link'],
  NoRoute: ['Network is unreachable', 'unreachable'],
  NotForwarding: ['No route to host', 'Network is unreachable', 'unreachable'],
  RouteUnreachable: ['No route to host', 'Network is unreachable', 'unreachable'],
  RouteProhibit: ['Permission denied', 'prohibit'],
  RouteBlackhole: ['Invalid argument', 'blackhole'],
  MulticastNotJoined: ['Invalid argument'],
}

function agrees(kernel: string, ours: string): boolean {
  return kernel === ours || (ERRORS[ours]?.includes(kernel) ?? false)
}
