/**
 * The vocabulary of rules: what an iptables-save text says, once read. Everything here is plain data that no later
 * step changes. Addresses are words: one unsigned 32-bit number for IPv4, four (most significant first) for IPv6.
 */

export type Family = 4 | 6

/** Built-in hooks, in the kernel's numbering. Kernel: enum nf_inet_hooks, include/uapi/linux/netfilter.h. */
export enum Hook {
  Prerouting = 0,
  Input = 1,
  Forward = 2,
  Output = 3,
  Postrouting = 4,
}

export const HOOK_NAMES = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const
export type HookName = (typeof HOOK_NAMES)[number]

export const TABLE_NAMES = ['raw', 'mangle', 'nat', 'filter', 'security'] as const
export type TableName = (typeof TABLE_NAMES)[number]

/** Where in a rules file something stands; lines and columns count from 1. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
}

export interface Counters {
  readonly packets: bigint
  readonly bytes: bigint
}

export interface Ruleset {
  readonly family: Family
  /** In the order of the text. */
  readonly tables: readonly Table[]
}

export interface Table {
  readonly name: TableName
  /** Built-in chains and user chains in the order in which iptables-save prints them. */
  readonly chains: readonly Chain[]
}

export interface Chain {
  readonly name: string
  /** The hook of a built-in chain; null for a user chain. */
  readonly hook: Hook | null
  /** Null for a user chain. */
  readonly policy: 'ACCEPT' | 'DROP' | null
  readonly counters: Counters
  readonly rules: readonly Rule[]
  readonly position: Position
}

export interface AddressMatch {
  readonly address: readonly number[]
  readonly mask: readonly number[]
  readonly inverted: boolean
}

export interface InterfaceMatch {
  /** As written: a name, or a prefix that ends in `+`. */
  readonly name: string
  readonly inverted: boolean
}

export interface ProtocolMatch {
  /** 0 means every protocol. */
  readonly number: number
  readonly inverted: boolean
}

/** One `-m`. What `options` holds is known to the extension of that name only. */
export interface Match {
  readonly name: string
  readonly options: unknown
  readonly position: Position
}

export type Target =
  | { readonly kind: 'none' }
  | { readonly kind: 'verdict'; readonly verdict: 'ACCEPT' | 'DROP' | 'RETURN' | 'QUEUE' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'extension'; readonly name: string; readonly options: unknown; readonly position: Position }

export interface Rule {
  readonly position: Position
  /** Which of the rules it is that its line stands for, from 0: one for each pair of addresses. */
  readonly nth: number
  /** `[packets:bytes]` in front of the rule; null without. */
  readonly counters: Counters | null
  readonly source: AddressMatch | null
  readonly destination: AddressMatch | null
  readonly inInterface: InterfaceMatch | null
  readonly outInterface: InterfaceMatch | null
  readonly protocol: ProtocolMatch | null
  /** `-f`, `! -f` (IPv4 only). */
  readonly fragment: { readonly inverted: boolean } | null
  readonly matches: readonly Match[]
  readonly target: Target
}
