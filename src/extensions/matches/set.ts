/**
 * -m set: whether a set of ipset holds what the packet shows.
 * Kernel: net/netfilter/xt_set.c, set_match_v4() (v6.18). iptables: extensions/libxt_set.c, revision 4.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import { type CounterTest, SetLookup, type SetQuestion } from '../set-lookup.js'
import { printSetUse, readSetUse } from '../set-use.js'
import { readU64 } from '../u64.js'

export interface SetOptions extends SetQuestion {
  readonly inverted: boolean
}

type Counter = 'packets' | 'bytes'

const OPERATORS = ['eq', 'lt', 'gt'] as const
const options: readonly OptionSpec[] = [
  { name: 'match-set', key: 'set', values: 2, invertible: true, required: true },
  { name: 'set', key: 'set', values: 2, invertible: true },
  { name: 'return-nomatch', key: 'return-nomatch', values: 0, repeatable: true },
  { name: 'update-counters', key: 'counters', values: 0, invertible: true, repeatable: true },
  { name: 'update-subcounters', key: 'subcounters', values: 0, invertible: true, repeatable: true },
  ...counterSpecs('packets'),
  ...counterSpecs('bytes'),
]

export const setMatch: MatchExtension<SetOptions> = {
  name: 'set',
  families: [4, 6],
  options,
  protocol: null,
  scope: 'trace',
  scopeOf: ({ use }, box) => (SetLookup.changes(box, use.name) ? 'trace' : 'packet'),
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('set')
    return {
      use: use === undefined ? { name: '', sources: [] } : readSetUse(reader, use),
      inverted: use?.inverted ?? false,
      returnNoMatch: reader.find('return-nomatch') !== undefined,
      updatesCounters: reader.find('counters')?.inverted !== true,
      updatesSubcounters: reader.find('subcounters')?.inverted !== true,
      packets: readCounter(reader, 'packets'),
      bytes: readCounter(reader, 'bytes'),
    }
  },

  print(of) {
    return (
      printOption('match-set', printSetUse(of.use), of.inverted) +
      (of.returnNoMatch ? ' --return-nomatch' : '') +
      (of.updatesCounters ? '' : ' ! --update-counters') +
      (of.updatesSubcounters ? '' : ' ! --update-subcounters') +
      printCounter('packets', of.packets) +
      printCounter('bytes', of.bytes)
    )
  },

  // All that a set of any kind may look at, but for MAC addresses: sets of these count as changing.
  reads: () => [
    Field.Addresses,
    Field.Ports,
    Field.Protocol,
    Field.IcmpType,
    Field.InInterface,
    Field.OutInterface,
    Field.Mark,
  ],
  stateBytes: ({ use }, box) => (SetLookup.changes(box, use.name) ? SetLookup.stateBytes(box) : 0),
  stateName: () => 'sets',

  prepare(of, box, stateAt) {
    const lookup = SetLookup.of(box)
    return (packet) => (lookup.matching(of, packet, stateAt) !== null) !== of.inverted
  },
}

function counterSpecs(counter: Counter): OptionSpec[] {
  return OPERATORS.map((operator) => ({
    name: `${counter}-${operator}`,
    key: `${counter}-${operator}`,
    values: 1,
    invertible: operator === 'eq',
    excludes: OPERATORS.map((other) => `${counter}-${other}`),
  }))
}

function readCounter(reader: OptionReader, counter: Counter): CounterTest | null {
  for (const operator of OPERATORS) {
    const use = reader.find(`${counter}-${operator}`)
    if (use === undefined) continue
    return { operator: use.inverted ? 'ne' : operator, value: readU64(reader, use.values[0]) }
  }
  return null
}

function printCounter(counter: Counter, test: CounterTest | null): string {
  if (test === null) return ''
  const { operator, value } = test
  return printOption(`${counter}-${operator === 'ne' ? 'eq' : operator}`, `${value}`, operator === 'ne')
}
