/**
 * Random matches on transport headers, with the values that random traffic has.
 */
import { not, some, type Draw, type Maker, type Vocabulary } from './draw.js'
import type { Random } from './random.js'

export const PORTS = [22, 53, 80, 443, 1024, 5000, 5001, 33_434]
const FLAGS = ['SYN', 'ACK', 'FIN', 'RST', 'URG', 'PSH']
const SEGMENT_SIZES = [536, 900, 1400, 1460]
const PARAMETERS = [0, 1, 5, 256, 0xffff_ffff]

export function port({ random, aim }: Draw, field: 'srcPort' | 'dstPort'): string {
  const first = random.pick(PORTS)
  aim[field] = first
  return random.weighted([
    [7, `${first}`],
    [3, `${first}:${first + random.int(1, 1000)}`],
    [1, `${first}:`],
    [1, `:${first}`],
  ])
}

function ports({ random, aim }: Draw, field: 'srcPort' | 'dstPort'): string {
  const items = random
    .sample(PORTS, random.int(1, 5))
    .map((each) => (random.chance(0.2) ? `${each}:${each + 3}` : `${each}`))
  aim[field] = Number(random.pick(items).split(':')[0])
  return items.join(',')
}

/** A number, or a range around it. */
function rangeOf(random: Random, value: number): string {
  return random.pick([`${value}`, `${value}`, `${value}:${value + 9 > 0xffff_ffff ? value : value + 9}`, `${value}:`])
}

const tcp: Maker = (draw) => {
  const { random, place, aim } = draw
  if (place.protocol !== 'tcp') return null
  const words: string[] = []
  if (random.chance(0.3)) words.push(`${not(random)}--sport ${port(draw, 'srcPort')}`)
  if (random.chance(0.6)) words.push(`${not(random)}--dport ${port(draw, 'dstPort')}`)
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

const udp: Maker = (draw) => {
  const { random, place } = draw
  if (place.protocol !== 'udp') return null
  const source = random.chance(0.4) ? ` ${not(random)}--sport ${port(draw, 'srcPort')}` : ''
  const target = random.chance(0.7) ? ` ${not(random)}--dport ${port(draw, 'dstPort')}` : ''
  return source + target === '' ? null : `-m udp${source}${target}`
}

const icmp: Maker = ({ random, place, aim }) => {
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

const icmp6: Maker = ({ random, place, aim }) => {
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

const sctp: Maker = (draw) => {
  const { random, place } = draw
  if (place.protocol !== 'sctp') return null
  const chunk = (): string =>
    random.pick([
      'DATA',
      'DATA:Be',
      'DATA:u',
      'INIT',
      'INIT_ACK',
      'SACK',
      'ABORT:T',
      'ABORT:t',
      'HEARTBEAT',
      'COOKIE_ACK',
    ])
  const chunks = `${random.pick(['all', 'any', 'only'])} ${random.sample([chunk(), chunk(), chunk()], random.int(1, 3)).join(',')}`
  const chosen = some(random, [
    [0.3, `${not(random)}--sport ${port(draw, 'srcPort')}`],
    [0.4, `${not(random)}--dport ${port(draw, 'dstPort')}`],
    [0.6, `${not(random)}--chunk-types ${chunks}`],
  ])
  return `-m sctp ${chosen ?? '--dport 0:65535'}`
}

const dccp: Maker = (draw) => {
  const { random, place } = draw
  if (place.protocol !== 'dccp') return null
  const types = random.sample(
    ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'RESET', 'SYNC'],
    random.int(1, 3),
  )
  const chosen = some(random, [
    [0.3, `${not(random)}--sport ${port(draw, 'srcPort')}`],
    [0.4, `${not(random)}--dport ${port(draw, 'dstPort')}`],
    [0.5, `${not(random)}--dccp-types ${types.join(',')}`],
    [0.3, `${not(random)}--dccp-option ${random.pick([1, 37, 44, 200])}`],
  ])
  return chosen === null ? null : `-m dccp ${chosen}`
}

const WITH_PORTS = new Set<Draw['place']['protocol']>(['tcp', 'udp', 'sctp', 'dccp', 'udplite'])

const multiport: Maker = (draw) => {
  const { random, place } = draw
  if (!WITH_PORTS.has(place.protocol)) return null
  const option = random.pick(['--sports', '--dports', '--ports'])
  return `-m multiport ${not(random)}${option} ${ports(draw, option === '--sports' ? 'srcPort' : 'dstPort')}`
}

const tcpmss: Maker = ({ random, place, aim }) => {
  if (place.protocol !== 'tcp') return null
  aim.mss = random.pick(SEGMENT_SIZES)
  return `-m tcpmss ${not(random)}--mss ${random.pick([`${aim.mss}`, `${aim.mss}:${aim.mss + 200}`])}`
}

const esp: Maker = ({ random, place, aim }) => {
  if (place.protocol !== 'esp') return null
  const index = random.pick(PARAMETERS)
  aim.body = words(index, 1)
  return `-m esp ${not(random)}--espspi ${rangeOf(random, index)}`
}

const ipcomp: Maker = ({ random, place, aim }) => {
  if (place.protocol !== 'ipcomp') return null
  const index = random.pick([0, 5, 256, 0xffff])
  aim.body = words(0x0600_0000 + index)
  return `-m ipcomp ${not(random)}--ipcompspi ${index === 0xffff ? index : rangeOf(random, index)}`
}

/** Of IPv6 it is an extension header. */
const ah: Maker = ({ random, place, aim }) => {
  if (place.family === 4 && place.protocol !== 'ah') return null
  const index = random.pick(PARAMETERS)
  const reserved = random.chance(0.2) ? 7 : 0
  const header = words(0x3b04_0000 + reserved, index, 1, 2, 3, 4)
  if (place.family === 4) aim.body = header
  else aim.extensions = [{ number: 51, bytes: header }]
  const test = `${not(random)}--ahspi ${rangeOf(random, index)}`
  if (place.family === 4) return `-m ah ${test}`
  const length = `${not(random)}--ahlen ${random.pick([0, 16, 24])}`
  const chosen = some(random, [
    [0.7, test],
    [0.3, length],
    [0.2, '--ahres'],
  ])
  return `-m ah ${chosen ?? ''}`
}

const ecn: Maker = ({ random, place, aim }) => {
  const codepoint = random.int(0, 3)
  aim.tos = codepoint
  if (place.protocol !== 'tcp') return `-m ecn ${not(random)}--ecn-ip-ect ${codepoint}`
  aim.flags = random.pick(['SEC', 'SAE', 'SC', 'AC'])
  const chosen = some(random, [
    [0.5, `${not(random)}--ecn-tcp-cwr`],
    [0.5, `${not(random)}--ecn-tcp-ece`],
    [0.5, `${not(random)}--ecn-ip-ect ${codepoint}`],
  ])
  return `-m ecn ${chosen ?? '--ecn-tcp-ece'}`
}

/** Big-endian words of 32 bits. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, 4 * index))
  return bytes
}

export const TRANSPORT_MATCHES: Vocabulary = [
  [14, tcp],
  [10, udp],
  [8, icmp],
  [8, icmp6],
  [6, multiport],
  [8, sctp],
  [8, dccp],
  [3, tcpmss],
  [8, esp],
  [8, ipcomp],
  [5, ah],
  [3, ecn],
]
