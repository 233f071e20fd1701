/**
 * -m mac: the source address in the Ethernet header of a received packet.
 * Kernel: net/netfilter/xt_mac.c (v6.18). iptables: extensions/libxt_mac.c.
 */
import { Field, type MatchExtension } from '../extension.js'
import { printMac, readMac } from '../mac-address.js'
import { printOption } from '../print-option.js'
import { Hook } from '../../ruleset/ruleset.js'

interface MacOptions {
  /** Six bytes. */
  readonly address: readonly number[]
  readonly inverted: boolean
}

/** From the start of the Ethernet header. */
const SOURCE = 6

export const macMatch: MatchExtension<MacOptions> = {
  name: 'mac',
  families: [4, 6],
  options: [{ name: 'mac-source', key: 'source', values: 1, invertible: true, required: true }],
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ({ tables: null, hooks: [Hook.Prerouting, Hook.Input, Hook.Forward] }),

  parse(reader) {
    const use = reader.find('source')
    if (use === undefined) return { address: [], inverted: false }
    return { address: readMac(reader, use.values[0]), inverted: use.inverted }
  },

  print({ address, inverted }) {
    return printOption('mac-source', printMac(address), inverted)
  },

  reads: () => [Field.SourceMac],
  stateBytes: () => 0,

  prepare({ address, inverted }) {
    return (packet) => {
      const { linkHeader } = packet.descriptor
      if (linkHeader === 0) return false
      const at = packet.at - linkHeader + SOURCE
      return address.every((byte, index) => packet.memory.u8(at + index) === byte) !== inverted
    }
  },
}
