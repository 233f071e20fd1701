/**
 * Random sets of every type that the kernel has, filled from a world, and the rules that look packets up in them or
 * change them.
 */
import { runTool } from '../../../src/kernel/native-tool.js'
import { inNewNetworkNamespace } from '../../../src/kernel/network-namespace.js'
import type { Aim } from './aim.js'
import { not, only, prefix, some, type Draw, type Maker, type Vocabulary } from './draw.js'
import type { Random } from './random.js'
import { PORTS } from './transport-matches.js'
import { PEER_MACS, type World } from './world.js'

type Part = 'ip' | 'net' | 'port' | 'mac' | 'iface' | 'number' | 'set'

export interface RandomSet {
  readonly name: string
  /** Null: of no address, or of sets. */
  readonly family: 4 | 6 | null
  readonly parts: readonly Part[]
  readonly counters: boolean
  readonly timeout: boolean
  readonly info: boolean
  /** Each an element's parts as texts. */
  readonly elements: readonly (readonly string[])[]
}

/** Types of which every kernel that this was tried on has a module. */
const TYPES: Readonly<Record<string, readonly Part[]>> = {
  'bitmap:ip': ['ip'],
  'bitmap:ip,mac': ['ip', 'mac'],
  'bitmap:port': ['number'],
  'hash:ip': ['ip'],
  'hash:ip,port': ['ip', 'port'],
  'hash:ip,port,ip': ['ip', 'port', 'ip'],
  'hash:ip,port,net': ['ip', 'port', 'net'],
  'hash:net': ['net'],
  'hash:net,port': ['net', 'port'],
  'hash:net,iface': ['net', 'iface'],
  'list:set': ['set'],
}

/** The sets, and the text that `ipset save` prints of them. */
export function randomSets(random: Random, world: World): { sets: RandomSet[]; text: string } {
  const sets: RandomSet[] = []
  const lines: string[] = []
  for (let left = random.int(4, 9); left > 0; left--) {
    const drawn = drawSet(random, world, sets)
    sets.push(drawn.set)
    lines.push(...drawn.lines)
  }
  return { sets, text: saved(`${lines.join('\n')}\n`) }
}

/** What `ipset save` makes of it: elements once, in its own notation. */
function saved(text: string): string {
  return inNewNetworkNamespace(() => {
    runTool('ipset', ['-exist', 'restore'], text)
    return runTool('ipset', ['save'])
  })
}

function drawSet(random: Random, world: World, others: readonly RandomSet[]): { set: RandomSet; lines: string[] } {
  const type = random.pick(Object.keys(TYPES).filter((each) => each !== 'list:set' || others.length > 1))
  const parts = TYPES[type]
  const addressed = parts.includes('ip') || parts.includes('net')
  const family: 4 | 6 | null = !addressed ? null : type.startsWith('bitmap') || random.chance(0.6) ? 4 : 6
  const counters = random.chance(0.35)
  const timeout = random.chance(0.35)
  const info = random.chance(0.25)
  const name = `${parts[0]}${others.length}`
  const words = [`create ${name} ${type}`]
  if (type.startsWith('hash:')) {
    words.push(
      `family ${family === 6 ? 'inet6' : 'inet'} hashsize 64 maxelem ${random.pick([65_536, 65_536, 4])} initval 7`,
    )
    if (type === 'hash:ip' && random.chance(0.3)) words.push(`netmask ${family === 6 ? 64 : 29}`)
  } else if (type === 'bitmap:port') {
    words.push('range 0-40000')
  } else if (type.startsWith('bitmap:')) {
    words.push(`range ${bitmapRange(world)}`)
  }
  if (timeout) words.push(`timeout ${random.pick([0, 600])}`)
  if (counters) words.push('counters')
  if (info) words.push('skbinfo')
  const draw: PartDraw = { random, world, family: family ?? 4, others, bitmap: type.startsWith('bitmap:ip') }
  const count = words.join(' ').includes('maxelem 4 ') ? 2 : random.int(1, 5)
  const elements = Array.from({ length: count }, () => parts.map((part) => drawPart(draw, part)))
  const set = { name, family, parts, counters, timeout, info, elements }
  const lines = elements.map((element) => `add ${name} ${element.join(',')}${extras(random, type, set)}`)
  return { set, lines: [words.join(' '), ...lines] }
}

/** The network of the box's first address. */
function bitmapRange(world: World): string {
  const start = world.own[4][0].replace(/\d+$/, '')
  return `${start}0-${start}255`
}

interface PartDraw {
  readonly random: Random
  readonly world: World
  readonly family: 4 | 6
  readonly others: readonly RandomSet[]
  readonly bitmap: boolean
}

