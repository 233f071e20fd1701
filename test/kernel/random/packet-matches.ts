/**
 * Random matches on addresses, header fields, contents and surroundings of packets.
 */
import { anyAddress, not, only, some, type Draw, type Maker, type Vocabulary } from './draw.js'
import { PEER_MACS } from './world.js'

const LENGTHS = [20, 28, 40, 41, 60, 100, 500, 576, 1400, 1500]
const TOS_VALUES = [0, 0x08, 0x10, 0x28, 0x88, 0xb8, 0xc0]
const DSCP_CLASSES = ['BE', 'EF', 'AF11', 'AF21', 'CS1', 'CS6']
/** Fields of the header, of what is behind it, beyond the end of short packets. */
const WORD_TESTS = {
  4: [
    '6&0xFF=6,17',
    '0&0xFFFF=40:60',
    '0>>22&0x3C@0>>16=22,53,80',
    '0>>22&0x3C@12&0xFFFF=1:0xffff',
    '0>>22&0x3C@4=0:100&&6&0xFF=17',
    '40=0:0xffffffff',
    '12=0x0a000009',
  ],
  6: ['4&0xFF=64', '4>>8&0xFF=6,17', '40>>16=22,53,80', '60=0:0xffffffff', '0>>28=6&&8=0x20010db8'],
} as const
const PROGRAMS = [
  '5,48 0 0 0,84 0 0 240,21 0 1 64,6 0 0 1,6 0 0 0',
  '4,48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0',
  '4,48 0 0 6,21 0 1 58,6 0 0 1,6 0 0 0',
  '2,32 0 0 60,6 0 0 1',
  '4,128 0 0 0,53 0 1 60,6 0 0 0,6 0 0 1',
  '5,177 0 0 0,72 0 0 2,37 0 1 1023,6 0 0 1,6 0 0 0',
]
const RECEIVED = ['PREROUTING', 'INPUT', 'FORWARD'] as const
const LEAVING = ['FORWARD', 'OUTPUT', 'POSTROUTING'] as const

const comment: Maker = ({ random }) => `-m comment --comment "${random.pick(['word', 'two words', "a 'b' c"])}"`

const addrtype: Maker = ({ random, place }) => {
  const types =
    place.family === 4
      ? ['UNICAST', 'LOCAL', 'BROADCAST', 'MULTICAST', 'ANYCAST', 'UNSPEC', 'BLACKHOLE']
      : ['UNICAST', 'LOCAL', 'MULTICAST', 'ANYCAST']
  const list = (): string => random.sample(types, random.int(1, 2)).join(',')
  const source = random.chance(0.5) ? ` ${not(random)}--src-type ${list()}` : ''
  const target = source === '' || random.chance(0.5) ? ` ${not(random)}--dst-type ${list()}` : ''
  const into = random.chance(0.2) && only(place, RECEIVED) ? ' --limit-iface-in' : ''
  const out = into === '' && random.chance(0.2) && only(place, LEAVING)
  return `-m addrtype${source}${target}${into}${out ? ' --limit-iface-out' : ''}`
}

const iprange: Maker = (draw) => {
  const { random, place, aim } = draw
  const range = (field: 'src' | 'dst'): string => {
    const address = anyAddress(draw)
    aim[field] = address
    const last = place.family === 4 ? address.replace(/\d+$/, '255') : `${address.replace(/[^:]*$/, '')}ffff`
    return `${address}-${random.chance(0.5) ? last : address}`
  }
  const source = random.chance(0.5) ? ` ${not(random)}--src-range ${range('src')}` : ''
  const target = source === '' || random.chance(0.3) ? ` ${not(random)}--dst-range ${range('dst')}` : ''
  return `-m iprange${source}${target}`
}

const length: Maker = ({ random, aim }) => {
  const value = random.pick(LENGTHS)
  aim.length = value
  return `-m length ${not(random)}--length ${random.pick([`${value}`, `${value}:${value + 200}`, `:${value}`, `${value}:`])}`
}

const mac: Maker = ({ random, place, aim }) => {
  if (!only(place, RECEIVED)) return null
  aim.mac = random.pick(PEER_MACS)
  return `-m mac ${not(random)}--mac-source ${aim.mac}`
}

const pkttype: Maker = ({ random }) =>
  `-m pkttype ${not(random)}--pkt-type ${random.pick(['unicast', 'broadcast', 'multicast', 'host'])}`

const ttl: Maker = ({ random, place, aim }) => {
  const name = place.family === 4 ? 'ttl' : 'hl'
  aim.ttl = random.pick([1, 2, 63, 64, 128, 255])
  const operator = random.pick(['eq', 'lt', 'gt'])
  return `-m ${name} ${operator === 'eq' ? not(random) : ''}--${name}-${operator} ${aim.ttl}`
}

const tos: Maker = ({ random, aim }) => {
  aim.tos = random.pick(TOS_VALUES)
  const mask = random.chance(0.5) ? `/0x${random.pick([0xff, 0x3f, 0xfc]).toString(16)}` : ''
  return `-m tos ${not(random)}--tos 0x${aim.tos.toString(16)}${mask}`
}

