/**
 * Random targets: every one with its options, where it is allowed.
 */
import { maskedMark, only, some, type Maker, type Vocabulary } from './draw.js'

const REJECT_WITH = {
  4: ['icmp-net-unreachable', 'icmp-host-unreachable', 'icmp-proto-unreachable', 'icmp-port-unreachable'].concat([
    'icmp-net-prohibited',
    'icmp-host-prohibited',
    'icmp-admin-prohibited',
  ]),
  6: ['icmp6-no-route', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable', 'icmp6-port-unreachable'].concat([
    'icmp6-policy-fail',
    'icmp6-reject-route',
  ]),
} as const

const reject: Maker = ({ random, place }) => {
  if (place.table !== 'filter' || !only(place, ['INPUT', 'FORWARD', 'OUTPUT'])) return null
  if (random.chance(0.2)) return '-j REJECT'
  const reset = place.protocol === 'tcp' && random.chance(0.6)
  return `-j REJECT --reject-with ${reset ? 'tcp-reset' : random.pick(REJECT_WITH[place.family])}`
}

const log: Maker = ({ random }) => {
  const words = some(random, [
    [0.6, `--log-prefix "${random.pick(['a: ', 'dropped'])}"`],
    [0.4, `--log-level ${random.pick([1, 4, 'debug', 'warning'])}`],
    [0.2, '--log-tcp-sequence'],
    [0.2, '--log-tcp-options'],
    [0.2, '--log-ip-options'],
    [0.1, '--log-uid'],
    [0.1, '--log-macdecode'],
  ])
  return `-j LOG${words === null ? '' : ` ${words}`}`
}

const nflog: Maker = ({ random }) => {
  const words = some(random, [
    [0.7, `--nflog-group ${random.int(0, 9)}`],
    [0.5, '--nflog-prefix "seen"'],
    [0.3, `--nflog-size ${random.pick([0, 64])}`],
    [0.2, `--nflog-threshold ${random.int(1, 5)}`],
  ])
  return `-j NFLOG${words === null ? '' : ` ${words}`}`
}

/** Nobody listens: the queue drops, unless it is to be passed by. */
const nfqueue: Maker = ({ random, place }) => {
  const bypass = place.table !== 'filter' || random.chance(0.6) ? ' --queue-bypass' : ''
  const queue = random.pick(['--queue-num 3', '--queue-balance 3:6', '--queue-balance 3:6 --queue-cpu-fanout'])
  return `-j NFQUEUE ${queue}${bypass}`
}

const mark: Maker = ({ random }) => {
  const option = random.pick(['--set-mark', '--set-xmark', '--and-mark', '--or-mark', '--xor-mark'])
  const plain = option === '--set-mark' || option === '--set-xmark'
  return `-j MARK ${option} ${plain ? maskedMark(random) : `0x${random.pick([1, 2, 0x10, 0xff]).toString(16)}`}`
}

const connmark: Maker = ({ random }) => {
  const masks = random.chance(0.5) ? '' : ` --nfmask 0x${random.pick([0xff, 0xf]).toString(16)} --ctmask 0xff`
  return `-j CONNMARK ${random.pick([
    `--set-xmark ${maskedMark(random)}`,
    `--set-mark ${maskedMark(random)}`,
    `--save-mark${masks}`,
    `--restore-mark${masks}`,
    '--save-mark --mask 0xf0',
    '--or-mark 0x10',
    '--and-mark 0xff',
    '--xor-mark 0x3',
    '--set-xmark 0x3/0xff --left-shift-mark 2',
    '--save-mark --right-shift-mark 1',
    '--restore-mark --left-shift-mark 4',
  ])}`
}

const connsecmark: Maker = ({ random, place }) =>
  place.table === 'mangle' || place.table === 'security'
    ? `-j CONNSECMARK ${random.pick(['--save', '--restore'])}`
    : null

const notrack: Maker = ({ random, place }) =>
  place.table === 'raw' ? random.pick(['-j NOTRACK', '-j CT --notrack']) : null

/** Zones, what is told of connections, and helpers, of which no packet here says anything. */
const ct: Maker = ({ random, place }) => {
  if (place.table !== 'raw') return null
  const helpers = { tcp: ['ftp', 'irc', 'sip'], udp: ['tftp', 'sip', 'netbios-ns'] }
  const helper = place.protocol === 'tcp' || place.protocol === 'udp' ? random.pick(helpers[place.protocol]) : null
  const zone = random.pick(['--zone', '--zone-orig', '--zone-reply'])
  const words = some(random, [
    [0.4, `--ctevents ${random.pick(['new', 'new,destroy', 'mark,related,assured'])}`],
    [0.2, '--expevents new'],
    [0.4, `${zone} ${random.pick(['1', '2', 'mark'])}`],
    [place.family === 4 && helper !== null ? 0.5 : 0, `--helper ${helper}`],
  ])
  return `-j CT ${words ?? '--zone 1'}`
}

/**
 * Not of what the box hears itself: of copies of own multicasts there would be copies again. Nor of ICMP, of which the
 * kernel's own errors are kept from the rules under study, and copies look like those.
 */
const tee: Maker = ({ random, place, world }) => {
  if (place.table !== 'mangle' || !['tcp', 'udp', 'sctp', 'dccp'].includes(place.protocol ?? '')) return null
  const network = random.pick(world.networks)
  const oif = random.chance(0.3) ? ` --oif ${network.name}` : ''
  const groups = place.family === 4 ? 'BROADCAST,MULTICAST' : 'MULTICAST'
  return `-m addrtype ! --dst-type ${groups} -j TEE --gateway ${random.pick(network.peers[place.family])}${oif}`
}

