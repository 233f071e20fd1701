/**
 * -m ecn: explicit congestion notification, in the IP header and in TCP's flags.
 * Kernel: net/netfilter/xt_ecn.c (v6.18). iptables: extensions/libxt_ecn.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { typeOfService } from '../ip-header.js'
import { type NumberTest, passesNumberTest, printNumberTest, readNumberTest } from '../number-range.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { checkProtocol } from '../protocol-option.js'
import { headerOffset } from '../transport.js'

interface EcnOptions {
  /** Whether the flag must be set; null: not asked for. */
  readonly ece: boolean | null
  readonly cwr: boolean | null
  /** The codepoint, the lower two bits of the type of service. */
  readonly codepoint: NumberTest | null
}

const TCP = 6
const HEADER = 20
const FLAGS_OFFSET = 13
const ECE = 0x40
const CWR = 0x80

const options: readonly OptionSpec[] = [
  { name: 'ecn-tcp-cwr', key: 'cwr', values: 0, invertible: true },
  { name: 'ecn-tcp-ece', key: 'ece', values: 0, invertible: true },
  { name: 'ecn-ip-ect', key: 'codepoint', values: 1, invertible: true },
]

export const ecnMatch: MatchExtension<EcnOptions> = {
  ...PLAIN_MATCH,
  name: 'ecn',
  families: [4, 6],
  options,

  parse(reader, place) {
    reader.needsOne(options)
    const flag = reader.find('cwr') ?? reader.find('ece')
    if (flag !== undefined) checkProtocol(reader, flag.name, place, [TCP], 'tcp')
    return {
      ece: readFlag(reader, 'ece'),
      cwr: readFlag(reader, 'cwr'),
      codepoint: readNumberTest(reader, 'codepoint', 3),
    }
  },

  print: ({ ece, cwr, codepoint }) =>
    printFlag('ecn-tcp-ece', ece) + printFlag('ecn-tcp-cwr', cwr) + printNumberTest('ecn-ip-ect', codepoint),

  reads: ({ ece, cwr, codepoint }) => [
    ...(codepoint === null ? [] : [Field.Tos]),
    ...(ece === null && cwr === null ? [] : [Field.TcpFlags]),
  ],

  fieldTest: ({ ece, cwr }) => ({
    kind: 'test',
    test: (flags) => (ece === null || ((flags & ECE) !== 0) === ece) && (cwr === null || ((flags & CWR) !== 0) === cwr),
  }),

  prepare({ ece, cwr, codepoint }) {
    return (packet) => {
      if (!passesNumberTest(typeOfService(packet) & 3, codepoint)) return false
      if (ece === null && cwr === null) return true
      const from = headerOffset(packet)
      const whole = from + HEADER <= Math.min(packet.length, packet.captured)
      if (!whole) return false
      const flags = packet.memory.u8(packet.at + from + FLAGS_OFFSET)
      return (ece === null || ((flags & ECE) !== 0) === ece) && (cwr === null || ((flags & CWR) !== 0) === cwr)
    }
  },
}

function readFlag(reader: OptionReader, key: string): boolean | null {
  const use = reader.find(key)
  return use === undefined ? null : !use.inverted
}

function printFlag(name: string, wanted: boolean | null): string {
  return wanted === null ? '' : `${wanted ? '' : ' !'} --${name}`
}
