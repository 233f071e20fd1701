/**
 * -j CT and -j NOTRACK: what conntrack makes of the packet, said in the table raw, before it is tracked. CT gives the
 * packet a template: the zone in which its connection is looked for or begun, and the helper of a new connection; or
 * it is not tracked at all.
 * Kernel: net/netfilter/xt_CT.c, xt_ct_target(), xt_ct_tg_check() (v6.18). iptables: extensions/libxt_CT.c, revision 2.
 */
import { helperNames, helperNumber } from '../conntrack-helpers.js'
import { Field, TargetVerdict, type RulePlace, type TargetExtension } from '../extension.js'
import { listItems, type OptionReader } from '../option-reader.js'
import { cutToBytes, printOption } from '../print-option.js'
import { CtInfo, type Packet } from '../../memory/packet.js'
import { Template } from '../../memory/skb.js'

interface CtOptions {
  readonly notrack: boolean
  /** Empty: none. */
  readonly helper: string
  /** The helper's number for the rule's protocol; 0 for none. */
  readonly helperNumber: number
  /** Events are for who listens: they change nothing that a replay shows. In the order of the lists below. */
  readonly ctEvents: readonly string[]
  readonly expEvents: readonly string[]
  readonly zone: number
  /** Template bits of the zone. */
  readonly zoneBits: number
  /** The name of a timeout policy, which no file of a box holds; empty for none. */
  readonly timeout: string
}

const CT_EVENTS = [
  'new',
  'related',
  'destroy',
  'reply',
  'assured',
  'protoinfo',
  'helper',
  'mark',
  'natseqinfo',
  'secmark',
] as const
const EXP_EVENTS = ['new'] as const
const ZONES = [
  ['zone', 0],
  ['zone-orig', Template.ZoneOriginal],
  ['zone-reply', Template.ZoneReply],
] as const
const BOTH = Template.ZoneOriginal | Template.ZoneReply
const LAST_ZONE = 65535
/** Bytes that are kept. Kernel: struct xt_ct_target_info_v1. */
const LONGEST_HELPER = 15
const LONGEST_TIMEOUT = 31

const SHARED = {
  families: [4, 6],
  scope: 'packet',
  tracks: false,
  placement: () => ({ tables: ['raw'] as const, hooks: null }),
} as const

export const notrackTarget: TargetExtension<null> = {
  ...SHARED,
  name: 'NOTRACK',
  options: [],
  parse: () => null,
  print: () => '',
  reads: () => [Field.CtState],
  prepare: () => untrack,
}

export const ctTarget: TargetExtension<CtOptions> = {
  ...SHARED,
  name: 'CT',
  guesses: true,
  options: [
    { name: 'notrack', key: 'notrack', values: 0 },
    ...['helper', 'timeout', 'ctevents', 'expevents', ...ZONES.map(([name]) => name)].map(
      (name) => ({ name, key: name, values: 1 }) as const,
    ),
  ],
  scope: 'trace',
  tracksWith: ({ notrack }) => !notrack,
  givesHelper: ({ helperNumber: helper }) => helper,
  // What a helper foresees comes with other addresses and ports.
  scopeOf: ({ helperNumber: helper }) => (helper === 0 ? 'packet' : 'trace'),
  splitsZones({ notrack, zone, zoneBits }) {
    const directions = zoneBits & BOTH
    const isZero = zone === 0 && (zoneBits & Template.ZoneIsMark) === 0
    return !notrack && directions !== 0 && directions !== BOTH && !isZero
  },

  parse(reader, place) {
    const notrack = reader.find('notrack') !== undefined
    const helper = cutToBytes(reader.find('helper')?.values[0].text ?? '', LONGEST_HELPER)
    const timeout = cutToBytes(reader.find('timeout')?.values[0].text ?? '', LONGEST_TIMEOUT)
    // Without tracking, the kernel asks for neither.
    if (timeout !== '' && !notrack) readTimeout(reader)
    return {
      notrack,
      helper,
      helperNumber: helper === '' || notrack ? 0 : readHelper(reader, helper, place),
      ctEvents: readEvents(reader, 'ctevents', CT_EVENTS),
      expEvents: readEvents(reader, 'expevents', EXP_EVENTS),
      ...readZone(reader),
      timeout,
    }
  },

  print: ({ notrack, helper, ctEvents, expEvents, zone, zoneBits, timeout }) =>
    (notrack ? ' --notrack' : '') +
    printText('helper', helper) +
    printText('ctevents', ctEvents.join(',')) +
    printText('expevents', expEvents.join(',')) +
    printZone(zone, zoneBits) +
    printText('timeout', timeout),
  // A template is for the one packet that conntrack sees next.
  reads: ({ notrack }) => (notrack ? [Field.CtState] : [Field.CtState, Field.Mark, Field.ConnectionTuple]),

  prepare(options) {
    if (options.notrack) return untrack
    const { zone, zoneBits, helperNumber: helper, timeout } = options
    const bits = Template.Present | zoneBits | ((zoneBits & BOTH) === 0 ? BOTH : 0)
    return (packet) => {
      if (timeout !== '') packet.guessed = true
      if (isUntouched(packet)) packet.skb.setTemplate(bits, zone, helper)
      return TargetVerdict.Continue
    }
  },
}