const trace: Maker = ({ place }) => (place.table === 'raw' ? '-j TRACE' : null)

const tos: Maker = ({ random, place }) =>
  place.table === 'mangle'
    ? `-j TOS ${random.pick(['--set-tos 0x10', '--set-tos 0x08/0x1e', '--and-tos 0xf0', '--or-tos 0x08', '--xor-tos 0x30'])}`
    : null

const dscp: Maker = ({ random, place }) =>
  place.table === 'mangle'
    ? `-j DSCP ${random.pick(['--set-dscp 0x2e', '--set-dscp-class AF21', '--set-dscp 0'])}`
    : null

const ecn: Maker = ({ random, place }) => {
  if (place.table !== 'mangle' || place.family === 6) return null
  if (place.protocol !== 'tcp') return `-j ECN --ecn-ip-ect ${random.int(0, 3)}`
  const parts = some(random, [
    [0.5, `--ecn-tcp-cwr ${random.int(0, 1)}`],
    [0.5, `--ecn-tcp-ece ${random.int(0, 1)}`],
    [0.3, `--ecn-ip-ect ${random.int(0, 3)}`],
  ])
  return `-j ECN ${parts ?? '--ecn-tcp-remove'}`
}

const ttl: Maker = ({ random, place }) => {
  if (place.table !== 'mangle') return null
  const name = place.family === 4 ? 'ttl' : 'hl'
  const option = random.pick([
    `set ${random.pick([1, 2, 64, 255])}`,
    `inc ${random.int(1, 5)}`,
    `dec ${random.int(1, 64)}`,
  ])
  return `-j ${name.toUpperCase()} --${name}-${option}`
}

/** Only segments that open a connection may be changed. */
const tcpmss: Maker = ({ random, place, aim }) => {
  if (place.table !== 'mangle' || place.protocol !== 'tcp') return null
  const clamps = only(place, ['FORWARD', 'OUTPUT', 'POSTROUTING']) && random.chance(0.5)
  aim.flags = 'S'
  const what = clamps ? '--clamp-mss-to-pmtu' : `--set-mss ${random.pick([100, 536, 1200, 1460])}`
  return `-m tcp --tcp-flags ${random.pick(['SYN,RST', 'SYN'])} SYN -j TCPMSS ${what}`
}

const tcpoptstrip: Maker = ({ random, place }) =>
  place.table === 'mangle' && place.protocol === 'tcp'
    ? `-j TCPOPTSTRIP --strip-options ${random.pick(['2', '3,4', 'sack', 'wscale,mss', '8', '5'])}`
    : null

const classify: Maker = ({ place }) =>
  place.table === 'mangle' && only(place, ['FORWARD', 'OUTPUT', 'POSTROUTING']) ? '-j CLASSIFY --set-class 1:2' : null

const checksum: Maker = ({ place }) => (place.table === 'mangle' ? '-j CHECKSUM --checksum-fill' : null)

const hmark: Maker = ({ random, place }) => {
  if (place.table !== 'mangle') return null
  const modulus = `--hmark-mod ${random.pick([2, 3, 16])} --hmark-rnd ${random.pick(['0xcafe', '7'])}`
  const offset = random.chance(0.5) ? ` --hmark-offset ${random.pick([1, 16, 255])}` : ''
  const tuple = random.pick([
    'src,dst',
    'ct,src,dst',
    'src,dst,sport,dport,proto',
    'ct,src,dst,sport,dport',
    'dst,dport',
  ])
  const how = random.pick([`--hmark-tuple ${tuple}`, '--hmark-src-prefix 24 --hmark-dport-mask 0xff'])
  return `-j HMARK ${how} ${modulus}${offset}`
}

const audit: Maker = ({ random }) => `-j AUDIT --type ${random.pick(['accept', 'drop', 'reject'])}`
const idletimer: Maker = ({ random }) => `-j IDLETIMER --timeout 600 --label timer${random.int(0, 2)}`
const rateest: Maker = ({ random }) =>
  `-j RATEEST --rateest-name rate${random.int(0, 2)} --rateest-interval 250ms --rateest-ewmalog 500ms`

/** Prefixes of IPv6, translated packet by packet. */
const prefixes: Maker = ({ random, place, world }) => {
  if (place.family === 4 || place.table !== 'mangle') return null
  const near = random.pick([...world.own[6], ...world.networks.flatMap(({ peers }) => peers[6])])
  const length = random.pick([48, 64])
  const inner = near.replace(/::.*/, '::')
  const [source, target] = random.chance(0.5) ? [inner, '2001:db8:77::'] : ['2001:db8:77::', inner]
  const words = `--src-pfx ${source}/${length} --dst-pfx ${target}/${length}`
  if (only(place, ['INPUT', 'POSTROUTING'])) return `-j SNPT ${words}`
  return only(place, ['PREROUTING', 'OUTPUT']) ? `-j DNPT ${words}` : null
}

export const TARGETS: Vocabulary = [
  [6, reject],
  [2, log],
  [2, nflog],
  [1, nfqueue],
  [8, mark],
  [7, connmark],
  [1, connsecmark],
  [4, notrack],
  [4, ct],
  [1, tee],
  [1, trace],
  [3, tos],
  [3, dscp],
  [2, ecn],
  [2, ttl],
  [3, tcpmss],
  [2, tcpoptstrip],
  [1, classify],
  [1, checksum],
  [3, hmark],
  [1, audit],
  [1, idletimer],
  [1, rateest],
  [1, prefixes],
]
