/**
 * Random matches: every extension with its options and their negations, with values that packets can have.
 */
import { only, type Aim, type Place } from './aim.js'
import type { Random } from './random.js'
import { PEER_MACS, type World } from './world.js'

/** A match as iptables reads it, or null where it is not allowed; sets what the aim should be to match. */
type MatchMaker = (random: Random, place: Place, aim: Aim, world: World) => string | null

export const PORTS = [22, 53, 80, 443, 1024, 5000, 5001, 33_434]
const LENGTHS = [20, 28, 40, 41, 60, 100, 500, 576, 1400, 1500]
const TOS_VALUES = [0, 0x08, 0x10, 0x28, 0x88, 0xb8, 0xc0]
const DSCP_CLASSES = ['BE', 'EF', 'AF11', 'AF21', 'CS1', 'CS6']
const MARKS = [0, 1, 2, 3, 0x10, 0x12, 0xff, 0x100]
const STATES = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED']
const STATUSES = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED']
const FLAGS = ['SYN', 'ACK', 'FIN', 'RST', 'URG', 'PSH']

/** `! ` now and then, in front of what can be negated. */
export function not(random: Random): string {
  return random.chance(0.22) ? '! ' : ''
}

function port(random: Random, aim: Aim, field: 'srcPort' | 'dstPort'): string {
  const first = random.pick(PORTS)
  aim[field] = first
  return random.chance(0.3) ? `${first}:${first + random.int(1, 1000)}` : String(first)
}

function ports(random: Random, aim: Aim, field: 'srcPort' | 'dstPort'): string {
  const items = random
    .sample(PORTS, random.int(1, 5))
    .map((each) => (random.chance(0.2) ? `${each}:${each + 3}` : `${each}`))
  aim[field] = Number(random.pick(items).split(':')[0])
  return items.join(',')
}

/** `value`, or `value/mask`. */
export function maskedMark(random: Random): string {
  const value = random.pick(MARKS)
  return random.chance(0.5)
    ? `0x${value.toString(16)}`
    : `0x${value.toString(16)}/0x${random.pick([1, 3, 0xf, 0xff, 0xf0]).toString(16)}`
}

function anyAddress(random: Random, place: Place, world: World): string {
  const { family } = place
  return random.pick([...world.own[family], ...world.networks.flatMap(({ peers }) => peers[family])])
}

/** The address itself, or a prefix around it. */
export function prefix(random: Random, address: string): string {
  if (random.chance(0.5)) return address
  return `${address}/${address.includes(':') ? random.pick([32, 48, 64, 127]) : random.pick([0, 8, 16, 24, 30, 32])}`
}

const tcp: MatchMaker = (random, place, aim) => {
  if (place.protocol !== 'tcp') return null
  const words: string[] = []
  if (random.chance(0.3)) words.push(`${not(random)}--sport ${port(random, aim, 'srcPort')}`)
  if (random.chance(0.6)) words.push(`${not(random)}--dport ${port(random, aim, 'dstPort')}`)
  if (random.chance(0.3)) {
    const mask = random.sample(FLAGS, random.int(1, 4))
    const set = random.sample(mask, random.int(0, mask.length))
    aim.flags = set.map((flag) => flag[0]).join('')
    words.push(`${not(random)}--tcp-flags ${mask.join(',')} ${set.join(',') || 'NONE'}`)
  } else if (random.chance(0.2)) {
    aim.flags = 'S'
    words.push(`${not(random)}--syn`)
  }
  if (random.chance(0.1)) words.push(`${not(random)}--tcp-option ${random.pick([2, 3, 4, 5, 8])}`)
  return words.length === 0 ? null : `-m tcp ${words.join(' ')}`
}

const udp: MatchMaker = (random, place, aim) => {
  if (place.protocol !== 'udp') return null
  const source = random.chance(0.4) ? ` ${not(random)}--sport ${port(random, aim, 'srcPort')}` : ''
  const target = random.chance(0.7) ? ` ${not(random)}--dport ${port(random, aim, 'dstPort')}` : ''
  return source + target === '' ? null : `-m udp${source}${target}`
}

const icmp: MatchMaker = (random, place, aim) => {
  if (place.protocol !== 'icmp') return null
  const [text, type, code] = random.pick([
    ['8', 8, 0],
    ['echo-reply', 0, 0],
    ['3', 3, 1],
    ['3/3', 3, 3],
    ['host-unreachable', 3, 1],
    ['11/0', 11, 0],
    ['13', 13, 0],
    ['any', 8, 0],
  ] as const)
  aim.icmpType = type
  aim.icmpCode = code
  return `-m icmp ${not(random)}--icmp-type ${text}`
}

const icmp6: MatchMaker = (random, place, aim) => {
  if (place.protocol !== 'ipv6-icmp') return null
  const [text, type, code] = random.pick([
    ['128', 128, 0],
    ['echo-reply', 129, 0],
    ['135', 135, 0],
    ['neighbour-advertisement', 136, 0],
    ['1/4', 1, 4],
    ['destination-unreachable', 1, 0],
    ['2', 2, 0],
    ['130/0', 130, 0],
  ] as const)
  aim.icmpType = type
  aim.icmpCode = code
  return `-m icmp6 ${not(random)}--icmpv6-type ${text}`
}

const multiport: MatchMaker = (random, place, aim) => {
  if (place.protocol !== 'tcp' && place.protocol !== 'udp') return null
  const option = random.pick(['--sports', '--dports', '--ports'])
  return `-m multiport ${not(random)}${option} ${ports(random, aim, option === '--sports' ? 'srcPort' : 'dstPort')}`
}

const state: MatchMaker = (random) =>
  `-m state ${not(random)}--state ${random.sample(STATES, random.int(1, 3)).join(',')}`

