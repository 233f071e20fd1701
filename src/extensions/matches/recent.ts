/**
 * -m recent: lists of addresses seen lately, and how often.
 * Kernel: net/netfilter/xt_recent.c, recent_mt() (v6.18), with the module's default of 100 addresses a list.
 * iptables: extensions/libxt_recent.c, revision 1. All rules with one name, of both families, share one list, which has
 * the mask of the first of them.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { jiffiesAt } from '../jiffies.js'
import type { OptionReader, OptionUse } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { maskedAddress, type Side } from '../packet-address.js'
import { cutToBytes, printOption } from '../print-option.js'
import { RecentList, ringLength } from '../recent-list.js'
import { FULL_MASK, parseHostAddress, printAddress } from '../../ruleset/address.js'
import { Hook } from '../../ruleset/ruleset.js'
import { DescriptorFlag } from '../../memory/descriptor.js'
import type { Packet } from '../../memory/packet.js'

type Action = 'set' | 'rcheck' | 'update' | 'remove'

interface RecentOptions {
  readonly action: Action
  readonly inverted: boolean
  /** 0: of any age. */
  readonly seconds: number
  /** 0: one is enough. */
  readonly hitCount: number
  readonly ttl: boolean
  readonly reap: boolean
  readonly name: string
  readonly side: Side
  readonly mask: readonly number[]
  /** For addresses of either family, of which IPv4 ones have their one word first. Kernel: recent_table.mask. */
  readonly listMask: readonly number[]
}

const LONGEST_NAME = 199
const MOST_HITS = 65535
const ACTIONS: readonly Action[] = ['set', 'rcheck', 'update', 'remove']
const options: readonly OptionSpec[] = [
  ...ACTIONS.map((name): OptionSpec => ({
    name,
    key: name,
    values: 0,
    invertible: true,
    excludes: [...ACTIONS, ...excludesTtl(name)],
  })),
  { name: 'seconds', key: 'seconds', values: 1 },
  { name: 'hitcount', key: 'hitcount', values: 1 },
  { name: 'rttl', key: 'rttl', values: 0, excludes: ['set', 'remove'] },
  { name: 'name', key: 'name', values: 1 },
  { name: 'rsource', key: 'rsource', values: 0 },
  { name: 'rdest', key: 'rdest', values: 0 },
  { name: 'reap', key: 'reap', values: 0 },
  { name: 'mask', key: 'mask', values: 1 },
]

function excludesTtl(action: Action): readonly string[] {
  return action === 'set' || action === 'remove' ? ['rttl'] : []
}

