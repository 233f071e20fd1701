/**
 * -j CLUSTERIP: nodes that share an address take each their part of its connections; what is another node's is dropped.
 * Kernel: net/ipv4/netfilter/ipt_CLUSTERIP.c, clusterip_tg(), clusterip_hashfn() (up to v6.2).
 * iptables: extensions/libipt_CLUSTERIP.c.
 * Differs from the kernel: which nodes are local may be changed there without a rule, in /proc/net/ipt_CLUSTERIP.
 */
import { Field, PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { jenkinsHash, scaledHash } from '../../memory/jenkins-hash.js'
import { printMac, readMac } from '../mac-address.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import { areThere } from '../transport.js'
import { DESCRIPTOR_OFFSET, PacketType } from '../../memory/descriptor.js'
import { CtInfo, type Packet } from '../../memory/packet.js'

type HashMode = (typeof HASH_MODES)[number]

/** All rules for one address have the same. */
export interface ClusterNodes {
  readonly mode: HashMode
  /** Six bytes. */
  readonly mac: readonly number[]
  readonly nodes: number
  readonly local: number
  readonly seed: number
}

export interface ClusteripOptions {
  /** Null: without --new. */
  readonly cluster: ClusterNodes | null
}

const HASH_MODES = ['sourceip', 'sourceip-sourceport', 'sourceip-sourceport-destport'] as const
/** Kernel: CLUSTERIP_MAX_NODES. */
const MOST_NODES = 16
const MULTICAST = 1
const ICMP = 1
/** Where ports are in the transport header; the SPI counts as such. Kernel: proto_ports_offset(). */
const PORTS_OFFSET: ReadonlyMap<number, number> = new Map(
  [6, 17, 33, 50, 51, 132, 136].map((p) => [p, p === 51 ? 4 : 0]),
)

const NEEDED = ['hashmode', 'clustermac', 'total-nodes', 'local-node'] as const
const options: readonly OptionSpec[] = [
  { name: 'new', key: 'new', values: 0 },
  ...[...NEEDED, 'hash-init'].map((name) => ({ name, key: name, values: 1 }) as const),
]

export const clusteripTarget: TargetExtension<ClusteripOptions> = {
  ...PLAIN_TARGET,
  name: 'CLUSTERIP',
  families: [4],
  options,
  scope: 'connection',
  tracks: true,

  parse(reader) {
    if (reader.uses.length === 0) return { cluster: null }
    for (const name of ['new', ...NEEDED]) {
      if (reader.find(name) === undefined) reader.problem(reader.name, `--${name} is missing`)
    }
    return { cluster: readNodes(reader) }
  },

  print({ cluster }) {
    if (cluster === null) return ''
    const { mode, mac, nodes, local, seed } = cluster
    return (
      ' --new' +
      printOption('hashmode', mode) +
      printOption('clustermac', printMac(mac).toUpperCase()) +
      printOption('total-nodes', `${nodes}`) +
      printOption('local-node', `${local}`) +
      printOption('hash-init', `${seed}`)
    )
  },

  reads: () => [Field.CtState, Field.CtMark, Field.Addresses, Field.Protocol, Field.Ports, Field.PacketType],

  prepare({ cluster }) {
    return (packet) => {
      const entry = packet.connection()
      if (entry === null || cluster === null) return TargetVerdict.Drop
      const { ctInfo } = packet.skb
      const related = ctInfo === Number(CtInfo.Related) || ctInfo === Number(CtInfo.RelatedReply)
      if (packet.protocol === ICMP && related) return TargetVerdict.Continue
      const node = nodeOf(packet, cluster)
      if (ctInfo === Number(CtInfo.New) && entry.ctMark !== node) {
        entry.ctMark = node
        packet.changedState = true
      }
      if (node !== cluster.local) return TargetVerdict.Drop
      packet.memory.setU8(packet.descriptor.at + DESCRIPTOR_OFFSET.packetType, PacketType.Host)
      return TargetVerdict.Continue
    }
  },
}

/** From 1 on. Ports are hashed as they lie in the memory of a machine that stores the lowest byte first. */
function nodeOf(packet: Packet, { mode, nodes, seed }: ClusterNodes): number {
  const { memory, at, transport } = packet
  const offset = PORTS_OFFSET.get(packet.protocol)
  const has = offset !== undefined && areThere(packet, transport + offset, 4)
  const port = (index: number): number => (has ? memory.u16(at + transport + offset + 2 * index) : 0)
  const words = [packet.src4, port(0), port(1)].slice(0, HASH_MODES.indexOf(mode) + 1)
  return scaledHash(jenkinsHash(words, seed), nodes) + 1
}

function readNodes(reader: OptionReader): ClusterNodes {
  const number = (key: string, max: number): number => {
    const value = reader.find(key)?.values[0]
    return value === undefined ? 0 : reader.integer(value, 0, max)
  }
  const mode = reader.find('hashmode')?.values[0]
  const known = HASH_MODES.find((name) => name === mode?.text)
  if (mode !== undefined && known === undefined) reader.unknownName(mode, 'hash mode', HASH_MODES)
  const written = reader.find('clustermac')?.values[0]
  const mac = written === undefined ? [MULTICAST, 0, 0, 0, 0, 0] : readMac(reader, written)
  if (written !== undefined && (mac[0] & MULTICAST) === 0) {
    reader.problem(written, `${written.text} is no multicast address: its first byte must be odd`)
  }
  const local = reader.find('local-node')?.values[0]
  // iptables takes 0, too; the kernel then refuses the table.
  return {
    mode: known ?? 'sourceip',
    mac,
    nodes: number('total-nodes', MOST_NODES),
    local: local === undefined ? 1 : reader.integer(local, 1, MOST_NODES),
    seed: number('hash-init', 0xffffffff),
  }
}
