/**
 * Random matches on the extension headers of IPv6, and the headers that traffic is to carry for them.
 */
import type { ExtensionHeader } from '../packets.js'
import { not, only, some, type Maker, type Vocabulary } from './draw.js'
import { words } from './transport-matches.js'

/** Numbers of extension headers. */
const HOP_BY_HOP = 0
const ROUTING = 43
const FRAGMENT = 44
const DESTINATION = 60

/** Options headers: padding alone, padding of several lengths, an option that is to be skipped. */
const OPTIONS = [
  Buffer.from([0, 0, 1, 4, 0, 0, 0, 0]),
  Buffer.from([0, 1, 0, 1, 1, 0, 1, 7, 0, 0, 0, 0, 0, 0, 0, 0]),
  Buffer.from([0, 0, 0x1e, 2, 5, 6, 1, 0]),
]
/** Without segments left, or the packet is dropped. */
const ROUTES = [words(0x0000_0000, 0), words(0x0002_0000, 0, 0x20010db8, 0, 0, 9), words(0x0000_0500, 0)]

function optionsMatch(name: 'hbh' | 'dst', number: number): Maker {
  return ({ random, place, aim }) => {
    if (place.family === 4) return null
    const bytes = random.pick(OPTIONS)
    aim.extensions = [{ number, bytes }]
    const chosen = some(random, [
      [0.5, `${not(random)}--${name}-len ${random.pick([8, 16])}`],
      [0.5, `--${name}-opts ${random.pick(['1', '1:4', '0,1', '30:2', '1:0', '0,1:1,0'])}`],
    ])
    return `-m ${name}${chosen === null ? '' : ` ${chosen}`}`
  }
}

const rt: Maker = ({ random, place, aim }) => {
  if (place.family === 4) return null
  aim.extensions = [{ number: ROUTING, bytes: random.pick(ROUTES) }]
  const tests = some(random, [
    [0.4, `${not(random)}--rt-type ${random.pick([0, 2, 5])}`],
    [0.4, `${not(random)}--rt-segsleft ${random.pick(['0', '1', '0:3'])}`],
    [0.4, `${not(random)}--rt-len ${random.pick([8, 24])}`],
  ])
  const zero = random.chance(0.2) ? ' --rt-type 0 --rt-0-addrs 2001:db8::9 --rt-0-not-strict' : ''
  return zero === '' ? `-m rt${tests === null ? '' : ` ${tests}`}` : `-m rt${zero}`
}

const frag: Maker = ({ random, place, aim }) => {
  if (place.family === 4) return null
  aim.extensions = [{ number: FRAGMENT, bytes: words(0, random.pick([1, 9, 0x1234])) }]
  const chosen = some(random, [
    [0.4, `${not(random)}--fragid ${random.pick(['9', '1:100', '0x1234'])}`],
    [0.2, '--fragres'],
    [0.3, '--fragfirst'],
    [0.3, random.pick(['--fragmore', '--fraglast'])],
  ])
  return `-m frag${chosen === null ? '' : ` ${chosen}`}`
}

const ipv6header: Maker = ({ random, place, aim }) => {
  if (place.family === 4) return null
  const names = random.sample(['hop-by-hop', 'ipv6-opts', 'ipv6-route', 'ipv6-frag', 'protocol'], random.int(1, 3))
  const headers: Readonly<Record<string, ExtensionHeader>> = {
    'hop-by-hop': { number: HOP_BY_HOP, bytes: OPTIONS[0] },
    'ipv6-opts': { number: DESTINATION, bytes: OPTIONS[0] },
    'ipv6-route': { number: ROUTING, bytes: ROUTES[0] },
  }
  aim.extensions = names.flatMap((name) => headers[name] ?? [])
  return `-m ipv6header ${random.chance(0.5) ? '--soft ' : ''}${not(random)}--header ${names.join(',')}`
}

const mh: Maker = ({ random, place, aim }) => {
  if (place.protocol !== 'mobility-header' || place.family === 4) return null
  const type = random.pick([0, 1, 5])
  aim.body = Buffer.from([random.pick([59, 59, 58]), 0, type, 0, 0, 0, 0, 0])
  return `-m mh ${not(random)}--mh-type ${random.pick([`${type}`, `${type}:${type + 2}`])}`
}

/** Behind a protocol: without one, the kernel leaves open whether a packet counts as a later fragment. */
const eui64: Maker = ({ place }) =>
  place.family === 6 && place.protocol !== null && only(place, ['PREROUTING', 'INPUT', 'FORWARD']) ? '-m eui64' : null

export const IPV6_HEADER_MATCHES: Vocabulary = [
  [3, optionsMatch('hbh', HOP_BY_HOP)],
  [3, optionsMatch('dst', DESTINATION)],
  [3, rt],
  [2, frag],
  [3, ipv6header],
  [6, mh],
  [1, eui64],
]