const dscp: Maker = ({ random, aim }) => {
  aim.tos = random.pick(TOS_VALUES)
  const option = random.chance(0.5) ? `--dscp ${aim.tos >> 2}` : `--dscp-class ${random.pick(DSCP_CLASSES)}`
  return `-m dscp ${not(random)}${option}`
}

/** Traffic carries letters d in TCP, u in UDP, e in echoes. */
const string: Maker = ({ random }) => {
  const pattern = random.pick([
    '--string "ddd"',
    '--string "uuuu"',
    '--string "eee"',
    '--string "UU"',
    '--hex-string "|7575|"',
    '--hex-string "d|64|d"',
    '--hex-string "|0001|"',
  ])
  const limits = random.pick([
    '',
    '',
    '',
    ' --from 28',
    ' --from 60',
    ' --to 70',
    ' --from 40 --to 41',
    ' --from 0 --to 600',
  ])
  const cased = random.chance(0.2) ? ' --icase' : ''
  return `-m string ${not(random)}${pattern} --algo ${random.pick(['bm', 'kmp'])}${limits}${cased}`
}

const u32: Maker = ({ random, place }) => {
  const test = random.pick(WORD_TESTS[place.family])
  return `-m u32 ${not(random)}--u32 "${test}"`
}

const bpf: Maker = ({ random }) => `-m bpf --bytecode "${random.pick(PROGRAMS)}"`

/** Far from the present, but for the day. */
const time: Maker = ({ random }) => {
  const dates = some(random, [
    [0.3, `--datestart ${random.pick(['2020-01-01T00:00:00', '2036-01-01'])}`],
    [0.3, `--datestop ${random.pick(['2036-01-01T00:00:00', '2021-03-04T05:06:07'])}`],
    [0.3, `${not(random)}--weekdays ${random.pick(['Mon,Tue', 'Sat,Sun', '1,2,3,4,5', 'We,Th'])}`],
    [0.3, `${not(random)}--monthdays ${random.pick(['1,2,3', '24,25', '10,20,30,31'])}`],
  ])
  const clock = random.pick([
    '',
    '--timestart 00:00:00 --timestop 11:59:59',
    '--timestart 12:00 --timestop 23:59:59',
    '--timestart 20:00 --timestop 04:00',
    '--timestart 20:00 --timestop 04:00 --contiguous',
  ])
  const zone = random.pick(['', '', '--kerneltz'])
  return ['-m time', dates, clock, zone].filter((word) => word !== null && word !== '').join(' ')
}

const realm: Maker = ({ random, place }) =>
  place.family === 4 && only(place, ['INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'])
    ? `-m realm ${not(random)}--realm ${random.pick(['0', '1', '0/0xff', '0x10/0xf0'])}`
    : null

const rpfilter: Maker = ({ random, place }) => {
  if ((place.table !== 'raw' && place.table !== 'mangle') || !only(place, ['PREROUTING'])) return null
  const flags = some(random, [
    [0.3, '--loose'],
    [0.2, '--validmark'],
    [0.3, '--accept-local'],
    [0.3, '--invert'],
  ])
  return `-m rpfilter${flags === null ? '' : ` ${flags}`}`
}

const physdev: Maker = ({ random, place, world }) => {
  if (!only(place, ['PREROUTING', 'INPUT', 'FORWARD', 'POSTROUTING'])) return null
  const chosen = some(random, [
    [0.5, `${not(random)}--physdev-in ${random.pick(world.networks).name}`],
    [0.3, `${not(random)}--physdev-is-in`],
    [0.3, `${not(random)}--physdev-is-out`],
    [0.3, `${not(random)}--physdev-is-bridged`],
  ])
  return chosen === null ? null : `-m physdev ${chosen}`
}

/** Groups that the worlds' interfaces have, or no interface. */
const devgroup: Maker = ({ random, place }) => {
  const group = random.pick(['0', '0x7', '0x10/0x10', '0x5'])
  const into = only(place, RECEIVED) ? `${not(random)}--src-group ${group}` : null
  const out = only(place, LEAVING) ? `${not(random)}--dst-group ${group}` : null
  const words = [into, out].filter((each) => each !== null)
  return words.length === 0 ? null : `-m devgroup ${words.join(' ')}`
}

const policy: Maker = (draw) => {
  const { random, place } = draw
  const into = only(place, RECEIVED)
  if (!into && !only(place, LEAVING)) return null
  const kind = random.pick(['--pol none', '--pol ipsec', `--pol ipsec --strict ${element(draw)}`])
  return `-m policy --dir ${into ? 'in' : 'out'} ${kind}`
}

function element({ random }: Draw): string {
  const chosen = some(random, [
    [0.5, `${not(random)}--reqid ${random.int(1, 9)}`],
    [0.5, `${not(random)}--proto esp`],
    [0.3, '--mode tunnel'],
  ])
  return chosen ?? '--spi 0x100'
}

export const PACKET_MATCHES: Vocabulary = [
  [1, comment],
  [4, addrtype],
  [4, iprange],
  [5, length],
  [3, mac],
  [3, pkttype],
  [3, ttl],
  [3, tos],
  [3, dscp],
  [3, string],
  [3, u32],
  [2, bpf],
  [2, time],
  [2, realm],
  [4, rpfilter],
  [1, physdev],
  [1, devgroup],
  [2, policy],
]
