/**
 * The options of iptables itself: everything but those of matches and targets.
 * iptables: original_opts of iptables/iptables.c, OPTSTRING_COMMON of iptables/xshared.h (v1.8.9).
 */

export interface BaseOption {
  /** The letter of its short form, or the long name where it has none. */
  readonly code: string
  readonly argument: 'none' | 'required' | 'optional'
}

/** Code, argument, long names. Upper-case letters are commands. */
const OPTIONS: readonly (readonly [string, BaseOption['argument'], ...string[]])[] = [
  ['A', 'required', 'append'],
  ['C', 'required', 'check'],
  ['D', 'required', 'delete'],
  ['E', 'required', 'rename-chain'],
  ['F', 'optional', 'flush'],
  ['I', 'required', 'insert'],
  ['L', 'optional', 'list'],
  ['M', 'required', 'modprobe'],
  ['N', 'required', 'new-chain'],
  ['P', 'required', 'policy'],
  ['R', 'required', 'replace'],
  ['S', 'optional', 'list-rules'],
  ['V', 'none', 'version'],
  ['W', 'optional', 'wait-interval'],
  ['X', 'optional', 'delete-chain'],
  ['Z', 'optional', 'zero'],
  ['4', 'none', 'ipv4'],
  ['6', 'none', 'ipv6'],
  ['c', 'required', 'set-counters'],
  ['d', 'required', 'destination', 'dst'],
  ['f', 'none', 'fragments'],
  ['g', 'required', 'goto'],
  ['h', 'optional', 'help'],
  ['i', 'required', 'in-interface'],
  ['j', 'required', 'jump'],
  ['line-numbers', 'none', 'line-numbers'],
  ['m', 'required', 'match'],
  ['n', 'none', 'numeric'],
  ['o', 'required', 'out-interface'],
  ['p', 'required', 'protocol'],
  ['s', 'required', 'source', 'src'],
  ['t', 'required', 'table'],
  ['v', 'none', 'verbose'],
  ['w', 'optional', 'wait'],
  ['x', 'none', 'exact'],
]

const byLetter = new Map<string, BaseOption>()
const byName = new Map<string, BaseOption>()

for (const [code, argument, ...names] of OPTIONS) {
  const option = { code, argument }
  if (code.length === 1) byLetter.set(code, option)
  for (const name of names) byName.set(name, option)
}

export function shortOption(letter: string): BaseOption | undefined {
  return byLetter.get(letter)
}

/** The option of exactly that long name. */
export function longOption(name: string): BaseOption | undefined {
  return byName.get(name)
}

export function longOptions(): Iterable<readonly [string, BaseOption]> {
  return byName
}
