/**
 * What conntrack counted, as /proc/net/stat/nf_conntrack shows it, and what the report says of the same.
 * Kernel: ct_cpu_seq_show(), net/netfilter/nf_conntrack_standalone.c (v6.18).
 */
import type { Difference } from './difference.js'

/** The kernel's columns that a replay knows. `entries` is one moment's; the others are always 0 or not modelled. */
const COLUMNS = {
  clashres: 'clashResolve',
  found: 'found',
  invalid: 'invalid',
  chainlength: 'chaintoolong',
  insert_failed: 'insertFailed',
  drop: 'drop',
  early_drop: 'earlyDrop',
  icmp_error: 'icmpError',
  expect_new: 'expectNew',
  expect_create: 'expectCreate',
  expect_delete: 'expectDelete',
} as const

/** The same numbers of a report's `conntrack`. */
export type ConntrackCounts = Readonly<Record<(typeof COLUMNS)[keyof typeof COLUMNS], bigint>>

/**
 * `kernel` is the file: a header, then one line a processor in hexadecimal. `randomPorts`: NAT draws ports, and how
 * many of those that it draws are taken (`found`) is drawn as well.
 */
export function compareStatistics(kernel: string, replay: ConntrackCounts, randomPorts: boolean): Difference[] {
  const sums = sumColumns(kernel)
  return Object.entries(COLUMNS).flatMap(([column, field]) => {
    if (randomPorts && field === 'found') return []
    const [theirs, ours] = [sums.get(column) ?? 0n, replay[field]]
    return theirs === ours
      ? []
      : [{ where: `conntrack -S ${column}`, kernel: `${theirs}`, replay: `${ours}`, note: '' }]
  })
}

function sumColumns(text: string): Map<string, bigint> {
  const [header = '', ...lines] = text.trim().split('\n')
  const names = header.trim().split(/\s+/)
  const sums = new Map(names.map((name) => [name, 0n]))
  for (const line of lines) {
    line
      .trim()
      .split(/\s+/)
      .forEach((word, index) => sums.set(names[index], (sums.get(names[index]) ?? 0n) + BigInt(`0x${word}`)))
  }
  return sums
}
