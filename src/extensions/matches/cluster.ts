/**
 * -m cluster: the connection's source address falls to this node of a cluster.
 * Kernel: net/netfilter/xt_cluster.c, xt_cluster_mt() (v6.18). iptables: extensions/libxt_cluster.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { jenkinsHash, scaledHash, swappedWord } from '../../memory/jenkins-hash.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import { DESCRIPTOR_OFFSET, PacketType } from '../../memory/descriptor.js'
import type { EntryView } from '../../memory/entry.js'
import type { Packet } from '../../memory/packet.js'

interface ClusterOptions {
  readonly nodes: number
  /** Bits of the nodes, the first being 1. */
  readonly mask: number
  readonly inverted: boolean
  readonly seed: number
}

const MOST_NODES = 32
const LOCAL = ['node', 'mask']

const options: readonly OptionSpec[] = [
  { name: 'cluster-total-nodes', key: 'nodes', values: 1, required: true },
  { name: 'cluster-local-node', key: 'node', values: 1, invertible: true, excludes: LOCAL },
  { name: 'cluster-local-nodemask', key: 'mask', values: 1, invertible: true, excludes: LOCAL },
  { name: 'cluster-hash-seed', key: 'seed', values: 1, required: true },
]

export const clusterMatch: MatchExtension<ClusterOptions> = {
  name: 'cluster',
  families: [4, 6],
  options,
  protocol: null,
  scope: 'connection',
  tracks: true,
  placement: () => ANYWHERE,
  stateBytes: () => 0,

  parse(reader) {
    const number = (key: string, min: number, max: number): number => {
      const value = reader.find(key)?.values[0]
      return value === undefined ? min : reader.integer(value, min, max)
    }
    const nodes = number('nodes', 1, MOST_NODES)
    const local = reader.find('node') ?? reader.find('mask')
    if (local === undefined) {
      reader.problem(reader.name, '--cluster-local-node or --cluster-local-nodemask is needed')
      return { nodes, mask: 1, inverted: false, seed: 0 }
    }
    const value = reader.integer(local.values[0], 1, MOST_NODES)
    const mask = local.spec.key === 'node' ? 2 ** (value - 1) : value
    if (mask >= 2 ** nodes) reader.problem(local.values[0], `there are ${nodes} nodes only`)
    return { nodes, mask, inverted: local.inverted, seed: number('seed', 0, 0xffffffff) }
  },

  print: ({ nodes, mask, inverted, seed }) =>
    printOption('cluster-local-nodemask', hexWord(mask), inverted) +
    printOption('cluster-total-nodes', `${nodes}`) +
    printOption('cluster-hash-seed', hexWord(seed)),

  reads: () => [Field.CtState, Field.ConnectionTuple, Field.PacketType, Field.Addresses],

  prepare({ nodes, mask, inverted, seed }) {
    return (packet) => {
      takeAsOwn(packet)
      const entry = packet.connection()
      if (entry === null) return false
      const node = scaledHash(jenkinsHash([sourceOf(entry)], seed), nodes)
      return ((mask & (1 << node)) !== 0) !== inverted
    }
  },
}

/** The nodes share a multicast MAC address: a packet that came by it to a single host counts as come to this one. */
function takeAsOwn(packet: Packet): void {
  const { descriptor, memory } = packet
  if (descriptor.packetType !== Number(PacketType.Multicast) || isMulticast(packet)) return
  memory.setU8(descriptor.at + DESCRIPTOR_OFFSET.packetType, PacketType.Host)
}

/** Kernel: xt_cluster_is_multicast_addr(). */
function isMulticast(packet: Packet): boolean {
  return packet.family === 4 ? packet.dst4 >>> 28 === 14 : packet.dst6(0) >>> 24 === 255
}

/**
 * The first word of the source address, as it lies in the memory of a machine that stores the lowest byte first. Of
 * an IPv6 address, the kernel hashes no more.
 */
function sourceOf(entry: EntryView): number {
  return swappedWord(entry.family === 4 ? entry.src4 : entry.src6(0))
}

function hexWord(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`
}
