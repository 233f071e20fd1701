/**
 * -m owner: the user and group of the socket that sends the packet. A capture does not tell them; what the box
 * forwards has no socket. Kernel: net/netfilter/xt_owner.c, owner_mt() (v6.18).
 * iptables: extensions/libxt_owner.c, revision 1.
 */
import { readFileSync } from 'node:fs'
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import type { OptionReader, OptionUse } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import { readNumber } from '../../ruleset/number-text.js'
import { Hook } from '../../ruleset/ruleset.js'

interface IdTest {
  readonly from: number
  readonly to: number
  readonly inverted: boolean
}

interface OwnerOptions {
  readonly user: IdTest | null
  readonly group: IdTest | null
  /** Whether it has to be there; null: not asked for. */
  readonly socket: boolean | null
  readonly supplementary: boolean
  /** What is said of packets that have a socket. */
  readonly answer: boolean
}

const LARGEST_ID = 0xfffffffe

const options: readonly OptionSpec[] = [
  { name: 'uid-owner', key: 'user', values: 1, invertible: true },
  { name: 'gid-owner', key: 'group', values: 1, invertible: true },
  { name: 'socket-exists', key: 'socket', values: 0, invertible: true },
  { name: 'suppl-groups', key: 'supplementary', values: 0 },
]

export const ownerMatch: MatchExtension<OwnerOptions> = {
  ...PLAIN_MATCH,
  name: 'owner',
  guesses: true,
  families: [4, 6],
  options,
  placement: () => ({ tables: null, hooks: [Hook.Output, Hook.Postrouting] }),

  parse(reader) {
    reader.needsOne(options)
    const keys = reader.uses.map(({ spec }) => spec.key)
    const supplementary = keys.indexOf('supplementary')
    if (supplementary >= 0 && !keys.slice(0, supplementary).includes('group')) {
      reader.problem(reader.uses[supplementary].name, '--suppl-groups needs --gid-owner in front of it')
    }
    const socket = reader.find('socket')
    return {
      user: readId(reader, reader.find('user'), '/etc/passwd'),
      group: readId(reader, reader.find('group'), '/etc/group'),
      socket: socket === undefined ? null : !socket.inverted,
      supplementary: supplementary >= 0,
      answer: reader.undecidable('whose socket sends a packet'),
    }
  },

  print: ({ user, group, socket, supplementary }) =>
    (socket === null ? '' : `${socket ? '' : ' !'} --socket-exists`) +
    printId('uid-owner', user) +
    printId('gid-owner', group) +
    (supplementary ? ' --suppl-groups' : ''),

  reads: () => [Field.InInterface],

  prepare({ user, group, socket, supplementary, answer }) {
    const withoutSocket = [user, group].every((test) => test?.inverted !== false) && socket !== true && !supplementary
    return (packet) => {
      if (packet.inInterface !== 0) return withoutSocket
      packet.guessed = true
      return answer
    }
  },
}

/** Names are those of this machine, as iptables-restore would take them; a ruleset that was saved has numbers. */
function readId(reader: OptionReader, use: OptionUse | undefined, file: string): IdTest | null {
  if (use === undefined) return null
  const [value] = use.values
  const { inverted } = use
  const named = value.text === '' ? null : idOf(value.text, file)
  if (named !== null) return { from: named, to: named, inverted }
  const first = readNumber(value.text)
  const separated = first !== null && /[-:]/.test(value.text[first.end] ?? '')
  const last = separated ? readNumber(value.text, first.end + 1) : first
  if (first === null || last === null || last.end !== value.text.length || last.value > LARGEST_ID) {
    reader.problem(value, `"${value.text}" is no id, range of ids (from-to) or name that this machine knows`)
  } else if (first.value > last.value) {
    reader.problem(value, `the range ${value.text} ends before it begins`)
  }
  return { from: first?.value ?? 0, to: last?.value ?? 0, inverted }
}

function idOf(name: string, file: string): number | null {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return null
  }
  const entry = text
    .split('\n')
    .map((line) => line.split(':'))
    .find(([known]) => known === name)
  return entry === undefined ? null : Number(entry[2])
}

function printId(name: string, test: IdTest | null): string {
  if (test === null) return ''
  const { from, to, inverted } = test
  return printOption(name, from === to ? `${from}` : `${from}-${to}`, inverted)
}
