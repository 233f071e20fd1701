/**
 * -j SET: adds what the packet shows to a set of ipset, removes it, or takes over the mark that a set keeps with it.
 * Kernel: net/netfilter/xt_set.c, set_target_v3() (v6.18). iptables: extensions/libxt_SET.c, revision 3.
 * Differs from the kernel: --map-prio and --map-queue do nothing, since no rule can see priority or queue.
 */
import { ANYWHERE, Field, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { SetLookup } from '../set-lookup.js'
import { printSetUse, readSetUse, type SetUse } from '../set-use.js'
import { Hook } from '../../ruleset/ruleset.js'

export interface SetTargetOptions {
  readonly add: SetUse | null
  readonly remove: SetUse | null
  readonly map: SetUse | null
  readonly exist: boolean
  /** Seconds; null: as the set has it. */
  readonly timeout: number | null
  readonly mapped: readonly Mapped[]
}

type Mapped = 'map-mark' | 'map-prio' | 'map-queue'

const MAPPED: readonly Mapped[] = ['map-mark', 'map-prio', 'map-queue']
/** Kernel: IPSET_NO_TIMEOUT is one more. */
const MOST_TIMEOUT = 0xfffffffe

export const setTarget: TargetExtension<SetTargetOptions> = {
  name: 'SET',
  families: [4, 6],
  // iptables does not look at a `!` in front of them.
  options: [
    { name: 'add-set', key: 'add', values: 2, invertible: true },
    { name: 'del-set', key: 'remove', values: 2, invertible: true },
    { name: 'map-set', key: 'map', values: 2, invertible: true },
    { name: 'exist', key: 'exist', values: 0, invertible: true },
    { name: 'timeout', key: 'timeout', values: 1, invertible: true },
    ...MAPPED.map((name) => ({ name, key: name, values: 0 as const, invertible: true })),
  ],
  scope: 'trace',
  tracks: false,
  placement: ({ map, mapped }) =>
    map === null
      ? ANYWHERE
      : { tables: ['mangle'], hooks: mapped.some((name) => name !== 'map-mark') ? LEAVING : null },

  parse(reader) {
    const timeout = reader.find('timeout')
    const options: SetTargetOptions = {
      add: useOf(reader, 'add'),
      remove: useOf(reader, 'remove'),
      map: useOf(reader, 'map'),
      exist: reader.find('exist') !== undefined,
      timeout: timeout === undefined ? null : reader.integer(timeout.values[0], 0, MOST_TIMEOUT),
      mapped: MAPPED.filter((name) => reader.find(name) !== undefined),
    }
    const { add, remove, map, exist, mapped } = options
    if (add === null && remove === null && map === null) {
      reader.problem(reader.name, 'one of --add-set, --del-set and --map-set is needed')
    }
    if (add === null && (exist || timeout !== undefined)) {
      reader.problem(reader.name, '--exist and --timeout go with --add-set only')
    }
    if ((map === null) !== (mapped.length === 0)) {
      reader.problem(reader.name, '--map-set needs --map-mark, --map-prio or --map-queue, and these need it')
    }
    return options
  },

  print({ add, remove, map, exist, timeout, mapped }) {
    return (
      printUse('add-set', add) +
      (exist ? ' --exist' : '') +
      (timeout === null ? '' : printOption('timeout', `${timeout}`)) +
      printUse('del-set', remove) +
      printUse('map-set', map) +
      mapped.map((name) => ` --${name}`).join('')
    )
  },

  reads: () => [Field.TraceState],
  stateBytes: (_options, box) => SetLookup.stateBytes(box),
  stateName: () => 'sets',

  prepare({ add, remove, map, exist, timeout, mapped }, box, stateAt) {
    const lookup = SetLookup.of(box)
    const question = map === null ? null : { ...QUESTION, use: map }
    return (packet) => {
      if (add !== null) lookup.add(add, packet, stateAt, exist, timeout)
      if (remove !== null) lookup.remove(remove, packet, stateAt)
      const found = question === null ? null : lookup.matching(question, packet, stateAt)
      if (found !== null && mapped.includes('map-mark')) {
        const [mark, mask] = found.table.mark(found.value)
        packet.skb.mark = (packet.skb.mark & ~mask) ^ mark
      }
      return TargetVerdict.Continue
    }
  },
}

const LEAVING = [Hook.Forward, Hook.Output, Hook.Postrouting]
const QUESTION = { returnNoMatch: false, updatesCounters: true, updatesSubcounters: true, packets: null, bytes: null }

function useOf(reader: OptionReader, key: string): SetUse | null {
  const use = reader.find(key)
  return use === undefined ? null : readSetUse(reader, use)
}

function printUse(option: string, use: SetUse | null): string {
  return use === null ? '' : printOption(option, printSetUse(use))
}
