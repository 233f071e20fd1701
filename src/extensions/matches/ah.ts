/**
 * -m ah: the authentication header, which is a transport of IPv4 and an extension header of IPv6.
 * Kernel: net/ipv4/netfilter/ipt_ah.c, net/ipv6/netfilter/ip6t_ah.c (v6.18).
 * iptables: extensions/libipt_ah.c, libip6t_ah.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { findIpv6Header, Ipv6Header, ipv6HeaderLength } from '../ipv6-headers.js'
import {
  inNumberRange,
  type NumberRange,
  type NumberTest,
  passesNumberTest,
  printNumberRange,
  printNumberTest,
  readNumberRange,
  readNumberTest,
} from '../number-range.js'
import { checkProtocol } from '../protocol-option.js'
import { hasBytes, hasHeader } from '../transport.js'

interface AhOptions {
  readonly spi: NumberRange
  /** Length of the whole header; 0 is any. */
  readonly length: NumberTest
  /** The reserved bits must be 0. */
  readonly reserved: boolean
}

const HEADER = 12
/** From the start of the header. */
const RESERVED = 2
const SPI = 4

export const ahMatch: MatchExtension<AhOptions> = {
  ...PLAIN_MATCH,
  name: 'ah',
  families: [4, 6],
  options: [
    { name: 'ahspi', key: 'spi', values: 1, invertible: true },
    { name: 'ahlen', key: 'length', values: 1, invertible: true },
    { name: 'ahres', key: 'reserved', values: 0 },
  ],

  parse(reader, place) {
    if (reader.family === 4) {
      checkProtocol(reader, reader.name, place, [Ipv6Header.Authentication], 'ah')
      for (const { name, spec } of reader.uses) {
        if (spec.key !== 'spi') reader.problem(name, `${name.text} is for IPv6 only`)
      }
    }
    return {
      spi: readNumberRange(reader, 'spi'),
      length: readNumberTest(reader, 'length') ?? { value: 0, inverted: false },
      reserved: reader.find('reserved') !== undefined,
    }
  },

  print: ({ spi, length, reserved }) =>
    printNumberRange('ahspi', spi) +
    (length.value === 0 && !length.inverted ? '' : printNumberTest('ahlen', length)) +
    (reserved ? ' --ahres' : ''),

  reads: () => [Field.Payload],

  prepare({ spi, length, reserved }) {
    return (packet) => {
      const { memory, at } = packet
      if (packet.family === 4) {
        return hasHeader(packet, HEADER) && inNumberRange(memory.be32(at + packet.transport + SPI), spi)
      }
      const offset = findIpv6Header(packet, Ipv6Header.Authentication)
      if (offset < 0 || !hasBytes(packet, offset, HEADER)) return false
      return (
        inNumberRange(memory.be32(at + offset + SPI), spi) &&
        (length.value === 0 || passesNumberTest(ipv6HeaderLength(packet, Ipv6Header.Authentication, offset), length)) &&
        !(reserved && memory.be16(at + offset + RESERVED) !== 0)
      )
    }
  },
}
