/**
 * What an extension (-m NAME, -j NAME) is to the rest of hookline: how its options are read and printed, what it
 * looks at, and how it decides. One file each in matches/ and targets/; all.ts lists them.
 */
import type { Box } from '../box/box.js'
import type { Packet } from '../memory/packet.js'
import type { Family, Hook, Match, Rule, TableName } from '../ruleset/ruleset.js'
import type { OptionReader } from './option-reader.js'
import type { OptionSpec } from './option-spec.js'

/** What a match or target looks at. The planner and the path cache reason with these. */
export enum Field {
  // The same for every packet of one direction of a connection.
  Addresses,
  Protocol,
  Ports,
  IcmpType,
  /** The tuples and the protocol of the connection itself. */
  ConnectionTuple,
  // Different from packet to packet.
  InInterface,
  OutInterface,
  TcpFlags,
  TcpOptions,
  Length,
  Ttl,
  Tos,
  IpOptions,
  SourceMac,
  PacketType,
  Fragment,
  /** skb->mark: rules alone give it a value. */
  Mark,
  Payload,
  // Of the connection.
  CtState,
  CtStatus,
  CtMark,
  CtExpiry,
  CtCounters,
  // Of the whole capture: the outcome depends on other packets too.
  TraceState,
  /** The time of the packet. */
  Clock,
}

/**
 * How far the state reaches that an extension keeps: none but the packet, the connection's entry, or something
 * shared by all packets (which forces those packets into one shard, in order). That a translation must be free among
 * all connections is the table nat's affair (src/netfilter/nat.ts).
 */
export type Scope = 'packet' | 'connection' | 'trace'

/** Where a rule stands, for extensions that are allowed in some tables or hooks only. */
export interface RulePlace {
  readonly family: Family
  readonly table: TableName
  readonly chain: string
  /** The rule's own tests. */
  readonly rule: Pick<Rule, 'protocol' | 'fragment'>
}

/** Constraint of an extension that holds for the hooks from which a chain can be reached. */
export interface Placement {
  /** Tables in which it may stand; null: all. */
  readonly tables: readonly TableName[] | null
  /** Hooks from which it may be reached; null: all. */
  readonly hooks: readonly Hook[] | null
}

export const ANYWHERE: Placement = { tables: null, hooks: null }

/** What most matches are: they keep nothing, need no connection tracking, and may stand anywhere. */
export const PLAIN_MATCH = {
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: (): Placement => ANYWHERE,
  stateBytes: () => 0,
} as const

/** What most targets are. */
export const PLAIN_TARGET = { scope: 'packet', tracks: false, placement: (): Placement => ANYWHERE } as const

/** How a match's outcome depends on one field whose values are cut into classes. */
export type FieldTest =
  /** The outcome, as far as this field decides it. */
  | { readonly kind: 'test'; readonly test: (value: number) => boolean }
  /** The values at which the outcome may change: it is constant between them. */
  | { readonly kind: 'cuts'; readonly cuts: readonly number[] }

/** What a match asks of the flow that a packet belongs to: the values of one number of it that pass. */
export interface FlowTest {
  /** Of ICMP, the destination port is type << 8 | code, and the source port means nothing. */
  readonly field: 'source' | 'destination' | 'sourcePort' | 'destinationPort'
  /** Both ends included: the words of addresses, or one port. */
  readonly ranges: readonly { readonly from: readonly number[]; readonly to: readonly number[] }[]
  readonly inverted: boolean
}

