/**
 * Policy rules: which routing table a packet is looked up in, from `ip -j rule` and `ip -6 -j rule`.
 * In: the parsed file. Out: rules by priority, and the test whether one applies.
 * Kernel: fib_rule_match(), net/core/fib_rules.c; fib4_rule_match(), fib6_rule_match().
 */
import type { Family } from '../ruleset/ruleset.js'
import { addressBits, inPrefix, masked, parseAddress, type Prefix, type Words } from './address.js'
import type { JsonNode } from './json-node.js'
import { readRealms, readTos, tableName } from './route.js'

/** What a packet shows to routing. */
export interface Flow {
  source: Words
  destination: Words
  mark: number
  tos: number
  /** Where it came in: the loopback interface for what the box itself sends. */
  inInterface: number
  /** The interface by which it must leave; 0 any. */
  outInterface: number
  protocol: number
  srcPort: number
  dstPort: number
}

export type PolicyAction =
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'unreachable' | 'blackhole' | 'prohibit' | 'nop' }

export interface PolicyRule {
  readonly priority: number
  readonly inverted: boolean
  readonly source: Prefix | null
  readonly destination: Prefix | null
  readonly mark: number
  readonly markMask: number
  /** 0 any; -1 one that the box does not have. */
  readonly inInterface: number
  readonly outInterface: number
  /** TOS as the rule names it; 0 any. */
  readonly tos: number
  /** DSCP (six bits); -1 any. */
  readonly dscp: number
  /** 0 any. */
  readonly protocol: number
  readonly sourcePorts: PortRange | null
  readonly destinationPorts: PortRange | null
  /** A route of at most this prefix length does not count; -1: every route counts. */
  readonly suppressLength: number
  /** As a next hop's. Kernel: fib4_rule.tclassid. */
  readonly realm: number
  readonly action: PolicyAction
}

interface PortRange {
  readonly first: number
  readonly last: number
}

const ANY_RULE: Omit<PolicyRule, 'priority' | 'action'> = {
  inverted: false,
  source: null,
  destination: null,
  mark: 0,
  markMask: 0,
  inInterface: 0,
  outInterface: 0,
  tos: 0,
  dscp: -1,
  protocol: 0,
  sourcePorts: null,
  destinationPorts: null,
  suppressLength: -1,
  realm: 0,
}

/** The rules that every network namespace begins with. */
export function defaultPolicy(family: Family): PolicyRule[] {
  const rules = [lookupRule(0, 'local'), lookupRule(32766, 'main')]
  return family === 4 ? [...rules, lookupRule(32767, 'default')] : rules
}

function lookupRule(priority: number, table: string): PolicyRule {
  return { ...ANY_RULE, priority, action: { kind: 'table', table } }
}

/** True when the rules are the ones that the kernel made: then IPv4's local and main table are searched as one. */
export function isDefaultPolicy(rules: readonly PolicyRule[], family: Family): boolean {
  const made = defaultPolicy(family)
  return rules.length === made.length && rules.every((rule, index) => isSameLookup(rule, made[index]))
}

/** `lookup` asks nothing of a packet. */
function isSameLookup(rule: PolicyRule, lookup: PolicyRule): boolean {
  const [own, wanted] = [rule.action, lookup.action]
  const isSameAction = own.kind === 'table' && wanted.kind === 'table' && own.table === wanted.table
  const asksNothing = Object.entries(ANY_RULE).every(([name, any]) => rule[name as keyof typeof ANY_RULE] === any)
  return isSameAction && asksNothing && rule.priority === lookup.priority
}

const UNSUPPORTED = new Set(['uid_start', 'l3mdev', 'tun_id', 'nat_gateway', 'suppress_ifgroup'])
const KEYWORDS = new Set(
  (
    'priority not src srclen dst dstlen fwmark fwmask iif iif_detached oif oif_detached tos dscp ipproto sport ' +
    'sport_start sport_end dport dport_start dport_end table suppress_prefixlen goto unresolved nop action protocol ' +
    'proto flow_from flow_to'
  ).split(' '),
)
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ospf: 89,
  sctp: 132,
}

/** `interfaceOf` gives an interface's number, -1 when the box does not have it. */
export function readPolicy(file: JsonNode, family: Family, interfaceOf: (name: string) => number): PolicyRule[] {
  const rules = file
    .elements()
    .filter((node) => node.members().size > 0)
    .map((node) => readRule(node, family, interfaceOf))
  return rules.sort((a, b) => a.priority - b.priority)
}

