/**
 * -j TCPMSS: lowers the maximum segment size that a SYN announces, or makes it announce one.
 * Kernel: net/netfilter/xt_TCPMSS.c, tcpmss_mangle_packet() (v6.18). iptables: extensions/libxt_TCPMSS.c.
 */
import { Field, PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import { checkProtocol } from '../protocol-option.js'
import { requiresSyn } from '../matches/tcp.js'
import { changeTcpWord, DATA_OFFSET, growTcpOptions, optionBytes, TCP_HEADER } from '../tcp-header.js'
import type { Box } from '../../box/box.js'
import type { Flow } from '../../box/policy-rule.js'
import type { Packet } from '../../memory/packet.js'
import { Hook } from '../../ruleset/ruleset.js'

interface TcpmssOptions {
  /** Null: what fits the MTU of the ways to and from. */
  readonly mss: number | null
}

const TCP = 6
const MSS = 2
const MSS_BYTES = 4
/** Without extension headers. */
const IP_HEADER = { 4: 20, 6: 40 } as const
/** What a host has to expect of one that announces nothing. */
const DEFAULT_MSS = { 4: 536, 6: 1220 } as const
const LONGEST_HEADER = 60
const MOST = 65535

const options: readonly OptionSpec[] = [
  { name: 'set-mss', key: 'mss', values: 1 },
  { name: 'clamp-mss-to-pmtu', key: 'clamp', values: 0 },
]

export const tcpmssTarget: TargetExtension<TcpmssOptions> = {
  ...PLAIN_TARGET,
  name: 'TCPMSS',
  families: [4, 6],
  options,

  placement: ({ mss }) => ({
    tables: null,
    hooks: mss === null ? [Hook.Forward, Hook.Output, Hook.Postrouting] : null,
  }),

  parse(reader, place) {
    reader.needsOne(options)
    checkProtocol(reader, reader.name, place, [TCP], 'tcp')
    // The last one counts.
    const last = reader.uses[reader.uses.length - 1]
    if (last === undefined || last.spec.key === 'clamp') return { mss: null }
    return { mss: reader.integer(last.values[0], 0, MOST - IP_HEADER[reader.family]) }
  },

  misses: (matches) => (matches.some(requiresSyn) ? null : 'target "TCPMSS" needs a match for SYN packets, as --syn'),
  print: ({ mss }) => (mss === null ? ' --clamp-mss-to-pmtu' : printOption('set-mss', `${mss}`)),
  reads: () => [Field.TcpOptions],

  prepare({ mss }, box) {
    return (packet) => {
      if (packet.fragmentOffset !== 0) return TargetVerdict.Continue
      const wanted = mss ?? clampedMss(packet, box)
      return wanted >= 0 && setMss(packet, wanted) ? TargetVerdict.Continue : TargetVerdict.Drop
    }
  },
}

/** False when the packet has no TCP header to speak of. */
function setMss(packet: Packet, mss: number): boolean {
  const { memory, family } = packet
  const length = packet.length - packet.transport
  if (length < TCP_HEADER || !packet.hasTransport(TCP_HEADER)) return length >= TCP_HEADER
  const at = packet.at + packet.transport
  const header = (memory.u8(at + DATA_OFFSET) >> 4) * 4
  if (length < header || header < TCP_HEADER) return false
  if (!packet.hasTransport(header)) return true
  for (let offset = TCP_HEADER; offset <= header - MSS_BYTES; offset += optionBytes(packet, offset)) {
    if (memory.u8(at + offset) !== MSS || memory.u8(at + offset + 1) !== MSS_BYTES) continue
    // It is never raised.
    if (memory.be16(at + offset + 2) > mss) {
      changeTcpWord(packet, offset + 2, mss)
    }
    return true
  }
  // Behind data there is no room for an option.
  if (length > header || header === LONGEST_HEADER) return true
  const least = Math.min(mss, DEFAULT_MSS[family])
  growTcpOptions(packet, [MSS, MSS_BYTES, least >> 8, least & 255])
  return true
}

/** The segment that fits both ways; -1 when none does. Kernel: tcpmss_reverse_mtu(). */
function clampedMss(packet: Packet, box: Box): number {
  const { family, routeMtu } = packet
  const headers = IP_HEADER[family] + TCP_HEADER
  const mtu = Math.min(routeMtu === 0 ? MOST : routeMtu, mtuBack(packet, box))
  return mtu <= headers ? -1 : mtu - headers
}

function mtuBack(packet: Packet, box: Box): number {
  const words = packet.family === 4 ? [packet.src4] : [0, 1, 2, 3].map((word) => packet.src6(word))
  const flow: Flow = {
    source: words.map(() => 0),
    destination: words,
    mark: 0,
    tos: 0,
    inInterface: box.loopback,
    outInterface: 0,
    protocol: 0,
    srcPort: 0,
    dstPort: 0,
  }
  const found = box.fib[packet.family].lookup(flow)
  if (found.kind !== 'route') return MOST
  const { route, hop } = found
  const device = route.type === 'local' ? box.loopback : hop.interface
  return Math.min(route.mtu === 0 ? box.mtu(device) : route.mtu, MOST)
}
