/**
 * -m connlimit: how many connections of one address (or network) are alive.
 * Kernel: net/netfilter/xt_connlimit.c, connlimit_mt() (v6.18). iptables: extensions/libxt_connlimit.c, revision 1.
 */
import { ConnectionCount } from '../connection-count.js'
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { jiffiesAt } from '../jiffies.js'
import type { OptionReader, OptionUse } from '../option-reader.js'
import { maskedAddress, type Side } from '../packet-address.js'
import { printOption } from '../print-option.js'
import { lengthOfMask, maskOfLength, parseHostAddress } from '../../ruleset/address.js'
import { wholeNumber } from '../../ruleset/number-text.js'
import type { Family } from '../../ruleset/ruleset.js'
import type { Packet } from '../../memory/packet.js'

interface ConnlimitOptions {
  readonly limit: number
  /** Matches up to the limit, instead of above it. */
  readonly upto: boolean
  /** Bits of the address that count. */
  readonly prefix: number
  readonly side: Side
  readonly family: Family
}

const MOST = 0xffffffff
const BITS: Readonly<Record<Family, number>> = { 4: 32, 6: 128 }

export const connlimitMatch: MatchExtension<ConnlimitOptions> = {
  name: 'connlimit',
  families: [4, 6],
  options: [
    { name: 'connlimit-upto', key: 'upto', values: 1, invertible: true, excludes: ['above'] },
    { name: 'connlimit-above', key: 'above', values: 1, invertible: true, excludes: ['upto'] },
    { name: 'connlimit-mask', key: 'mask', values: 1 },
    { name: 'connlimit-saddr', key: 'source', values: 0, excludes: ['destination'] },
    { name: 'connlimit-daddr', key: 'destination', values: 0, excludes: ['source'] },
  ],
  protocol: null,
  scope: 'trace',
  tracks: true,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('upto') ?? reader.find('above')
    if (use === undefined) reader.problem(reader.name, 'one of --connlimit-upto and --connlimit-above is needed')
    return {
      limit: use === undefined ? 0 : reader.integer(use.values[0], 0, MOST),
      upto: (use?.spec.key === 'upto') !== (use?.inverted ?? false),
      prefix: readPrefix(reader, reader.find('mask')),
      side: reader.find('destination') === undefined ? 'source' : 'destination',
      family: reader.family,
    }
  },

  print({ limit, upto, prefix, side }) {
    return (
      printOption(upto ? 'connlimit-upto' : 'connlimit-above', `${limit}`) +
      printOption('connlimit-mask', `${prefix}`) +
      (side === 'source' ? ' --connlimit-saddr' : ' --connlimit-daddr')
    )
  },

  reads: () => [Field.TraceState, Field.CtState, Field.Addresses],
  stateBytes: ({ family }) => ConnectionCount.bytes(family),

  prepare({ limit, upto, prefix, side, family }, box, stateAt) {
    const mask = maskOfLength(prefix, family)
    const key = [0, 0, 0, 0, 0]
    let connections: ConnectionCount | null = null
    return (packet: Packet) => {
      connections ??= new ConnectionCount(packet.memory, stateAt, family)
      maskedAddress(packet, side, mask, key)
      key[4] = packet.connection()?.zone ?? packet.skb.templateZone
      const count = connections.count(packet, key, jiffiesAt(packet, box.hz) >>> 0)
      if (count === 0) {
        packet.hotDrop = true
        return false
      }
      const above = count > limit
      return above !== upto
    }
  },
}

/** A prefix length, or a mask; iptables takes a mask with gaps and more bits than there are for all bits. */
function readPrefix(reader: OptionReader, use: OptionUse | undefined): number {
  const bits = BITS[reader.family]
  if (use === undefined) return bits
  const [value] = use.values
  const length = wholeNumber(value.text, 0, 128)
  if (length !== null) return Math.min(length, bits)
  const mask = parseHostAddress(value.text, reader.family)
  const ones = mask === null ? -1 : lengthOfMask(mask)
  const wide = reader.family === 4
  if (mask === null && !(wide && /^\d+$/.test(value.text))) {
    reader.problem(value, `"${value.text}" is no mask or number of bits from 0 to ${bits}`)
  }
  return ones < 0 ? bits : ones
}