function drawPart({ random, world, family, others, bitmap }: PartDraw, part: Part): string {
  const all = [...world.own[family], ...world.networks.flatMap(({ peers }) => peers[family])]
  const near = world.own[4][0].replace(/\d+$/, '')
  switch (part) {
    case 'ip':
      return random.pick(bitmap ? all.filter((address) => address.startsWith(near)) : all)
    case 'net':
      return prefix(random, random.pick(all)).replace(/\/0$/, '/1')
    case 'port': {
      const ping = family === 4 ? 'icmp:8/0' : 'icmpv6:128/0'
      return random.pick([`tcp:${random.pick(PORTS)}`, `udp:${random.pick(PORTS)}`, ping, `tcp:${random.pick(PORTS)}`])
    }
    case 'number':
      return `${random.pick(PORTS)}`
    case 'mac':
      return random.pick(PEER_MACS)
    case 'iface':
      return random.pick([...world.networks.map(({ name }) => name), 'lo'])
    case 'set':
      return random.pick(others.filter(({ parts }) => parts[0] !== 'set')).name
  }
}

function extras(random: Random, type: string, set: Pick<RandomSet, 'counters' | 'timeout' | 'info'>): string {
  const words: string[] = []
  // Nothing dies while packets come: the sets are made a moment earlier.
  if (set.timeout && random.chance(0.5)) words.push(`timeout ${random.pick([0, 300])}`)
  if (set.counters && random.chance(0.5)) words.push(`packets ${random.int(0, 5)} bytes ${random.int(0, 900)}`)
  if (set.info) words.push(`skbmark ${random.pick(['0x1', '0x12/0xff', '0x0/0x3'])} skbprio 1:2 skbqueue 3`)
  if (type.includes('net') && random.chance(0.2)) words.push('nomatch')
  return words.length === 0 ? '' : ` ${words.join(' ')}`
}

/** `name src,dst`, with the aim of one of its elements. */
function use({ random, aim, sets, place }: Draw, of: RandomSet): string {
  const members = of.parts[0] === 'set' ? sets.filter(({ name }) => of.elements.flat().includes(name)) : [of]
  const inner = random.pick(members.length === 0 ? [of] : members)
  const directions = inner.parts.map((part) => (part === 'mac' ? 'src' : random.pick(['src', 'dst'])))
  // Now and then one too few or too many.
  if (random.chance(0.06)) directions.pop()
  if (directions.length === 0 || random.chance(0.05)) directions.push('src')
  if (inner.family === null || inner.family === place.family) {
    const element = random.pick(inner.elements)
    inner.parts.forEach((part, index) => aimAt(aim, part, element[index], directions[index] ?? 'src'))
  }
  return `${of.name} ${directions.slice(0, 6).join(',')}`
}

function aimAt(aim: Aim, part: Part, text: string, direction: string): void {
  switch (part) {
    case 'ip':
    case 'net':
      aim[direction === 'src' ? 'src' : 'dst'] = text.split('/')[0]
      break
    case 'number':
      aim[direction === 'src' ? 'srcPort' : 'dstPort'] = Number(text)
      break
    case 'port': {
      const [protocol, port] = text.split(':')
      aim.protocol = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 }[protocol] ?? 6
      if (!port.includes('/')) aim[direction === 'src' ? 'srcPort' : 'dstPort'] = Number(port)
      break
    }
    case 'mac':
      aim.mac = text
      break
    case 'iface':
      aim.inInterface = text
      break
    case 'set':
  }
}

/** iptables refuses sets of the other family. */
function fitting({ sets, place }: Draw): RandomSet[] {
  return sets.filter(({ family }) => family === null || family === place.family)
}

const lookup: Maker = (draw) => {
  const { random } = draw
  const sets = fitting(draw)
  if (sets.length === 0) return null
  const set = random.pick(sets)
  const words = [`-m set ${not(random)}--match-set ${use(draw, set)}`]
  if (random.chance(0.15)) words.push('--return-nomatch')
  if (random.chance(0.2)) words.push('! --update-counters')
  if (random.chance(0.1)) words.push('! --update-subcounters')
  for (const [counter, most] of [
    ['packets', 6],
    ['bytes', 500],
  ] as const) {
    if (!set.counters || !random.chance(0.3)) continue
    const operator = random.pick(['eq', 'lt', 'gt'])
    words.push(`${operator === 'eq' ? not(random) : ''}--${counter}-${operator} ${random.int(1, most)}`)
  }
  return words.join(' ')
}

const change: Maker = (draw) => {
  const { random, place } = draw
  const sets = fitting(draw)
  if (sets.length === 0) return null
  const set = random.pick(sets)
  const mapped = sets.filter(({ info }) => info)
  if (place.table === 'mangle' && mapped.length > 0 && random.chance(0.4)) {
    const leaving = only(place, ['FORWARD', 'OUTPUT', 'POSTROUTING'])
    const what = some(random, [
      [0.7, '--map-mark'],
      [leaving ? 0.3 : 0, '--map-prio'],
      [leaving ? 0.3 : 0, '--map-queue'],
    ])
    return `-j SET --map-set ${use(draw, random.pick(mapped))} ${what ?? '--map-mark'}`
  }
  if (random.chance(0.4)) return `-j SET --del-set ${use(draw, set)}`
  const words = [`-j SET --add-set ${use(draw, set)}`]
  if (random.chance(0.4)) words.push('--exist')
  if (set.timeout && random.chance(0.5)) words.push(`--timeout ${random.pick([1, 300])}`)
  return words.join(' ')
}

export const SET_MATCHES: Vocabulary = [[60, lookup]]
export const SET_TARGETS: Vocabulary = [[30, change]]