/** Of all rules that say how a packet is tracked, the first one counts. */
function untrack(packet: Packet): TargetVerdict {
  if (isUntouched(packet)) packet.skb.ctInfo = CtInfo.Untracked
  return TargetVerdict.Continue
}

/** No entry (it comes from the box itself, by loopback), no template, not untracked. */
function isUntouched({ skb }: Packet): boolean {
  return skb.entry === 0 && skb.ctInfo === 0 && skb.template === 0
}

function readHelper(reader: OptionReader, helper: string, { rule }: RulePlace): number {
  const at = reader.find('helper')?.values[0] ?? reader.name
  const { protocol } = rule
  if (protocol === null || protocol.number === 0 || protocol.inverted) {
    reader.problem(at, 'the kernel wants to know the protocol of a helper: -p tcp or -p udp')
    return 0
  }
  const number = helperNumber(helper, protocol.number, reader.family)
  // Programs register helpers, too (conntrackd).
  if (number === 0 && reader.unknown === 'error') {
    const names = helperNames(protocol.number, reader.family)
    reader.unknownName(at, `helper of this protocol in IPv${reader.family}`, names)
  }
  return number
}

function readTimeout(reader: OptionReader): void {
  const at = reader.find('timeout')?.name ?? reader.name
  if (reader.unknown !== 'error') return
  reader.problem(at, 'no file of a box holds timeout policies; --unknown=never goes on with the usual timeouts')
}

function readEvents(reader: OptionReader, key: string, names: readonly string[]): readonly string[] {
  const list = reader.find(key)?.values[0]
  if (list === undefined) return []
  const items = listItems(list)
  for (const item of items) {
    if (!names.includes(item.text)) reader.unknownName(item, 'event', names)
  }
  return names.filter((name) => items.some(({ text }) => text === name))
}

/** The last zone counts, with the directions and the `mark` of all. */
function readZone(reader: OptionReader): { readonly zone: number; readonly zoneBits: number } {
  let zone = 0
  let zoneBits = 0
  for (const { spec, values } of reader.uses) {
    const directions = ZONES.find(([name]) => name === spec.key)?.[1]
    if (directions === undefined) continue
    const [value] = values
    const isMark = value.text.toLowerCase() === 'mark'
    zone = isMark ? 0 : reader.integer(value, 0, LAST_ZONE)
    zoneBits |= directions | (isMark ? Template.ZoneIsMark : 0)
  }
  return { zone, zoneBits }
}

function printText(name: string, text: string): string {
  return text === '' ? '' : printOption(name, text)
}

/** iptables prints no zone 0, so that its direction is lost when the rules are loaded again. */
function printZone(zone: number, bits: number): string {
  const isMark = (bits & Template.ZoneIsMark) !== 0
  if (!isMark && zone === 0) return ''
  const name = ZONES.find(([, directions]) => directions === (bits & BOTH))?.[0] ?? 'zone'
  return printOption(name, isMark ? 'mark' : `${zone}`)
}
