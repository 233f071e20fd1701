/**
 * -m rpfilter: a route leads back to the packet's source, by the interface it came from.
 * Kernel: net/ipv4/netfilter/ipt_rpfilter.c, net/ipv6/netfilter/ip6t_rpfilter.c (v6.18).
 * iptables: extensions/libxt_rpfilter.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { typeOfService } from '../ip-header.js'
import {
  isLimitedBroadcast4,
  isLinkLocal6,
  isLocalMulticast4,
  isMulticast4,
  isMulticast6,
  isZeronet4,
} from '../../box/address.js'
import type { Box } from '../../box/box.js'
import type { Flow } from '../../box/policy-rule.js'
import { PacketType } from '../../memory/descriptor.js'
import type { Packet } from '../../memory/packet.js'
import { Hook } from '../../ruleset/ruleset.js'

/** Those of FLAGS that were given. */
type RpfilterOptions = ReadonlySet<string>

/** In the order in which iptables-save prints them. */
const FLAGS = ['loose', 'validmark', 'accept-local', 'invert']

export const rpfilterMatch: MatchExtension<RpfilterOptions> = {
  ...PLAIN_MATCH,
  name: 'rpfilter',
  families: [4, 6],
  options: FLAGS.map((name) => ({ name, key: name, values: 0 })),
  placement: () => ({ tables: ['raw', 'mangle'], hooks: [Hook.Prerouting] }),
  parse: (reader) => new Set(FLAGS.filter((flag) => reader.find(flag) !== undefined)),
  print: (flags) =>
    FLAGS.filter((flag) => flags.has(flag))
      .map((flag) => ` --${flag}`)
      .join(''),
  reads: (flags) => [
    Field.Addresses,
    Field.InInterface,
    Field.PacketType,
    Field.Tos,
    ...(flags.has('validmark') ? [Field.Mark] : []),
  ],
  flowTests: () => [],

  prepare(flags, box) {
    const inverted = flags.has('invert')
    return (packet) => {
      const type: PacketType = packet.descriptor.packetType
      const loops = type === PacketType.Loopback || packet.inInterface === box.loopback
      const leadsBack = packet.family === 4 ? leadsBack4 : leadsBack6
      return (loops || leadsBack(packet, box, flags)) !== inverted
    }
  },
}

function leadsBack4(packet: Packet, box: Box, flags: RpfilterOptions): boolean {
  const { src4, dst4 } = packet
  if (isZeronet4(src4) && (isLimitedBroadcast4(dst4) || isLocalMulticast4(dst4))) return true
  const own = isMulticast4(dst4) || isLimitedBroadcast4(dst4) || isZeronet4(dst4) ? 0 : dst4
  const found = box.fib[4].lookup({ ...flowBack(packet, box, flags), source: [own], destination: [src4] })
  if (found.kind !== 'route') return false
  const { type, hops } = found.route
  if (type !== 'unicast' && !(type === 'local' && flags.has('accept-local'))) return false
  return flags.has('loose') || hops.some((hop) => hop.interface === packet.inInterface)
}

function leadsBack6(packet: Packet, box: Box, flags: RpfilterOptions): boolean {
  const source = [0, 1, 2, 3].map((word) => packet.src6(word))
  const destination = [0, 1, 2, 3].map((word) => packet.dst6(word))
  if (source.every((word) => word === 0)) return true
  const loose = flags.has('loose')
  const found = box.fib[6].lookup({
    ...flowBack(packet, box, flags),
    source: isMulticast6(destination) ? [0, 0, 0, 0] : destination,
    destination: source,
    outInterface: loose && !isLinkLocal6(source) ? 0 : packet.inInterface,
  })
  if (found.kind !== 'route' || found.route.type === 'anycast') return false
  if (found.route.type === 'local') return flags.has('accept-local')
  return loose || found.hop.interface === packet.inInterface
}

function flowBack(packet: Packet, box: Box, flags: RpfilterOptions): Omit<Flow, 'source' | 'destination'> {
  return {
    mark: flags.has('validmark') ? packet.skb.mark : 0,
    tos: typeOfService(packet),
    inInterface: box.loopback,
    outInterface: 0,
    protocol: 0,
    srcPort: 0,
    dstPort: 0,
  }
}
