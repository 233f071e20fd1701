/**
 * -m ipvs: what the box's load balancer makes of a packet, which a capture does not tell.
 * Kernel: net/netfilter/xt_ipvs.c (v6.18). iptables: extensions/libxt_ipvs.c.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { printHostAndMask, readHostAndMask } from '../host-mask.js'
import type { OptionReader, OptionUse } from '../option-reader.js'
import { readResolvedPort } from '../ports.js'
import { printOption } from '../print-option.js'
import { readProtocol } from '../protocol-option.js'
import { type Undecided, undecidedTest } from '../undecided.js'

interface IpvsOptions extends Undecided {
  /** `! --ipvs` alone. */
  readonly foreign: boolean
  /** Names and values, as iptables-save prints them. */
  readonly asked: readonly (readonly [name: string, value: string, inverted: boolean])[]
}

/** In the order in which iptables-save prints them. */
const OPTIONS = ['vproto', 'vaddr', 'vport', 'vdir', 'vmethod', 'vportctl']
const DIRECTIONS = ['ORIGINAL', 'REPLY']
const METHODS = ['GATE', 'IPIP', 'MASQ']

export const ipvsMatch: MatchExtension<IpvsOptions> = {
  ...PLAIN_MATCH,
  name: 'ipvs',
  guesses: true,
  families: [4, 6],
  options: [
    { name: 'ipvs', key: 'ipvs', values: 0, invertible: true },
    ...OPTIONS.map((name) => ({ name, key: name, values: 1, invertible: name !== 'vdir' }) as const),
  ],

  parse(reader) {
    reader.needsOne(ipvsMatch.options)
    const own = reader.find('ipvs')
    const asked = OPTIONS.flatMap((name) => {
      const use = reader.find(name)
      return use === undefined ? [] : [[name, valueOf(reader, use), use.inverted] as const]
    })
    if (own?.inverted === true && asked.length > 0) {
      reader.problem(own.name, '! --ipvs cannot stand beside other options')
    }
    return {
      foreign: own?.inverted === true,
      asked,
      answer: reader.undecidable('what the box balances over servers'),
    }
  },

  print: ({ foreign, asked }) =>
    asked.length === 0
      ? `${foreign ? ' !' : ''} --ipvs`
      : asked.map(([name, value, inverted]) => printOption(name, value, inverted)).join(''),
  reads: () => [],
  prepare: undecidedTest,
}

function valueOf(reader: OptionReader, { spec, values: [value] }: OptionUse): string {
  switch (spec.key) {
    case 'vproto':
      return `${readProtocol(reader, value)}`
    case 'vaddr': {
      const host = readHostAndMask(reader, 'vaddr')
      return host === null ? '' : printHostAndMask(host.value)
    }
    case 'vdir':
    case 'vmethod': {
      const names = spec.key === 'vdir' ? DIRECTIONS : METHODS
      const written = value.text.toUpperCase()
      if (!names.includes(written)) reader.unknownName(value, spec.key === 'vdir' ? 'direction' : 'method', names)
      return written
    }
    default:
      return `${readResolvedPort(reader, value)}`
  }
}
