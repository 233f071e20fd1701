/**
 * -m pkttype: to whom the link layer sent the packet.
 * Kernel: net/netfilter/xt_pkttype.c, pkttype_mt() (v6.18). iptables: extensions/libxt_pkttype.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { printOption } from '../print-option.js'
import { PacketType } from '../../memory/descriptor.js'
import type { Packet } from '../../memory/packet.js'

interface PkttypeOptions {
  readonly type: PacketType
  readonly inverted: boolean
}

/** The first name of a type is printed. */
const NAMES: readonly (readonly [string, PacketType])[] = [
  ['unicast', PacketType.Host],
  ['broadcast', PacketType.Broadcast],
  ['multicast', PacketType.Multicast],
  ['otherhost', PacketType.OtherHost],
  ['bcast', PacketType.Broadcast],
  ['mcast', PacketType.Multicast],
  ['host', PacketType.Host],
]

export const pkttypeMatch: MatchExtension<PkttypeOptions> = {
  name: 'pkttype',
  families: [4, 6],
  options: [{ name: 'pkt-type', key: 'type', values: 1, invertible: true, required: true }],
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('type')
    const written = use?.values[0].text.toLowerCase()
    const named = NAMES.find(([name]) => name === written)
    if (use !== undefined && named === undefined) {
      reader.unknownName(
        use.values[0],
        'packet type',
        NAMES.map(([name]) => name),
      )
    }
    return { type: named?.[1] ?? PacketType.Host, inverted: use?.inverted ?? false }
  },

  print({ type, inverted }) {
    const name = NAMES.find(([, known]) => known === type)?.[0] ?? `${type}`
    return printOption('pkt-type', name, inverted)
  },

  reads: () => [Field.PacketType, Field.Addresses],
  // Whether it is a group's, routing asks as well.
  flowTests: () => [],
  stateBytes: () => 0,

  prepare({ type, inverted }) {
    return (packet) => (typeOf(packet) === type) !== inverted
  },
}

/** Copies of what the box sends, which loop back, are told apart by their address. */
function typeOf(packet: Packet): PacketType {
  const { descriptor } = packet
  const type: PacketType = descriptor.packetType
  if (type !== PacketType.Loopback) return type
  return packet.family === 6 || packet.dst4 >>> 28 === 14 ? PacketType.Multicast : PacketType.Broadcast
}
