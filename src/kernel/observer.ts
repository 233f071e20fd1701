/**
 * The nftables rules that watch packets pass the hooks, without changing what the box's own rules see:
 *
 *   hook      -2147483648        -350           -175             2147483647
 *             enter, and what    whole (only    state of the     leave; INPUT also drops here, so that the
 *             the stack says     with           connection       machine's own sockets never answer
 *             by itself drops    fragments)
 *
 * Confirming connections also runs at 2147483647. Among equal priorities the hook registered later runs first, so
 * these chains must be loaded before the rules under study (whose first conntrack user registers confirming): then
 * a packet is confirmed before it leaves. The state rules are for afterwards: an nft `ct` expression switches
 * connection tracking on by itself.
 */
import { Hook } from '../ruleset/ruleset.js'
import type { Family } from '../ruleset/ruleset.js'
import { SENDER_PRIORITY } from './raw-sender.js'

/** The NFLOG group that the observer uses. */
export const OBSERVER_GROUP = 64_738

export const CT_STATES = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED'] as const
export type CtStateName = (typeof CT_STATES)[number]

/** A place that packets pass. */
export type Point =
  | { readonly kind: 'enter' | 'leave' | 'whole'; readonly hook: Hook }
  /** A packet that the kernel made itself enters OUTPUT. */
  | { readonly kind: 'made'; readonly hook: Hook.Output }
  | { readonly kind: 'state'; readonly state: CtStateName }

const HOOKS = [
  { hook: Hook.Prerouting, name: 'prerouting' },
  { hook: Hook.Input, name: 'input' },
  { hook: Hook.Forward, name: 'forward' },
  { hook: Hook.Output, name: 'output' },
  { hook: Hook.Postrouting, name: 'postrouting' },
] as const

const FIRST = -2147483648
const LAST = 2147483647
/** Behind the defragmentation of conntrack, in front of table raw. */
const AFTER_DEFRAGMENTATION = -350
/** Behind conntrack, in front of table mangle. */
const AFTER_CONNTRACK = -175

const PREFIX = 'hookline '
const POINTS = new Map<string, Point>([
  ...HOOKS.flatMap(({ hook }) =>
    (['enter', 'leave', 'whole'] as const).map((kind): [string, Point] => [`${PREFIX}${kind} ${hook}`, { kind, hook }]),
  ),
  ...CT_STATES.map((state): [string, Point] => [`${PREFIX}state ${state}`, { kind: 'state', state }]),
  [`${PREFIX}made ${Hook.Output}`, { kind: 'made', hook: Hook.Output }],
])

/** The point whose rules log with `prefix`; null when it is not the observer's. */
export function pointOf(prefix: string): Point | null {
  return POINTS.get(prefix) ?? null
}

function log(words: string): string {
  return `log prefix "${PREFIX}${words}" group ${OBSERVER_GROUP} queue-threshold 1`
}

function chain(name: string, hook: string, priority: number, policy: 'accept' | 'drop', rules: string[]): string {
  const body = [`type filter hook ${hook} priority ${priority}; policy ${policy};`, ...rules]
  return [`  chain ${name} {`, ...body.map((line) => `    ${line}`), '  }'].join('\n')
}

/**
 * Packets that the kernel makes and that no rule asked for: they would be in the capture if the box had sent them.
 * What is left are the answers of REJECT. Copies that TEE makes of such packets are taken for them.
 */
const STACK_TALK = [
  'icmp type { time-exceeded, redirect, parameter-problem }',
  'icmp type destination-unreachable icmp code { 4, 5, 6, 7, 8, 11, 12, 14, 15 }',
  'icmpv6 type { 2, 3, 4, 130, 131, 132, 133, 134, 135, 136, 137, 143 }',
  'icmpv6 type 1 icmpv6 code 2',
  'ip protocol igmp',
].map((what) => `meta priority != ${SENDER_PRIORITY} ${what} drop`)

/** The chains to load before the rules under study; `fragments`: also report datagrams put together. */
export function observerChains(fragments: boolean): string {
  const chains = HOOKS.flatMap(({ hook, name }) => {
    const enter = log(`enter ${hook}`)
    const made = `meta priority != ${SENDER_PRIORITY} ${log('made 3')}`
    const first = hook === Hook.Output ? [...STACK_TALK, made, `meta priority ${SENDER_PRIORITY} ${enter}`] : [enter]
    return [
      chain(`${name}_enter`, name, FIRST, 'accept', first),
      chain(`${name}_leave`, name, LAST, hook === Hook.Input ? 'drop' : 'accept', [log(`leave ${hook}`)]),
    ]
  })
  const whole = HOOKS.filter(({ hook }) => hook === Hook.Prerouting || hook === Hook.Output).map(({ hook, name }) =>
    chain(`${name}_whole`, name, AFTER_DEFRAGMENTATION, 'accept', [log(`whole ${hook}`)]),
  )
  return ['table inet hookline {', ...chains, ...(fragments ? whole : []), '}', ''].join('\n')
}

/** The rules to load after those under study, for the families in which these track connections. */
export function observerStates(families: readonly Family[]): string {
  const rules = CT_STATES.map((state) => `ct state ${state.toLowerCase()} ${log(`state ${state}`)}`)
  return families
    .map((family) => {
      const chains = (['prerouting', 'output'] as const).map((hook) =>
        chain(`${hook}_state`, hook, AFTER_CONNTRACK, 'accept', rules),
      )
      return [`table ${family === 4 ? 'ip' : 'ip6'} hookline {`, ...chains, '}', ''].join('\n')
    })
    .join('')
}
