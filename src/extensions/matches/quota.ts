/**
 * -m quota: matches until so many bytes have passed.
 * Kernel: net/netfilter/xt_quota.c, quota_mt() (v6.18). iptables: extensions/libxt_quota.c.
 *
 *   state (16 bytes): bytes that are left u64 | 1 once it was used u32 | unused
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { printOption } from '../print-option.js'
import { readU64 } from '../u64.js'

interface QuotaOptions {
  readonly bytes: bigint
  readonly inverted: boolean
}

const STATE = { left: 0, used: 8, bytes: 16 }

export const quotaMatch: MatchExtension<QuotaOptions> = {
  name: 'quota',
  families: [4, 6],
  options: [{ name: 'quota', key: 'quota', values: 1, invertible: true, required: true }],
  protocol: null,
  scope: 'trace',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('quota')
    if (use === undefined) return { bytes: 0n, inverted: false }
    return { bytes: readU64(reader, use.values[0]), inverted: use.inverted }
  },

  print({ bytes, inverted }) {
    return printOption('quota', `${bytes}`, inverted)
  },

  reads: () => [Field.TraceState, Field.Length],
  fieldTest: () => ({ kind: 'cuts', cuts: [] }),
  stateBytes: () => STATE.bytes,

  prepare({ bytes, inverted }, _box, stateAt) {
    return ({ memory, length }) => {
      const left = memory.u32(stateAt + STATE.used) === 0 ? bytes : memory.u64(stateAt + STATE.left)
      const enough = left >= BigInt(length)
      // Once a packet did not fit, not even a small one does.
      memory.setU64(stateAt + STATE.left, enough ? left - BigInt(length) : 0n)
      memory.setU32(stateAt + STATE.used, 1)
      return enough !== inverted
    }
  },
}
