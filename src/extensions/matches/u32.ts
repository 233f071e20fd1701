/**
 * -m u32: 32-bit words of the packet, masked, shifted and used as offsets, compared with ranges.
 * Kernel: net/netfilter/xt_u32.c, u32_match_it() (v6.18). iptables: extensions/libxt_u32.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { printOption } from '../print-option.js'
import { printU32Tests, readU32Tests, type U32Test } from '../u32-text.js'
import type { Packet } from '../../memory/packet.js'

interface U32Options {
  /** All must hold. */
  readonly tests: readonly U32Test[]
  readonly inverted: boolean
}

export const u32Match: MatchExtension<U32Options> = {
  ...PLAIN_MATCH,
  name: 'u32',
  families: [4, 6],
  options: [{ name: 'u32', key: 'u32', values: 1, invertible: true, required: true }],

  parse(reader) {
    const use = reader.find('u32')
    if (use === undefined) return { tests: [], inverted: false }
    return { tests: readU32Tests(reader, use.values[0]), inverted: use.inverted }
  },

  print: ({ tests, inverted }) => printOption('u32', `"${printU32Tests(tests)}"`, inverted),
  reads: () => [Field.Payload],
  prepare:
    ({ tests, inverted }) =>
    (packet) =>
      tests.every((test) => holds(test, packet)) !== inverted,
}

/** Differs from the kernel: a word that was sent but not captured is in no range, since nobody knows it. */
function holds({ offset, steps, ranges }: U32Test, packet: Packet): boolean {
  const { memory } = packet
  const readable = Math.min(packet.length, packet.captured)
  if (offset + 4 > readable) return false
  let base = 0
  let value = memory.be32(packet.at + offset)
  for (const { operator, number } of steps) {
    if (operator === '&') value = (value & number) >>> 0
    else if (operator === '<<') value = (value << number) >>> 0
    else if (operator === '>>') value >>>= number
    else {
      base += value
      if (base + number + 4 > readable) return false
      value = memory.be32(packet.at + base + number)
    }
  }
  return ranges.some(([from, to]) => value >= from && value <= to)
}
