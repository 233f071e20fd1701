/**
 * -m sctp: ports of the SCTP header, and the chunks behind it.
 * Kernel: net/netfilter/xt_sctp.c (v6.18). iptables: extensions/libxt_sctp.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { passesPortTest, type PortTest, printPortTest, readPortTest } from '../port-test.js'
import { type ChunkTest, printChunks, readChunks } from '../sctp-chunks.js'
import { hasBytes, hasHeader } from '../transport.js'
import type { Packet } from '../../memory/packet.js'

interface SctpOptions {
  readonly source: PortTest | null
  readonly destination: PortTest | null
  readonly chunks: ChunkTest | null
}

const HEADER = 12
const CHUNK_HEADER = 4

export const sctpMatch: MatchExtension<SctpOptions> = {
  ...PLAIN_MATCH,
  name: 'sctp',
  families: [4, 6],
  options: [
    { name: 'source-port', key: 'sport', values: 1, invertible: true },
    { name: 'sport', key: 'sport', values: 1, invertible: true },
    { name: 'destination-port', key: 'dport', values: 1, invertible: true },
    { name: 'dport', key: 'dport', values: 1, invertible: true },
    { name: 'chunk-types', key: 'chunks', values: 2, invertible: true },
  ],
  protocol: 132,

  parse: (reader) => ({
    source: readPortTest(reader, 'sport', 'sctp'),
    destination: readPortTest(reader, 'dport', 'sctp'),
    chunks: readChunks(reader, 'chunks'),
  }),

  print: ({ source, destination, chunks }) =>
    printPortTest('sport', source) +
    printPortTest('dport', destination) +
    (chunks === null ? '' : printChunks('chunk-types', chunks)),

  reads: ({ chunks }) => (chunks === null ? [Field.Ports] : [Field.Ports, Field.Payload]),

  prepare({ source, destination, chunks }) {
    return (packet) => {
      if (!hasHeader(packet, HEADER)) return false
      const at = packet.at + packet.transport
      if (!passesPortTest(packet.memory.be16(at), source)) return false
      if (!passesPortTest(packet.memory.be16(at + 2), destination)) return false
      return chunks === null || hasChunks(packet, chunks) !== chunks.inverted
    }
  },
}

function hasChunks(packet: Packet, { which, types, flags }: ChunkTest): boolean {
  const { memory } = packet
  const missing = new Set(types)
  let offset = packet.transport + HEADER
  do {
    const readable = hasBytes(packet, offset, CHUNK_HEADER)
    const at = packet.at + offset
    const length = readable ? memory.be16(at + 2) : 0
    if (length === 0) {
      if (readable) packet.hotDrop = true
      return false
    }
    const type = memory.u8(at)
    const test = flags.get(type)
    const matches = types.has(type) && (test === undefined || (memory.u8(at + 1) & test.mask) === test.value)
    if (which === 'any' && matches) return true
    if (which === 'only' && !matches) return false
    if (matches) missing.delete(type)
    offset += (length + 3) & ~3
  } while (offset < packet.length)
  return which === 'only' || (which === 'all' && missing.size === 0)
}
