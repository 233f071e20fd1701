/**
 * -m tcpmss: the maximum segment size among the options of a TCP header.
 * Kernel: net/netfilter/xt_tcpmss.c, tcpmss_mt() (v6.18). iptables: extensions/libxt_tcpmss.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { inNumberRange, type NumberRange } from '../number-range.js'
import { printOption } from '../print-option.js'
import { hasBytes, headerOffset } from '../transport.js'

const HEADER = 20
const DATA_OFFSET = 12
const MSS = 2
const MSS_BYTES = 4

export const tcpmssMatch: MatchExtension<NumberRange> = {
  ...PLAIN_MATCH,
  name: 'tcpmss',
  families: [4, 6],
  options: [{ name: 'mss', key: 'mss', values: 1, invertible: true, required: true }],
  protocol: 6,

  parse(reader) {
    const use = reader.find('mss')
    if (use === undefined) return { from: 0, to: 0, inverted: false }
    const [from, to] = reader.integerRange(use.values[0], 65535)
    if (from > to) reader.problem(use.values[0], `the range ${use.values[0].text} ends before it begins`)
    return { from, to, inverted: use.inverted }
  },

  print: ({ from, to, inverted }) => printOption('mss', from === to ? `${from}` : `${from}:${to}`, inverted),
  reads: () => [Field.TcpOptions],

  prepare(range) {
    return (packet) => {
      const from = headerOffset(packet)
      if (!hasBytes(packet, from, HEADER)) return false
      const { memory } = packet
      const at = packet.at + from
      const length = (memory.u8(at + DATA_OFFSET) >> 4) * 4
      if (length < HEADER) {
        packet.hotDrop = true
        return false
      }
      if (!hasBytes(packet, from, length)) return false
      for (let offset = HEADER; offset < length;) {
        const kind = memory.u8(at + offset)
        const size = kind < 2 || offset + 1 === length ? 1 : memory.u8(at + offset + 1) || 1
        if (kind === MSS && size === MSS_BYTES && offset + MSS_BYTES <= length) {
          return inNumberRange(memory.be16(at + offset + 2), range)
        }
        offset += size
      }
      return range.inverted
    }
  },
}