export interface MatchExtension<Options> {
  readonly name: string
  readonly families: readonly Family[]
  readonly options: readonly OptionSpec[]
  /** The protocol that the rule must have (`-p tcp`), or null. Kernel: xt_match.proto. */
  readonly protocol: number | null
  readonly scope: Scope
  /** True when the kernel needs connection tracking for it. Kernel: nf_ct_netns_get() in its checkentry. */
  readonly tracks: boolean
  /** It may ask what a capture does not tell: then it answers as --unknown says, and sets `packet.guessed`. */
  readonly guesses?: true
  /** What the options of the rule mean; what is wrong with them goes to `reader.problem`. */
  parse(reader: OptionReader, place: RulePlace): Options
  placement(options: Options): Placement
  /** The options as iptables-save prints them behind `-m NAME`, with a space in front of each; '' for none. */
  print(options: Options, family: Family): string
  reads(options: Options): readonly Field[]
  /** For Field.TcpFlags and Field.Length, when `reads` names them; without it, every value is a class of its own. */
  fieldTest?(options: Options, field: Field): FieldTest
  /**
   * All that it asks of a packet's addresses, protocol and ports, where the transport header is whole: it matches no
   * packet that fails one of these, and what else it asks, `reads` names. No test stands for what depends on how the
   * box routes an address. Null, or without it: not known. `protocol` is the one that the rule demands; 0 none.
   */
  flowTests?(options: Options, protocol: number): readonly FlowTest[] | null
  /** The flow tests alone decide, where `reads` names nothing else. */
  readonly decidesByFlow?: true
  /** The destination ports that it asks for, where it asks for some. */
  destinationPorts?(options: Options): readonly (readonly [number, number])[]
  /** Bytes of state it keeps in shared memory, zeroed at the start of the trace; only for scope 'trace'. */
  stateBytes(options: Options, box: Box): number
  /** Rules whose states have one name share one state, also across families; without it, a rule has its own. */
  stateName?(options: Options, family: Family): string
  /** A state that is shared is as large as what its rules ask for together; otherwise, as the largest. */
  readonly stateAddsUp?: true
  /** The scope where it depends on the options; it reaches no farther than `scope`. */
  scopeOf?(options: Options, box: Box): Scope
  /**
   * The decision, ready to run on many packets. `stateAt` is the address of its state, or 0; `sharers` are the
   * options of all rules that share the state, in the order of the rules, its own among them.
   * It may set `packet.hotDrop`, which drops the packet at once.
   */
  prepare(options: Options, box: Box, stateAt: number, sharers: readonly Options[]): (packet: Packet) => boolean
}

/** What a target says to the traversal of its table. Kernel: XT_CONTINUE, NF_DROP, NF_ACCEPT, XT_RETURN, NF_QUEUE. */
export enum TargetVerdict {
  Continue,
  Accept,
  Drop,
  Return,
  Queue,
}

export interface TargetExtension<Options> {
  readonly name: string
  readonly families: readonly Family[]
  readonly options: readonly OptionSpec[]
  readonly scope: Scope
  readonly tracks: boolean
  /** As `tracks`, where it depends on the options. */
  tracksWith?(options: Options): boolean
  /** True when it puts the directions of a connection into different zones: a tuple may then have two entries. */
  splitsZones?(options: Options): boolean
  /** As of a match. */
  readonly guesses?: true
  /** The ports that it may map destinations to. */
  destinationPorts?(options: Options): readonly (readonly [number, number])[]
  /** Number of the conntrack helper that it gives to connections; 0 none. */
  givesHelper?(options: Options): number
  parse(reader: OptionReader, place: RulePlace): Options
  placement(options: Options): Placement
  /** What is wrong with the rule's matches for a rule with this target; null when nothing is. */
  misses?(matches: readonly Match[]): string | null
  print(options: Options, family: Family): string
  reads(options: Options): readonly Field[]
  /** As of a match. */
  stateBytes?(options: Options, box: Box): number
  stateName?(options: Options, family: Family): string
  readonly stateAddsUp?: true
  scopeOf?(options: Options, box: Box): Scope
  /** `sharers`: as of a match, but those of other extensions, too. */
  prepare(options: Options, box: Box, stateAt: number, sharers: readonly unknown[]): (packet: Packet) => TargetVerdict
}
