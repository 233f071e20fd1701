/**
 * Makes random texts for iptables-restore that use all that hookline knows: options with their synonyms, edge values,
 * names for numbers, negations, user chains. Most can be loaded; now and then one is wrong.
 */
import { TABLE_HOOKS } from '../../src/ruleset/builtin-chains.js'
import { type Family, HOOK_NAMES, TABLE_NAMES, type TableName } from '../../src/ruleset/ruleset.js'
import type { Random } from '../random.js'

interface Place {
  readonly random: Random
  readonly family: Family
  readonly table: TableName
  readonly chain: string
  /** The rule's `-p`, or ''. */
  readonly protocol: string
}

type Piece = (place: Place) => string

const PROTOCOLS = [
  'tcp',
  'udp',
  'icmp',
  'TCP',
  '6',
  '17',
  '47',
  'esp',
  'sctp',
  'all',
  '0',
  '253',
  'ipv6-icmp',
  'udplite',
  '0x11',
]
const CHAIN_NAMES = [
  'a',
  'B',
  'zone-1',
  'x_y',
  'LOGDROP',
  'fw.in',
  'abcdefghijklmnopqrstuvwxyz12',
  'ufw-user',
  '0',
  'in:out',
]
const PORTS = ['0', '1', '22', '80', '65535', '1024', '0x50', '010', 'ssh', 'http', 'domain', 'https']
const MARKS = ['0', '1', '0xff', '0xffffffff', '1/0xf', '0x10/0x10', '0/0', '4294967295', '010', '0x1234/255']
const TEXTS = [
  'a',
  'hello world',
  'say "hi"',
  "it's",
  'back\\slash',
  'x_y-z',
  'DROP: ',
  'a b',
  ' ',
  '$(id)',
  'ünïcode',
  '#',
  "'",
  '!',
]

export function randomRuleset(random: Random, family: Family): string {
  return random
    .some(TABLE_NAMES, 2)
    .map((table) => randomTable(random, family, table))
    .join('')
}

function randomTable(random: Random, family: Family, table: TableName): string {
  const builtin = TABLE_HOOKS[table].map((hook) => HOOK_NAMES[hook])
  const user = random.chance(0.7) ? random.some(CHAIN_NAMES, 4) : []
  const counters = (): string =>
    `[${random.pick(['0', '1', '18446744073709551615', '123456'])}:${random.between(0, 1e9)}]`
  const lines = [`*${table}`]
  for (const chain of builtin)
    lines.push(`:${chain} ${table === 'nat' ? 'ACCEPT' : random.pick(['ACCEPT', 'DROP'])} ${counters()}`)
  for (const chain of user) lines.push(`:${chain} - [0:0]`)
  for (let count = random.between(1, 12); count > 0; count--) {
    const chain = random.pick([...builtin, ...user])
    const target = maybe(random, 0.9, () => randomTarget(random, family, table, chain, user))
    const front = maybe(random, 0.5, () => `${counters()} `)
    lines.push(`${front}-A ${chain}${randomRule(random, family, table, chain, target)}`)
  }
  return [...lines, 'COMMIT', ''].join('\n')
}

function randomRule(random: Random, family: Family, table: TableName, chain: string, target: string): string {
  const wanted = random.chance(0.6) ? random.pick(PROTOCOLS) : ''
  const protocol = target.includes('tcp-r') ? 'tcp' : wanted
  const place = { random, family, table, chain, protocol }
  const header = [
    protocol === '' ? '' : ` -p ${protocol}`,
    maybe(random, 0.3, () => `${not(place)} ${random.pick(['-s', '--source', '--src'])} ${addressAndMask(place)}`),
    maybe(random, 0.3, () => `${not(place)} ${random.pick(['-d', '--dst'])} ${addressAndMask(place)}`),
    maybe(
      random,
      0.2,
      () => `${not(place)} -i ${random.pick(['eth0', 'lo', 'wg+', '+', 'a', 'abcdefghijklmno', 'eth0.10'])}`,
    ),
    maybe(random, 0.2, () => `${not(place)} -o ${random.pick(['eth0', 'br-0123456789a', 'tun+', '+'])}`),
    maybe(random, family === 4 ? 0.1 : 0, () => `${not(place)} -f`),
  ]
  if (/^(?:POSTROUTING|OUTPUT)$/.test(chain)) header[3] = ''
  if (/^(?:PREROUTING|INPUT)$/.test(chain)) header[4] = ''
  const matches = random.chance(0.7) ? random.some(matchesFor(place), 3).map((piece) => piece(place)) : []
  return [...header, ...matches, target].join('')
}

