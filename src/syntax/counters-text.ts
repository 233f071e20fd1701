/**
 * Counters as iptables-save writes them: `[packets:bytes]`.
 * Differs from iptables-restore: nothing else may stand in the brackets; there, what follows the digits is ignored.
 */
import type { Counters } from '../ruleset/ruleset.js'

const MAX_U64 = 2n ** 64n - 1n

/** `[packets:bytes]` at the beginning of the text, and how long it is; null when it does not stand there. */
export function parseCounters(text: string): { readonly counters: Counters; readonly length: number } | null {
  const found = /^\[ *(\d+) *: *(\d+) *\]/.exec(text)
  if (found === null) return null
  return { counters: { packets: counterOf(found[1]), bytes: counterOf(found[2]) }, length: found[0].length }
}

/** A number that may be followed by anything; null when there is none. */
export function parseCounter(text: string): bigint | null {
  const digits = /^\s*\+?(\d+)/.exec(text)
  return digits === null ? null : counterOf(digits[1])
}

export function printCounters({ packets, bytes }: Counters): string {
  return `[${packets}:${bytes}]`
}

function counterOf(digits: string): bigint {
  const value = BigInt(digits)
  return value > MAX_U64 ? MAX_U64 : value
}