function readRule(node: JsonNode, family: Family, interfaceOf: (name: string) => number): PolicyRule {
  for (const [name, member] of node.members()) {
    if (UNSUPPORTED.has(name)) throw member.error(`rules with "${name}" are not supported`, 'take the rule out')
    if (!KEYWORDS.has(name)) throw member.error(`rules with "${name}" are not known`, 'take the rule out')
  }
  const priority = node.member('priority')
  if (priority === null) throw node.error('a rule without "priority"', 'give the file as `ip -j rule` prints it')
  const device = (name: string): number => {
    const member = node.member(name)
    return member === null ? 0 : interfaceOf(member.string())
  }
  const mark = node.member('fwmark')
  const dscp = node.member('dscp')
  return {
    priority: priority.integer(),
    inverted: node.has('not'),
    source: readPrefix(node, 'src', family),
    destination: readPrefix(node, 'dst', family),
    mark: mark?.integer() ?? 0,
    markMask: mark === null ? 0 : (node.member('fwmask')?.integer() ?? 0xffffffff),
    inInterface: device('iif'),
    outInterface: device('oif'),
    tos: readTos(node.member('tos')),
    dscp: dscp === null ? -1 : /^\d+$/.test(String(dscp.value)) ? Number(dscp.value) : readTos(dscp) >>> 2,
    protocol: readProtocol(node.member('ipproto')),
    sourcePorts: readPorts(node, 'sport'),
    destinationPorts: readPorts(node, 'dport'),
    suppressLength: node.member('suppress_prefixlen')?.integer() ?? -1,
    realm: readRealms(node.member('flow_from'), node.member('flow_to')),
    action: readAction(node),
  }
}

function readPrefix(node: JsonNode, name: 'src' | 'dst', family: Family): Prefix | null {
  const member = node.member(name)
  if (member === null || member.string() === 'all') return null
  const address = parseAddress(member.string())
  if (address?.family !== family) throw member.error(`"${member.string()}" is no IPv${family} address`, 'correct it')
  const length = node.member(`${name}len`)?.integer() ?? addressBits(family)
  return length === 0 ? null : { words: masked(address.words, length), length }
}

function readProtocol(node: JsonNode | null): number {
  if (node === null) return 0
  const text = String(node.value)
  const protocol = PROTOCOLS[text] ?? Number(text.replace(/^ipproto-/, ''))
  if (!Number.isInteger(protocol)) throw node.error(`protocol "${text}" is not known`, 'run ip with -N')
  return protocol
}

function readPorts(node: JsonNode, name: 'sport' | 'dport'): PortRange | null {
  const one = node.member(name)
  if (one !== null) return { first: one.integer(), last: one.integer() }
  const first = node.member(`${name}_start`)
  return first === null ? null : { first: first.integer(), last: node.member(`${name}_end`)?.integer() ?? 65535 }
}

function readAction(node: JsonNode): PolicyAction {
  const jump = node.member('goto')
  if (jump !== null) return jump.value === 'none' ? { kind: 'nop' } : { kind: 'goto', priority: jump.integer() }
  if (node.has('nop')) return { kind: 'nop' }
  const action = node.member('action')
  if (action === null) return { kind: 'table', table: tableName(String(node.member('table')?.value ?? 'main')) }
  const kind = (['unreachable', 'blackhole', 'prohibit', 'nop'] as const).find((name) => name === action.value)
  if (kind === undefined) throw action.error(`rule action "${String(action.value)}" is not supported`, 'take it out')
  return { kind }
}

/** Whether the rule applies to the packet. */
export function ruleApplies(rule: PolicyRule, flow: Flow, family: Family): boolean {
  return selects(rule, flow, family) !== rule.inverted
}

function selects(rule: PolicyRule, flow: Flow, family: Family): boolean {
  if (rule.inInterface !== 0 && rule.inInterface !== flow.inInterface) return false
  if (rule.outInterface !== 0 && rule.outInterface !== flow.outInterface) return false
  if (((rule.mark ^ flow.mark) & rule.markMask) !== 0) return false
  if (rule.source !== null && !inPrefix(flow.source, rule.source)) return false
  if (rule.destination !== null && !inPrefix(flow.destination, rule.destination)) return false
  if (rule.dscp >= 0 && rule.dscp !== flow.tos >>> 2) return false
  if (rule.tos !== 0 && (rule.tos & 0xfc) !== legacyTos(flow.tos, family)) return false
  if (rule.protocol !== 0 && rule.protocol !== flow.protocol) return false
  return within(rule.sourcePorts, flow.srcPort) && within(rule.destinationPorts, flow.dstPort)
}

/** IPv4 compares the old TOS bits only. Kernel: fib_dscp_masked_match(). */
export function legacyTos(tos: number, family: Family): number {
  return family === 4 ? tos & 0x1c : tos & 0xfc
}

function within(range: PortRange | null, port: number): boolean {
  return range === null || (port >= range.first && port <= range.last)
}