function randomTarget(
  random: Random,
  family: Family,
  table: TableName,
  chain: string,
  user: readonly string[],
): string {
  const place = { random, family, table, chain, protocol: '' }
  const verdicts = [' -j ACCEPT', ' -j RETURN', table === 'nat' ? ' -j ACCEPT' : ' -j DROP', ' -j QUEUE']
  // Only to chains further on in the list, so that there are few loops.
  const further = user.slice(user.indexOf(chain) + 1)
  const jumps = further.flatMap((name) => [` -j ${name}`, ` -g ${name}`])
  const extensions = [log, nflog, mark, connmark]
  if (table === 'filter') extensions.push(reject)
  if (table === 'raw') extensions.push(() => ` -j ${random.pick(['NOTRACK', 'CT --notrack'])}`)
  if (table === 'mangle') extensions.push(tos, dscp, timeToLive)
  const which = random.between(0, 2)
  if (which === 0) return random.pick(verdicts)
  return which === 1 && jumps.length > 0 ? random.pick(jumps) : random.pick(extensions)(place)
}

function matchesFor({ protocol, family, chain }: Place): Piece[] {
  const name = protocol.toLowerCase()
  const pieces: Piece[] = [
    conntrack,
    state,
    markMatch,
    comment,
    addrtype,
    iprange,
    length,
    pkttype,
    ttl,
    tosMatch,
    dscpMatch,
  ]
  pieces.push(limit)
  if (/^(?:tcp|6)$/.test(name)) pieces.push(tcp, tcp, multiport)
  if (/^(?:udp|17|0x11)$/.test(name)) pieces.push(udp, udp, multiport)
  if (/^(?:sctp|udplite)$/.test(name)) pieces.push(multiport)
  if (name === 'icmp' && family === 4) pieces.push(icmp)
  if (name === 'ipv6-icmp' && family === 6) pieces.push(icmp6)
  if (/^(?:PREROUTING|INPUT|FORWARD)$/.test(chain)) pieces.push(mac)
  return pieces
}

/** The value, or nothing. */
function maybe(random: Random, share: number, value: () => string): string {
  return random.chance(share) ? value() : ''
}

function not({ random }: Place): string {
  return random.chance(0.3) ? ' !' : ''
}

function address({ random, family }: Place): string {
  return family === 4
    ? random.pick(['10.0.0.1', '192.0.2.255', '0.0.0.0', '255.255.255.255', '127.1.2.3', '10', '10.1', '0x7f.0.0.1'])
    : random.pick([
        '::',
        '::1',
        '2001:db8::1',
        'fe80::',
        '::ffff:1.2.3.4',
        '::1.2.3.4',
        '1:0:0:2:0:0:0:3',
        'ff02::1:2',
        '1::',
      ])
}

function addressAndMask(place: Place): string {
  const { random, family } = place
  const masks =
    family === 4
      ? ['', '/32', '/24', '/8', '/0', '/255.255.0.0', '/255.0.255.0', '/0.0.0.255', '/1', '/31']
      : ['', '/128', '/64', '/10', '/0', '/ffff::', '/ffff::ffff', '/1', '/127', '/65']
  const one = (): string => address(place) + random.pick(masks)
  return random.chance(0.02) ? `${one()},${one()}` : one()
}

function host(place: Place): string {
  const { random, family } = place
  const hosts =
    family === 4 ? ['10.1.2.3', '0.0.0.0', '10.1', '255.255.255.255'] : ['::1', '2001:db8::5', '::', 'fe80::1.2.3.4']
  const masks = family === 4 ? ['', '/32', '/24', '/0', '/255.255.0.0'] : ['', '/128', '/64', '/0', '/ffff::']
  return random.pick(hosts) + random.pick(masks)
}

