/**
 * Random targets: every one of the first round with its options, where it is allowed.
 */
import { only, type Place } from './aim.js'
import { maskedMark } from './matches.js'
import type { Random } from './random.js'

type TargetMaker = (random: Random, place: Place) => string | null

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

const reject: TargetMaker = (random, place) => {
  if (place.table !== 'filter' || !only(place, ['INPUT', 'FORWARD', 'OUTPUT'])) return null
  if (random.chance(0.2)) return '-j REJECT'
  const reset = place.protocol === 'tcp' && random.chance(0.6)
  return `-j REJECT --reject-with ${reset ? 'tcp-reset' : random.pick(REJECT_WITH[place.family])}`
}

const log: TargetMaker = (random) =>
  `-j LOG --log-prefix "${random.pick(['a: ', 'dropped'])}" --log-level ${random.int(1, 7)}`
const nflog: TargetMaker = (random) => `-j NFLOG --nflog-group ${random.int(0, 9)} --nflog-prefix "seen"`

const mark: TargetMaker = (random) => {
  const option = random.pick(['--set-mark', '--set-xmark', '--and-mark', '--or-mark', '--xor-mark'])
  const plain = option === '--set-mark' || option === '--set-xmark'
  return `-j MARK ${option} ${plain ? maskedMark(random) : `0x${random.pick([1, 2, 0x10, 0xff]).toString(16)}`}`
}

const connmark: TargetMaker = (random) => {
  const masks = random.chance(0.5) ? '' : ` --nfmask 0x${random.pick([0xff, 0xf]).toString(16)} --ctmask 0xff`
  return `-j CONNMARK ${random.pick([
    `--set-xmark ${maskedMark(random)}`,
    `--set-mark ${maskedMark(random)}`,
    `--save-mark${masks}`,
    `--restore-mark${masks}`,
    '--or-mark 0x10',
    '--and-mark 0xff',
    '--xor-mark 0x3',
  ])}`
}

const notrack: TargetMaker = (random, place) =>
  place.table === 'raw' ? random.pick(['-j NOTRACK', '-j CT --notrack']) : null

const tos: TargetMaker = (random, place) =>
  place.table === 'mangle'
    ? `-j TOS ${random.pick(['--set-tos 0x10', '--set-tos 0x08/0x1e', '--and-tos 0xf0', '--or-tos 0x08', '--xor-tos 0x30'])}`
    : null

const dscp: TargetMaker = (random, place) =>
  place.table === 'mangle'
    ? `-j DSCP ${random.pick(['--set-dscp 0x2e', '--set-dscp-class AF21', '--set-dscp 0'])}`
    : null

const ttl: TargetMaker = (random, place) => {
  if (place.table !== 'mangle') return null
  const name = place.family === 4 ? 'ttl' : 'hl'
  const option = random.pick([
    `set ${random.pick([1, 2, 64, 255])}`,
    `inc ${random.int(1, 5)}`,
    `dec ${random.int(1, 64)}`,
  ])
  return `-j ${name.toUpperCase()} --${name}-${option}`
}

export const TARGETS: readonly (readonly [number, TargetMaker])[] = [
  [6, reject],
  [2, log],
  [2, nflog],
  [8, mark],
  [7, connmark],
  [4, notrack],
  [3, tos],
  [3, dscp],
  [2, ttl],
]
