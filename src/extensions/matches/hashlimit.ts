/**
 * -m hashlimit: as limit, but with a bucket of its own for each address or port; also by bytes, or by counting
 * packets of an interval (--hashlimit-rate-match).
 * Kernel: net/netfilter/xt_hashlimit.c, hashlimit_mt_common(), revision 3 (v6.18).
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { type HashlimitOptions, hashlimitOptions, printHashlimit, readHashlimit } from '../hashlimit-options.js'
import { HashlimitTable } from '../hashlimit-table.js'
import { jiffiesAt } from '../jiffies.js'
import { maskedAddress } from '../packet-address.js'
import { maskOfLength } from '../../ruleset/address.js'
import type { Family } from '../../ruleset/ruleset.js'
import type { Packet } from '../../memory/packet.js'

const AH = 51
/** Protocols whose first four bytes are taken for two ports. Kernel: proto_ports_offset(). */
const PORTS_FIRST = new Set([6, 17, 33, 50, 132, 136])

export const hashlimitMatch: MatchExtension<HashlimitOptions> = {
  name: 'hashlimit',
  families: [4, 6],
  options: hashlimitOptions,
  protocol: null,
  scope: 'trace',
  tracks: false,
  placement: () => ANYWHERE,
  parse: readHashlimit,
  print: printHashlimit,
  reads: () => [Field.TraceState, Field.Addresses, Field.Ports, Field.Length],
  fieldTest: () => ({ kind: 'cuts', cuts: [] }),
  stateBytes: HashlimitTable.bytes,
  stateName: ({ name }, family) => `hashlimit ${family} ${name}`,

  prepare(of, box, stateAt, sharers) {
    // The first rule made the table: its settings hold for all.
    const [first] = sharers
    const masks = keyMasks(first)
    const key = Array<number>(9).fill(0)
    let table: HashlimitTable | null = null
    return (packet) => {
      table ??= new HashlimitTable(packet.memory, stateAt, first, box.hz)
      if (!fillKey(first, masks[packet.family], packet, key)) {
        packet.hotDrop = true
        return false
      }
      const below = table.take(key, packet.length, jiffiesAt(packet, box.hz), of)
      if (below === null) {
        packet.hotDrop = true
        return false
      }
      return below !== of.above
    }
  },
}

interface KeyMasks {
  readonly source: readonly number[]
  readonly destination: readonly number[]
}

function keyMasks({ sourceMask, destinationMask }: HashlimitOptions): Readonly<Record<Family, KeyMasks>> {
  const of = (family: Family): KeyMasks => ({
    source: maskOfLength(sourceMask, family),
    destination: maskOfLength(destinationMask, family),
  })
  return { 4: of(4), 6: of(6) }
}

/** False when the packet ends before its ports. Kernel: hashlimit_init_dst(). */
function fillKey({ mode }: HashlimitOptions, masks: KeyMasks, packet: Packet, key: number[]): boolean {
  if (mode.includes('srcip')) maskedAddress(packet, 'source', masks.source, key)
  if (mode.includes('dstip')) maskedAddress(packet, 'destination', masks.destination, key, 4)
  const source = mode.includes('srcport')
  const destination = mode.includes('dstport')
  if (!source && !destination) return true
  const { protocol, memory } = packet
  key[8] = 0
  const offset = protocol === AH ? 4 : PORTS_FIRST.has(protocol) ? 0 : -1
  if (offset < 0) return true
  if (!packet.hasTransport(offset + 4)) return false
  const at = packet.at + packet.transport + offset
  key[8] = ((source ? memory.be16(at) : 0) | (destination ? memory.be16(at + 2) << 16 : 0)) >>> 0
  return true
}