function options(place: Place, all: readonly (readonly [string, () => string])[], most = all.length): string {
  return place.random
    .some(all, most)
    .map(([name, value]) => `${not(place)} --${name} ${value()}`)
    .join('')
}

function portRange({ random }: Place, low: readonly string[] = PORTS): string {
  return random.pick([random.pick(low), '1:2', ':1024', '1024:', ':', '0:65535', '80:80', 'ftp-data:ssh'])
}

function tcp(place: Place): string {
  const { random } = place
  const flags = (): string => random.some(['SYN', 'ACK', 'fin', 'RST', 'URG', 'PSH']).join(',')
  const flagTest = maybe(random, 0.4, () => {
    const written = `--tcp-flags ${random.pick(['ALL', flags()])} ${random.pick(['NONE', flags()])}`
    return `${not(place)} ${random.pick(['--syn', written])}`
  })
  const ports = maybe(random, 0.8, () =>
    options(place, [
      [random.pick(['sport', 'source-port']), () => portRange(place)],
      [random.pick(['dport', 'destination-port']), () => portRange(place)],
    ]),
  )
  const option = maybe(random, 0.2, () => `${not(place)} --tcp-option ${random.pick(['1', '2', '8', '255'])}`)
  const text = ports + flagTest + option
  return text === '' || random.chance(0.6) ? ` -m tcp${text}` : text
}

function udp(place: Place): string {
  const ports = [...PORTS.filter((port) => port !== '0x50'), '65536', '70000', 'ntp']
  const range = (): string => place.random.pick([portRange(place, ports).replace('ftp-data:ssh', '5:3'), '9:8'])
  const text = options(place, [
    [place.random.pick(['sport', 'source-port']), range],
    [place.random.pick(['dport', 'destination-port']), range],
  ])
  return place.random.chance(0.6) ? ` -m udp${text}` : text
}

function multiport(place: Place): string {
  const { random } = place
  const numbers = ['1', '80', '0', '65535', '1:5', '1024:65535', '0x10', '22']
  const list = Array.from({ length: random.between(1, 8) }, () => random.pick(numbers)).join(',')
  const name = random.pick(['sports', 'source-ports', 'dports', 'destination-ports', 'ports'])
  return ` -m multiport${not(place)} --${name} ${list}`
}

function icmp(place: Place): string {
  const type = place.random.pick([
    'any',
    '8',
    '8/0',
    '3/1',
    '3/1:4',
    '255',
    'echo-request',
    'ping',
    'Host-Unkn',
    'redirect',
  ])
  return `${place.random.pick([' -m icmp', ''])}${not(place)} --icmp-type ${type}`
}

function icmp6(place: Place): string {
  const type = place.random.pick(['128', '128/0', '1/3', 'echo-request', 'neighbor-solicitation', 'packet-', '255'])
  return `${place.random.pick([' -m icmp6', ' -m icmpv6', ''])}${not(place)} --icmpv6-type ${type}`
}

function conntrack(place: Place): string {
  const { random } = place
  const states = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT', 'new', 'EST']
  const range = (): string => portRange(place, ['0', '22', '65535', 'domain', '70000']).replace('ftp-data:ssh', '9:3')
  const text = options(
    place,
    [
      ['ctstate', () => random.some(states, 4).join(',')],
      ['ctproto', () => random.pick(['tcp', '17', 'UDP', '255', 'icmp'])],
      ['ctorigsrc', () => host(place)],
      ['ctorigdst', () => host(place)],
      ['ctreplsrc', () => host(place)],
      ['ctrepldst', () => host(place)],
      ['ctorigsrcport', range],
      ['ctorigdstport', range],
      ['ctreplsrcport', range],
      ['ctrepldstport', range],
      ['ctstatus', () => random.some(['NONE', 'EXPECTED', 'SEEN_REPLY', 'assured', 'CONFIRMED'], 3).join(',')],
      ['ctexpire', () => random.pick(['0', '100', '1:5', '5:', ':7', ':', '4294967295', '9:2'])],
    ],
    5,
  )
  return ` -m conntrack${text}${maybe(random, 0.2, () => ` --ctdir ${random.pick(['ORIGINAL', 'reply'])}`)}`
}