export const recentMatch: MatchExtension<RecentOptions> = {
  name: 'recent',
  families: [4, 6],
  options,
  protocol: null,
  scope: 'trace',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const action = reader.uses.find(({ spec }) => ACTIONS.includes(spec.key as Action))
    if (action === undefined) reader.problem(reader.name, 'one of --set, --rcheck, --update and --remove is needed')
    const seconds = reader.find('seconds')
    const hits = reader.find('hitcount')
    const mask = reader.find('mask')
    const own = readMask(reader, mask)
    const parsed: RecentOptions = {
      action: (action?.spec.key ?? 'set') as Action,
      inverted: action?.inverted ?? false,
      seconds: seconds === undefined ? 0 : reader.integer(seconds.values[0], 1, 0xffffffff),
      hitCount: hits === undefined ? 0 : reader.integer(hits.values[0], 0, MOST_HITS),
      ttl: reader.find('rttl') !== undefined,
      reap: reader.find('reap') !== undefined,
      name: readName(reader, reader.find('name')),
      side: sideOf(reader),
      mask: own,
      listMask: mask === undefined ? FULL_MASK[6] : [...own, 0, 0, 0].slice(0, 4),
    }
    const sees = parsed.action === 'rcheck' || parsed.action === 'update'
    if (!sees && (parsed.seconds !== 0 || parsed.hitCount !== 0 || parsed.reap)) {
      reader.problem(reader.name, `--seconds, --hitcount and --reap need --rcheck or --update`)
    }
    if (parsed.reap && seconds === undefined) reader.problem(reader.name, '--reap needs --seconds')
    return parsed
  },

  print({ action, inverted, seconds, hitCount, ttl, reap, name, side, mask }) {
    return (
      `${inverted ? ' !' : ''} --${action}` +
      (seconds === 0 ? '' : printOption('seconds', `${seconds}`)) +
      (reap ? ' --reap' : '') +
      (hitCount === 0 ? '' : printOption('hitcount', `${hitCount}`)) +
      (ttl ? ' --rttl' : '') +
      printOption('name', name) +
      printOption('mask', printAddress(mask)) +
      (side === 'source' ? ' --rsource' : ' --rdest')
    )
  },

  reads: () => [Field.TraceState, Field.Addresses, Field.Ttl],
  stateBytes: ({ hitCount }) => RecentList.bytes(ringLength(hitCount)),
  stateName: ({ name }) => `recent ${name}`,

  prepare(of, box, stateAt, sharers) {
    const ring = Math.max(...sharers.map(({ hitCount }) => ringLength(hitCount)))
    const [{ listMask }] = sharers
    const address = [0, 0, 0, 0]
    let list: RecentList | null = null
    return (packet) => {
      list ??= new RecentList(packet.memory, stateAt, ring)
      maskedAddress(packet, of.side, listMask, address)
      return ask(of, list, packet, address, jiffiesAt(packet, box.hz), box.hz)
    }
  },
}

function ask(
  of: RecentOptions,
  list: RecentList,
  packet: Packet,
  address: readonly number[],
  now: number,
  hz: number,
): boolean {
  const { action, inverted } = of
  const ttl = ttlOf(packet)
  const entry = list.find(address, packet.family, of.ttl ? ttl : 0)
  if (entry === 0) {
    if (action !== 'set') return inverted
    list.add(address, packet.family, ttl, now)
    return !inverted
  }
  if (action === 'set') {
    list.stamp(entry, ttl, now)
    return !inverted
  }
  if (action === 'remove') {
    list.remove(entry)
    return !inverted
  }
  const since = now - (Math.imul(of.seconds, hz) >>> 0)
  const found = list.hits(entry, of.seconds === 0 ? Number.NEGATIVE_INFINITY : since, of.hitCount)
  const result = found !== inverted
  if (of.reap) list.reap(since, action === 'update' && result ? entry : 0)
  if (action === 'update' && result) list.stamp(entry, ttl, now)
  return result
}

/** The TTL before forwarding took one off; packets of the box itself keep theirs. */
function ttlOf(packet: Packet): number {
  const ttl = packet.memory.u8(packet.at + (packet.family === 4 ? 8 : 7))
  const own = (packet.descriptor.flags & DescriptorFlag.Output) !== 0
  const leaves = packet.hook === Number(Hook.Forward) || packet.hook === Number(Hook.Postrouting)
  return leaves && !own ? (ttl + 1) & 255 : ttl
}

function readName(reader: OptionReader, use: OptionUse | undefined): string {
  if (use === undefined) return 'DEFAULT'
  const [value] = use.values
  const bad = value.text === '' || value.text === '.' || value.text === '..' || value.text.includes('/')
  if (bad) reader.problem(value, `"${value.text}" cannot be the name of a list`)
  return cutToBytes(value.text, LONGEST_NAME)
}

function readMask(reader: OptionReader, use: OptionUse | undefined): readonly number[] {
  const full = FULL_MASK[reader.family]
  if (use === undefined) return full
  const [value] = use.values
  const mask = parseHostAddress(value.text, reader.family)
  if (mask === null) reader.problem(value, `"${value.text}" is no mask written as an IPv${reader.family} address`)
  return mask ?? full
}

/** The last one counts. */
function sideOf(reader: OptionReader): Side {
  const last = reader.uses.findLast(({ spec }) => spec.key === 'rsource' || spec.key === 'rdest')
  return last?.spec.key === 'rdest' ? 'destination' : 'source'
}
