/**
 * -m esp and -m ipcomp: the security parameters index of ESP, the compression parameter index of IPComp.
 * Kernel: net/netfilter/xt_esp.c, xt_ipcomp.c (v6.18). iptables: extensions/libxt_esp.c, libxt_ipcomp.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { inNumberRange, type NumberRange, printNumberRange, readNumberRange } from '../number-range.js'
import { hasHeader } from '../transport.js'

interface IpcompOptions {
  readonly index: NumberRange
  /** Has no effect. */
  readonly reserved: boolean
}

const ESP_HEADER = 8
const IPCOMP_HEADER = 4

export const espMatch: MatchExtension<NumberRange> = {
  ...PLAIN_MATCH,
  name: 'esp',
  families: [4, 6],
  options: [{ name: 'espspi', key: 'spi', values: 1, invertible: true }],
  protocol: 50,
  parse: (reader) => readNumberRange(reader, 'spi'),
  print: (range) => printNumberRange('espspi', range),
  reads: () => [Field.Payload],
  prepare(range) {
    return (packet) =>
      hasHeader(packet, ESP_HEADER) && inNumberRange(packet.memory.be32(packet.at + packet.transport), range)
  },
}

export const ipcompMatch: MatchExtension<IpcompOptions> = {
  ...PLAIN_MATCH,
  name: 'ipcomp',
  families: [4, 6],
  options: [
    { name: 'ipcompspi', key: 'index', values: 1, invertible: true },
    { name: 'compres', key: 'reserved', values: 0 },
  ],
  protocol: 108,

  parse(reader) {
    // Without the option it is index 0, not any.
    const index =
      reader.find('index') === undefined ? { from: 0, to: 0, inverted: false } : readNumberRange(reader, 'index')
    return { index, reserved: reader.find('reserved') !== undefined }
  },

  print: ({ index, reserved }) => printNumberRange('ipcompspi', index) + (reserved ? ' --compres' : ''),
  reads: () => [Field.Payload],

  prepare({ index }) {
    return (packet) =>
      hasHeader(packet, IPCOMP_HEADER) && inNumberRange(packet.memory.be16(packet.at + packet.transport + 2), index)
  },
}
