/**
 * -m ttl and -m hl: time to live of IPv4, hop limit of IPv6.
 * Kernel: net/netfilter/xt_hl.c (v6.18). iptables: extensions/libipt_ttl.c, libip6t_hl.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { timeToLive } from '../ip-header.js'
import { printOption } from '../print-option.js'

interface TtlOptions {
  readonly test: 'eq' | 'lt' | 'gt'
  readonly inverted: boolean
  readonly value: number
}

export const ttlMatch: MatchExtension<TtlOptions> = { name: 'ttl', families: [4], ...extension('ttl') }
export const hlMatch: MatchExtension<TtlOptions> = { name: 'hl', families: [6], ...extension('hl') }

function extension(name: 'ttl' | 'hl'): Omit<MatchExtension<TtlOptions>, 'name' | 'families'> {
  const excludes = ['eq', 'lt', 'gt']
  const options: readonly OptionSpec[] = [
    { name: `${name}-lt`, key: 'lt', values: 1, excludes },
    { name: `${name}-gt`, key: 'gt', values: 1, excludes },
    { name: `${name}-eq`, key: 'eq', values: 1, excludes, invertible: true },
    { name, key: 'eq', values: 1, excludes, invertible: true },
  ]
  return {
    options,
    protocol: null,
    scope: 'packet',
    tracks: false,
    placement: () => ANYWHERE,

    parse(reader) {
      reader.needsOne(options)
      const use = reader.uses[0]
      if (use === undefined) return { test: 'eq', inverted: false, value: 0 }
      const test = use.spec.key === 'lt' ? 'lt' : use.spec.key === 'gt' ? 'gt' : 'eq'
      return { test, inverted: use.inverted, value: reader.integer(use.values[0], 0, 255) }
    },

    print: ({ test, inverted, value }) => printOption(`${name}-${test}`, `${value}`, inverted),
    reads: () => [Field.Ttl],
    stateBytes: () => 0,

    prepare({ test, inverted, value }) {
      return (packet) => {
        const ttl = timeToLive(packet)
        if (test === 'lt') return ttl < value
        if (test === 'gt') return ttl > value
        return (ttl === value) !== inverted
      }
    },
  }
}
