/**
 * -j TTL and -j HL: set, raise or lower the time to live of IPv4, the hop limit of IPv6.
 * Kernel: net/netfilter/xt_HL.c (v6.18). iptables: extensions/libipt_TTL.c, libip6t_HL.c.
 */
import { Field, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { setTimeToLive, timeToLive } from '../ip-header.js'
import { printOption } from '../print-option.js'

interface TtlOptions {
  readonly change: 'set' | 'inc' | 'dec'
  readonly value: number
}

export const ttlTarget: TargetExtension<TtlOptions> = { name: 'TTL', families: [4], ...extension('ttl') }
export const hlTarget: TargetExtension<TtlOptions> = { name: 'HL', families: [6], ...extension('hl') }

function extension(name: 'ttl' | 'hl'): Omit<TargetExtension<TtlOptions>, 'name' | 'families'> {
  const excludes = ['set', 'dec', 'inc']
  const options: readonly OptionSpec[] = excludes.map((key) => ({ name: `${name}-${key}`, key, values: 1, excludes }))
  return {
    options,
    scope: 'packet',
    tracks: false,
    placement: () => ({ tables: ['mangle'], hooks: null }),

    parse(reader) {
      reader.needsOne(options)
      const use = reader.uses[0]
      if (use === undefined) return { change: 'set', value: 0 }
      const change = use.spec.key === 'inc' ? 'inc' : use.spec.key === 'dec' ? 'dec' : 'set'
      return { change, value: reader.integer(use.values[0], change === 'set' ? 0 : 1, 255) }
    },

    print: ({ change, value }) => printOption(`${name}-${change}`, `${value}`),
    reads: () => [Field.Ttl],

    prepare({ change, value }) {
      return (packet) => {
        const old = timeToLive(packet)
        const changed =
          change === 'set' ? value : change === 'inc' ? Math.min(255, old + value) : Math.max(0, old - value)
        if (changed !== old) setTimeToLive(packet, changed)
        return TargetVerdict.Continue
      }
    },
  }
}