function state(place: Place): string {
  const states = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'n', 'Rel']
  return ` -m state${not(place)} --state ${place.random.some(states, 4).join(',')}`
}

function markMatch(place: Place): string {
  return ` -m ${place.random.pick(['mark', 'connmark'])}${not(place)} --mark ${place.random.pick(MARKS)}`
}

function quotedText({ random }: Place, texts: readonly string[]): string {
  return `"${random.pick(texts).replace(/["\\]/g, '\\$&')}"`
}

function comment(place: Place): string {
  return ` -m comment --comment ${quotedText(place, [...TEXTS, 'x'.repeat(255), 'y'.repeat(300), ''])}`
}

function addrtype(place: Place): string {
  const { random, family, chain } = place
  const common = ['UNSPEC', 'UNICAST', 'LOCAL', 'ANYCAST', 'MULTICAST', 'UNREACHABLE', 'uni', 'L']
  const types = family === 6 ? common : [...common, 'BROADCAST', 'BLACKHOLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE']
  const text = options(place, [
    ['src-type', () => random.some(types, 3).join(',')],
    ['dst-type', () => random.some(types, 3).join(',')],
  ])
  const limits: Readonly<Record<string, string>> = {
    FORWARD: random.pick(['in', 'out']),
    PREROUTING: 'in',
    OUTPUT: 'out',
  }
  return ` -m addrtype${text}${chain in limits ? maybe(random, 0.3, () => ` --limit-iface-${limits[chain]}`) : ''}`
}

function iprange(place: Place): string {
  const range = (): string => place.random.pick([address(place), `${address(place)}-${address(place)}`])
  return ` -m iprange${options(place, [
    ['src-range', range],
    ['dst-range', range],
  ])}`
}

function length(place: Place): string {
  return ` -m length${not(place)} --length ${place.random.pick(['0', '64', '65535', '1:5', '100:', ':99', ':', '9:3'])}`
}

function mac(place: Place): string {
  return ` -m mac${not(place)} --mac-source ${place.random.pick(['00:16:3e:00:00:01', 'FF:ff:0:1:2:a', '02:00:00:00:00:00'])}`
}

function pkttype(place: Place): string {
  return ` -m pkttype${not(place)} --pkt-type ${place.random.pick(['unicast', 'BROADCAST', 'mcast', 'host', 'otherhost'])}`
}

function ttl(place: Place): string {
  const name = place.family === 4 ? 'ttl' : 'hl'
  const test = place.random.pick([`${not(place)} --${name}-eq`, ` --${name}`, ` --${name}-lt`, ` --${name}-gt`])
  return ` -m ${name}${test} ${place.random.pick(['0', '1', '64', '255', '0x40'])}`
}

const TOS = ['0', '0x10', '0x10/0x3f', '255', '4/4', 'Minimize-Delay', 'normal-service', 'Maximize-Reliability']
const CLASSES = ['CS0', 'cs7', 'AF11', 'af43', 'EF', 'BE']

function tosMatch(place: Place): string {
  return ` -m tos${not(place)} --tos ${place.random.pick(TOS)}`
}

function dscpMatch(place: Place): string {
  const { random } = place
  return ` -m dscp${not(place)} ${random.pick([`--dscp ${random.pick(['0', '63', '0x2e'])}`, `--dscp-class ${random.pick(CLASSES)}`])}`
}

function limit({ random }: Place): string {
  const rates = ['1/s', '3/hour', '10/minute', '100', '300/sec', '10000/second', '7/min', '999/h', '1439/d', '0x10/s']
  const rate = maybe(random, 0.8, () => ` --limit ${random.pick(rates.slice(0, -1))}`)
  return ` -m limit${rate}${maybe(random, 0.4, () => ` --limit-burst ${random.pick(['1', '5', '6', '0x10'])}`)}`
}

