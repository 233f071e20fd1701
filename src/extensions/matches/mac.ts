/**
 * -m mac: the source address in the Ethernet header of a received packet.
 * Kernel: net/netfilter/xt_mac.c (v6.18). iptables: extensions/libxt_mac.c.
 */
import { Field, type MatchExtension } from '../extension.js'
import type { OptionReader, Token } from '../option-reader.js'
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
    const bytes = address.map((byte) => byte.toString(16).padStart(2, '0'))
    return printOption('mac-source', bytes.join(':'), inverted)
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

/** Six bytes of up to two hexadecimal digits; none are 0, a sign counts as a digit. */
function readMac(reader: OptionReader, value: Token): number[] {
  const parts = value.text.split(':')
  if (parts.length === 6 && parts.every((part) => /^(?:[\da-f]{0,2}|[-+ \t][\da-f])$/i.test(part))) {
    return parts.map((part) => Number.parseInt(part.trim() || '0', 16) & 255)
  }
  reader.problem(value, `"${value.text}" is no MAC address such as 00:16:3e:00:00:01`)
  return [0, 0, 0, 0, 0, 0]
}