const conntrack: MatchMaker = (random, place, aim, world) => {
  const words: string[] = []
  if (random.chance(0.6)) words.push(`${not(random)}--ctstate ${random.sample(STATES, random.int(1, 3)).join(',')}`)
  if (random.chance(0.2)) words.push(`${not(random)}--ctproto ${random.pick(['tcp', 'udp', '1', '58'])}`)
  for (const option of ['--ctorigsrc', '--ctorigdst', '--ctreplsrc', '--ctrepldst']) {
    if (random.chance(0.08)) words.push(`${not(random)}${option} ${prefix(random, anyAddress(random, place, world))}`)
  }
  for (const option of ['--ctorigsrcport', '--ctorigdstport', '--ctreplsrcport', '--ctrepldstport']) {
    if (random.chance(0.06)) words.push(`${not(random)}${option} ${port(random, aim, 'dstPort')}`)
  }
  if (random.chance(0.15)) words.push(`${not(random)}--ctstatus ${random.sample(STATUSES, random.int(1, 2)).join(',')}`)
  // Far from the timeouts that entries begin with, where a moment would decide.
  if (random.chance(0.08))
    words.push(`${not(random)}--ctexpire ${random.pick(['1:20', '25:100', '100:200', '200:400', '1000:500000'])}`)
  if (random.chance(0.15)) words.push(`--ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`)
  return words.length === 0 ? null : `-m conntrack ${words.join(' ')}`
}

const mark: MatchMaker = (random) => `-m mark ${not(random)}--mark ${maskedMark(random)}`
const connmark: MatchMaker = (random) => `-m connmark ${not(random)}--mark ${maskedMark(random)}`
const comment: MatchMaker = (random) =>
  `-m comment --comment "${random.pick(['word', 'two words', 'a "b" c'.replaceAll('"', "'")])}"`

const addrtype: MatchMaker = (random, place) => {
  const types =
    place.family === 4
      ? ['UNICAST', 'LOCAL', 'BROADCAST', 'MULTICAST', 'ANYCAST', 'UNSPEC', 'BLACKHOLE']
      : ['UNICAST', 'LOCAL', 'MULTICAST', 'ANYCAST']
  const list = (): string => random.sample(types, random.int(1, 2)).join(',')
  const source = random.chance(0.5) ? ` ${not(random)}--src-type ${list()}` : ''
  const target = source === '' || random.chance(0.5) ? ` ${not(random)}--dst-type ${list()}` : ''
  const into = random.chance(0.2) && only(place, ['PREROUTING', 'INPUT', 'FORWARD']) ? ' --limit-iface-in' : ''
  const out = into === '' && random.chance(0.2) && only(place, ['FORWARD', 'OUTPUT', 'POSTROUTING'])
  return `-m addrtype${source}${target}${into}${out ? ' --limit-iface-out' : ''}`
}

const iprange: MatchMaker = (random, place, aim, world) => {
  const range = (field: 'src' | 'dst'): string => {
    const address = anyAddress(random, place, world)
    aim[field] = address
    const last = place.family === 4 ? address.replace(/\d+$/, '255') : `${address.replace(/[^:]*$/, '')}ffff`
    return `${address}-${random.chance(0.5) ? last : address}`
  }
  const source = random.chance(0.5) ? ` ${not(random)}--src-range ${range('src')}` : ''
  const target = source === '' || random.chance(0.3) ? ` ${not(random)}--dst-range ${range('dst')}` : ''
  return `-m iprange${source}${target}`
}

const length: MatchMaker = (random, _place, aim) => {
  const value = random.pick(LENGTHS)
  aim.length = value
  return `-m length ${not(random)}--length ${random.pick([`${value}`, `${value}:${value + 200}`, `:${value}`, `${value}:`])}`
}

const mac: MatchMaker = (random, place, aim) => {
  if (!only(place, ['PREROUTING', 'INPUT', 'FORWARD'])) return null
  aim.mac = random.pick(PEER_MACS)
  return `-m mac ${not(random)}--mac-source ${aim.mac}`
}

const pkttype: MatchMaker = (random) =>
  `-m pkttype ${not(random)}--pkt-type ${random.pick(['unicast', 'broadcast', 'multicast', 'host'])}`

const ttl: MatchMaker = (random, place, aim) => {
  const name = place.family === 4 ? 'ttl' : 'hl'
  aim.ttl = random.pick([1, 2, 63, 64, 128, 255])
  const operator = random.pick(['eq', 'lt', 'gt'])
  return `-m ${name} ${operator === 'eq' ? not(random) : ''}--${name}-${operator} ${aim.ttl}`
}

const tos: MatchMaker = (random, _place, aim) => {
  aim.tos = random.pick(TOS_VALUES)
  const mask = random.chance(0.5) ? `/0x${random.pick([0xff, 0x3f, 0xfc]).toString(16)}` : ''
  return `-m tos ${not(random)}--tos 0x${aim.tos.toString(16)}${mask}`
}

const dscp: MatchMaker = (random, _place, aim) => {
  aim.tos = random.pick(TOS_VALUES)
  const option = random.chance(0.5) ? `--dscp ${aim.tos >> 2}` : `--dscp-class ${random.pick(DSCP_CLASSES)}`
  return `-m dscp ${not(random)}${option}`
}

export const MATCHES: readonly (readonly [number, MatchMaker])[] = [
  [14, tcp],
  [10, udp],
  [8, icmp],
  [8, icmp6],
  [6, multiport],
  [4, state],
  [9, conntrack],
  [5, mark],
  [4, connmark],
  [1, comment],
  [4, addrtype],
  [4, iprange],
  [5, length],
  [3, mac],
  [3, pkttype],
  [3, ttl],
  [3, tos],
  [3, dscp],
]
