/**
 * The options of -m conntrack and -m state: how they are read and printed.
 * iptables: extensions/libxt_conntrack.c, revision 3.
 */
import { type HostAndMask, printHostAndMask } from './host-mask.js'
import { listItems, type OptionReader, type Token } from './option-reader.js'
import { type PortRange, printPortRange } from './ports.js'
import { printOption } from './print-option.js'

/** A value that the connection must have, or must not have. */
export interface TupleTest<Value> {
  readonly value: Value
  readonly inverted: boolean
}

/** Null: not asked for. */
export interface ConntrackOptions {
  /** CtState bits. */
  readonly state: TupleTest<number> | null
  readonly protocol: TupleTest<number> | null
  readonly originalSource: TupleTest<HostAndMask> | null
  readonly originalDestination: TupleTest<HostAndMask> | null
  readonly replySource: TupleTest<HostAndMask> | null
  readonly replyDestination: TupleTest<HostAndMask> | null
  readonly originalSourcePort: TupleTest<PortRange> | null
  readonly originalDestinationPort: TupleTest<PortRange> | null
  readonly replySourcePort: TupleTest<PortRange> | null
  readonly replyDestinationPort: TupleTest<PortRange> | null
  /** Bits of the entry's status. */
  readonly status: TupleTest<number> | null
  /** Seconds, both ends included. */
  readonly expire: TupleTest<readonly [number, number]> | null
  readonly direction: 'ORIGINAL' | 'REPLY' | null
}

/** In the order in which they are tried against what is written, with the bits of CtState. */
const STATES: readonly (readonly [string, number])[] = [
  ['INVALID', 1],
  ['NEW', 8],
  ['ESTABLISHED', 2],
  ['RELATED', 4],
  ['UNTRACKED', 64],
]
const NAT_STATES: readonly (readonly [string, number])[] = [
  ['SNAT', 16],
  ['DNAT', 32],
]
/** In the order in which iptables-save prints them. */
const PRINTED_STATES = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT']

/** Bits of the kernel's enum ip_conntrack_status. */
const STATUSES: readonly (readonly [string, number])[] = [
  ['NONE', 0],
  ['EXPECTED', 1],
  ['SEEN_REPLY', 2],
  ['ASSURED', 4],
  ['CONFIRMED', 8],
]

/** A list of states, `SNAT` and `DNAT` among them with `nat`. The beginning of a name is enough. */
export function statesOption(reader: OptionReader, key: string, nat: boolean): TupleTest<number> | null {
  const use = reader.find(key)
  if (use === undefined) return null
  const names = nat ? [...STATES, ...NAT_STATES] : STATES
  return { value: bitsOf(reader, use.values[0], 'state', names), inverted: use.inverted }
}

export function statusOption(reader: OptionReader): TupleTest<number> | null {
  const use = reader.find('status')
  if (use === undefined) return null
  return { value: bitsOf(reader, use.values[0], 'status', STATUSES), inverted: use.inverted }
}

export function directionOption(reader: OptionReader): ConntrackOptions['direction'] {
  const use = reader.find('direction')
  if (use === undefined) return null
  const direction = use.values[0].text.toUpperCase()
  if (direction === 'ORIGINAL' || direction === 'REPLY') return direction
  reader.unknownName(use.values[0], 'direction', ['ORIGINAL', 'REPLY'])
  return null
}

/** All options in iptables-save's order; `stateName` is the name under which the state is asked for. */
export function printConntrack(of: ConntrackOptions, stateName: 'state' | 'ctstate'): string {
  return (
    printTest(stateName, of.state, printStates) +
    printTest('ctproto', of.protocol, String) +
    printTest('ctorigsrc', of.originalSource, printHostAndMask) +
    printTest('ctorigdst', of.originalDestination, printHostAndMask) +
    printTest('ctreplsrc', of.replySource, printHostAndMask) +
    printTest('ctrepldst', of.replyDestination, printHostAndMask) +
    printTest('ctorigsrcport', of.originalSourcePort, printPorts) +
    printTest('ctorigdstport', of.originalDestinationPort, printPorts) +
    printTest('ctreplsrcport', of.replySourcePort, printPorts) +
    printTest('ctrepldstport', of.replyDestinationPort, printPorts) +
    printTest('ctstatus', of.status, printStatus) +
    printTest('ctexpire', of.expire, printPortRange) +
    (of.direction === null ? '' : printOption('ctdir', of.direction))
  )
}

function printTest<Value>(name: string, test: TupleTest<Value> | null, print: (value: Value) => string): string {
  return test === null ? '' : printOption(name, print(test.value), test.inverted)
}

function bitsOf(
  reader: OptionReader,
  list: Token,
  what: string,
  names: readonly (readonly [string, number])[],
): number {
  let bits = 0
  for (const item of listItems(list)) {
    const written = item.text.toUpperCase()
    const named = written === '' ? undefined : names.find(([name]) => name.startsWith(written))
    if (named !== undefined) bits |= named[1]
    else
      reader.unknownName(
        item,
        what,
        names.map(([name]) => name),
      )
  }
  return bits
}

function printStates(bits: number): string {
  const all = new Map([...STATES, ...NAT_STATES])
  return PRINTED_STATES.filter((name) => (bits & (all.get(name) ?? 0)) !== 0).join(',')
}

function printStatus(bits: number): string {
  if (bits === 0) return 'NONE'
  return STATUSES.filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(',')
}

/** The end 0 is not printed. */
function printPorts(range: PortRange): string {
  return range[1] === 0 ? `${range[0]}` : printPortRange(range)
}