function log(place: Place): string {
  const { random } = place
  const level = maybe(
    random,
    0.4,
    () => ` --log-level ${random.pick(['0', '4', '7', 'debug', 'warning', 'panic', 'error'])}`,
  )
  const prefix = maybe(
    random,
    0.6,
    () => ` --log-prefix ${quotedText(place, [...TEXTS, 'p'.repeat(29), 'q'.repeat(40)])}`,
  )
  const flags = ['--log-tcp-sequence', '--log-tcp-options', '--log-ip-options', '--log-uid', '--log-macdecode']
  return ` -j LOG${level}${prefix}${maybe(random, 0.4, () => ` ${random.some(flags).join(' ')}`)}`
}

function nflog(place: Place): string {
  const { random } = place
  const group = maybe(random, 0.5, () => ` --nflog-group ${random.pick(['0', '1', '65535'])}`)
  const prefix = maybe(random, 0.5, () => ` --nflog-prefix ${quotedText(place, [...TEXTS, 'p'.repeat(80)])}`)
  const size = maybe(
    random,
    0.4,
    () => ` --nflog-${random.pick(['size', 'range'])} ${random.pick(['0', '1', '4294967295'])}`,
  )
  return ` -j NFLOG${group}${prefix}${size}${maybe(random, 0.4, () => ` --nflog-threshold ${random.pick(['0', '1', '20'])}`)}`
}

function markChange({ random }: Place): string {
  const whole = ['0', '1', '0xff', '4294967295']
  return random.pick([
    ` --set-mark ${random.pick(MARKS)}`,
    ` --set-xmark ${random.pick(MARKS)}`,
    ` --and-mark ${random.pick(whole)}`,
    ` --or-mark ${random.pick(whole)}`,
    ` --xor-mark ${random.pick(whole)}`,
  ])
}

function mark(place: Place): string {
  return ` -j MARK${markChange(place)}`
}

function connmark(place: Place): string {
  const { random } = place
  const mask = random.pick(['', ' --mask 0xff', ' --nfmask 0xf', ' --ctmask 0xf0', ' --nfmask 1 --ctmask 2'])
  const shift = random.pick(['', '', ' --left-shift-mark 4', ' --right-shift-mark 31', ' --left-shift-mark 0'])
  return ` -j CONNMARK${random.pick([markChange(place), ' --save-mark', ' --restore-mark'])}${mask}${shift}`
}

function reject({ random, family }: Place): string {
  const ipv4 = [
    'icmp-net-unreachable',
    'host-unreach',
    'icmp-proto',
    'port-unreach',
    'icmp-net-prohib',
    'admin-prohib',
    'tcp-rst',
  ]
  const ipv6 = [
    'icmp6-no-route',
    'adm-prohibited',
    'addr-unreach',
    'icmp6-port',
    'policy-fail',
    'icmp6-reject',
    'tcp-reset',
  ]
  return ` -j REJECT${maybe(random, 0.7, () => ` --reject-with ${random.pick(family === 4 ? ipv4 : ipv6)}`)}`
}

function tos({ random }: Place): string {
  const byte = random.pick(['0', '1', '0x10', '255'])
  return random.pick([
    ` -j TOS --set-tos ${random.pick(TOS)}`,
    ` -j TOS --and-tos ${byte}`,
    ` -j TOS --or-tos ${byte}`,
    ` -j TOS --xor-tos ${byte}`,
  ])
}

function dscp({ random }: Place): string {
  return random.pick([
    ` -j DSCP --set-dscp ${random.pick(['0', '63', '0x0a'])}`,
    ` -j DSCP --set-dscp-class ${random.pick(CLASSES)}`,
  ])
}

function timeToLive({ random, family }: Place): string {
  const name = family === 4 ? 'ttl' : 'hl'
  return ` -j ${name.toUpperCase()} --${name}-${random.pick(['set', 'inc', 'dec'])} ${random.pick(['1', '64', '255'])}`
}
