/**
 * -j SNAT, DNAT, MASQUERADE, REDIRECT: what a connection's source or destination is mapped to. The target only says
 * so; the nat table applies it once to the connection.
 * Kernel: net/netfilter/xt_nat.c, xt_MASQUERADE.c, xt_REDIRECT.c, nf_nat_masquerade.c, nf_nat_redirect.c (v6.18).
 * iptables: extensions/libxt_NAT.c.
 */
import { bestSource6 } from '../../box/best-source.js'
import type { Box } from '../../box/box.js'
import { primaryAddress4, redirectAddress } from '../../box/primary-address.js'
import type { NatRange } from '../../memory/nat-range.js'
import type { Packet } from '../../memory/packet.js'
import { Hook } from '../../ruleset/ruleset.js'
import { TargetVerdict, type TargetExtension } from '../extension.js'
import { PERSISTENT, printNatRange, RANDOM, RANDOM_FULLY, readNatRange } from '../nat-options.js'

const SHARED = { families: [4, 6], scope: 'connection', tracks: true, reads: () => [] } as const
const SOURCE_HOOKS = [Hook.Input, Hook.Postrouting]
const DESTINATION_HOOKS = [Hook.Prerouting, Hook.Output]
const destinationPorts = ({ ports }: NatRange): readonly (readonly [number, number])[] =>
  ports === null ? [] : [[Math.min(...ports), Math.max(...ports)]]

export const snatTarget: TargetExtension<NatRange> = {
  ...SHARED,
  name: 'SNAT',
  options: [{ name: 'to-source', key: 'to-source', values: 1, required: true }, RANDOM, RANDOM_FULLY, PERSISTENT],
  placement: () => ({ tables: ['nat'], hooks: SOURCE_HOOKS }),
  parse: (reader) => readNatRange(reader, 'to-source', 'dropped'),
  print: (of, family) => printNatRange('to-source', family, of),
  prepare: (of) => (packet) => map(packet, of),
}

export const dnatTarget: TargetExtension<NatRange> = {
  ...SHARED,
  name: 'DNAT',
  options: [{ name: 'to-destination', key: 'to-destination', values: 1, required: true }, RANDOM, PERSISTENT],
  placement: () => ({ tables: ['nat'], hooks: DESTINATION_HOOKS }),
  parse: (reader) => readNatRange(reader, 'to-destination', 'kept'),
  print: (of, family) => printNatRange('to-destination', family, of),
  destinationPorts,
  prepare: (of) => (packet) => map(packet, of),
}

export const masqueradeTarget: TargetExtension<NatRange> = {
  ...SHARED,
  name: 'MASQUERADE',
  options: [{ name: 'to-ports', key: 'to-ports', values: 1 }, RANDOM, RANDOM_FULLY],
  placement: () => ({ tables: ['nat'], hooks: [Hook.Postrouting] }),
  parse: (reader) => readNatRange(reader, 'to-ports', 'dropped'),
  print: (of, family) => printNatRange('to-ports', family, of),
  prepare: (of, box) => (packet) => masquerade(packet, of, box),
}

export const redirectTarget: TargetExtension<NatRange> = {
  ...SHARED,
  name: 'REDIRECT',
  options: [{ name: 'to-ports', key: 'to-ports', values: 1 }, RANDOM],
  placement: () => ({ tables: ['nat'], hooks: DESTINATION_HOOKS }),
  parse: (reader) => readNatRange(reader, 'to-ports', 'refused'),
  print: (of, family) => printNatRange('to-ports', family, of),
  destinationPorts,
  prepare: (of, box) => (packet) => {
    const own = redirectAddress(
      box,
      packet.family,
      destinationOf(packet),
      packet.hook === Number(Hook.Output) ? null : packet.inInterface,
    )
    return own === null ? TargetVerdict.Drop : map(packet, { ...of, addresses: [own, own] })
  },
}

function map(packet: Packet, range: NatRange): TargetVerdict {
  packet.mapping = range
  return TargetVerdict.Accept
}

function masquerade(packet: Packet, range: NatRange, box: Box): TargetVerdict {
  const { family, outInterface } = packet
  // A packet without a source: who sent it is still looking for an address.
  if (family === 4 && packet.connection()?.src4 === 0) return TargetVerdict.Accept
  const destination = destinationOf(packet)
  const own =
    family === 4
      ? primaryAddress4(box, outInterface, packet.gateway ?? destination)
      : bestSource6(box, destination, outInterface)
  if (own === null) return TargetVerdict.Drop
  const entry = packet.connection()
  if (entry !== null) entry.masqueradeInterface = outInterface
  return map(packet, { ...range, addresses: [own, own] })
}

function destinationOf(packet: Packet): readonly number[] {
  return packet.family === 4 ? [packet.dst4] : [packet.dst6(0), packet.dst6(1), packet.dst6(2), packet.dst6(3)]
}
