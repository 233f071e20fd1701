/**
 * -j ECN: sets bits of explicit congestion notification, in the IP header and in TCP's flags.
 * Kernel: net/ipv4/netfilter/ipt_ECN.c, ecn_tg() (v6.18). iptables: extensions/libipt_ECN.c.
 */
import { Field, PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { setTypeOfService, typeOfService } from '../ip-header.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'
import { checkProtocol } from '../protocol-option.js'
import { changeTcpByte, TCP_HEADER } from '../tcp-header.js'

interface EcnOptions {
  /** Null: left as it is. */
  readonly ece: number | null
  readonly cwr: number | null
  readonly codepoint: number | null
}

const TCP = 6
const FLAGS_OFFSET = 13
const ECE = 0x40
const CWR = 0x80

const options: readonly OptionSpec[] = [
  { name: 'ecn-tcp-remove', key: 'remove', values: 0, excludes: ['cwr', 'ece'] },
  { name: 'ecn-tcp-cwr', key: 'cwr', values: 1, excludes: ['remove'] },
  { name: 'ecn-tcp-ece', key: 'ece', values: 1, excludes: ['remove'] },
  { name: 'ecn-ip-ect', key: 'codepoint', values: 1 },
]

export const ecnTarget: TargetExtension<EcnOptions> = {
  ...PLAIN_TARGET,
  name: 'ECN',
  families: [4],
  options,
  placement: () => ({ tables: ['mangle'], hooks: null }),

  parse(reader, place) {
    reader.needsOne(options)
    if (reader.uses.some(({ spec }) => spec.key !== 'codepoint')) {
      checkProtocol(reader, reader.name, place, [TCP], 'tcp')
    }
    const codepoint = readBits(reader, 'codepoint', 3)
    const keys = reader.uses.map(({ spec }) => spec.key)
    const remove = keys.indexOf('remove')
    // It forgets what stands in front of it.
    if (remove >= 0) return { ece: 0, cwr: 0, codepoint: keys.indexOf('codepoint') < remove ? null : codepoint }
    return { ece: readBits(reader, 'ece', 1), cwr: readBits(reader, 'cwr', 1), codepoint }
  },

  print({ ece, cwr, codepoint }) {
    if (ece === 0 && cwr === 0 && codepoint === null) return ' --ecn-tcp-remove'
    return printBits('ecn-tcp-ece', ece) + printBits('ecn-tcp-cwr', cwr) + printBits('ecn-ip-ect', codepoint)
  },

  reads: ({ ece, cwr, codepoint }) => [
    ...(codepoint === null ? [] : [Field.Tos]),
    ...(ece === null && cwr === null ? [] : [Field.TcpFlags]),
  ],

  prepare({ ece, cwr, codepoint }) {
    const mask = (ece === null ? 0 : ECE) | (cwr === null ? 0 : CWR)
    const set = (ece === 1 ? ECE : 0) | (cwr === 1 ? CWR : 0)
    return (packet) => {
      const tos = typeOfService(packet)
      if (codepoint !== null && (tos & 3) !== codepoint) setTypeOfService(packet, (tos & ~3) | codepoint)
      if (mask === 0 || packet.protocol !== TCP) return TargetVerdict.Continue
      if (packet.length < packet.transport + TCP_HEADER) return TargetVerdict.Drop
      if (!packet.hasTransport(TCP_HEADER)) return TargetVerdict.Continue
      const flags = packet.memory.u8(packet.at + packet.transport + FLAGS_OFFSET)
      if ((flags & mask) !== set) changeTcpByte(packet, FLAGS_OFFSET, (flags & ~mask) | set)
      return TargetVerdict.Continue
    }
  },
}

function readBits(reader: OptionReader, key: string, max: number): number | null {
  const value = reader.find(key)?.values[0]
  return value === undefined ? null : reader.integer(value, 0, max)
}

function printBits(name: string, bits: number | null): string {
  return bits === null ? '' : printOption(name, `${bits}`)
}
