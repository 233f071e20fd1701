/**
 * -m tos: bits of IPv4's type of service or IPv6's traffic class.
 * Kernel: net/netfilter/xt_dscp.c, tos_mt() (v6.18). iptables: extensions/libxt_tos.c, revision 1.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { typeOfService } from '../ip-header.js'
import { hexByte, printOption } from '../print-option.js'
import { readTos } from '../tos-names.js'

interface TosOptions {
  readonly value: number
  readonly mask: number
  readonly inverted: boolean
}

export const tosMatch: MatchExtension<TosOptions> = {
  name: 'tos',
  families: [4, 6],
  options: [{ name: 'tos', key: 'tos', values: 1, invertible: true, required: true }],
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('tos')
    if (use === undefined) return { value: 0, mask: 0, inverted: false }
    return { ...readTos(reader, use.values[0]), inverted: use.inverted }
  },

  print({ value, mask, inverted }) {
    return printOption('tos', `${hexByte(value)}/${hexByte(mask)}`, inverted)
  },

  reads: () => [Field.Tos],
  stateBytes: () => 0,

  prepare({ value, mask, inverted }) {
    return (packet) => ((typeOfService(packet) & mask) === value) !== inverted
  },
}
