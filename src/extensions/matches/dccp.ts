/**
 * -m dccp: ports, packet type and options of the DCCP header.
 * Kernel: net/netfilter/xt_dccp.c (v6.18). iptables: extensions/libxt_dccp.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type NumberTest, printNumberTest } from '../number-range.js'
import type { OptionReader } from '../option-reader.js'
import { passesPortTest, type PortTest, printPortTest } from '../port-test.js'
import { readResolvedPortRange } from '../ports.js'
import { printOption } from '../print-option.js'
import { hasBytes, hasHeader } from '../transport.js'
import type { Packet } from '../../memory/packet.js'

interface TypeTest {
  /** Bits 1 << type. */
  readonly types: number
  readonly inverted: boolean
}

interface DccpOptions {
  readonly source: PortTest | null
  readonly destination: PortTest | null
  readonly types: TypeTest | null
  readonly option: NumberTest | null
}

const TYPES = [
  'REQUEST',
  'RESPONSE',
  'DATA',
  'ACK',
  'DATAACK',
  'CLOSEREQ',
  'CLOSE',
  'RESET',
  'SYNC',
  'SYNCACK',
  'INVALID',
]
const INVALID = 10
/** The types from INVALID on. */
const INVALID_TYPES = 0xfc00
const HEADER = 12
/** With sequence numbers of 48 bits. */
const EXTENSION = 4
/** Bytes of the packet type's own header: REQUEST and DATA are shorter than RESPONSE and RESET. */
const TYPE_HEADERS = [4, 12, 0, 8, 8, 8, 8, 12, 8, 8]
const LONGEST_TYPE_HEADER = 12

export const dccpMatch: MatchExtension<DccpOptions> = {
  ...PLAIN_MATCH,
  name: 'dccp',
  families: [4, 6],
  options: [
    { name: 'source-port', key: 'sport', values: 1, invertible: true },
    { name: 'sport', key: 'sport', values: 1, invertible: true },
    { name: 'destination-port', key: 'dport', values: 1, invertible: true },
    { name: 'dport', key: 'dport', values: 1, invertible: true },
    { name: 'dccp-types', key: 'types', values: 1, invertible: true },
    { name: 'dccp-option', key: 'option', values: 1, invertible: true },
  ],
  protocol: 33,

  parse(reader) {
    const option = reader.find('option')
    return {
      source: readPorts(reader, 'sport'),
      destination: readPorts(reader, 'dport'),
      types: readTypes(reader),
      option:
        option === undefined ? null : { value: reader.integer(option.values[0], 1, 255), inverted: option.inverted },
    }
  },

  print: ({ source, destination, types, option }) =>
    printPortTest('sport', source) +
    printPortTest('dport', destination) +
    (types === null
      ? ''
      : printOption(
          'dccp-types',
          TYPES.filter((_, type) => (types.types & (1 << type)) !== 0).join(','),
          types.inverted,
        )) +
    printNumberTest('dccp-option', option),

  reads: ({ types, option }) => (types === null && option === null ? [Field.Ports] : [Field.Ports, Field.Payload]),

  prepare({ source, destination, types, option }) {
    return (packet) => {
      if (!hasHeader(packet, HEADER)) return false
      const { memory } = packet
      const at = packet.at + packet.transport
      if (!passesPortTest(memory.be16(at), source) || !passesPortTest(memory.be16(at + 2), destination)) return false
      const type = (memory.u8(at + 8) >> 1) & 15
      if (types !== null && ((types.types & (1 << type)) !== 0) === types.inverted) return false
      return option === null || hasOption(packet, type, option.value) !== option.inverted
    }
  },
}

function hasOption(packet: Packet, type: number, wanted: number): boolean {
  const { memory } = packet
  const at = packet.at + packet.transport
  const extended = (memory.u8(at + 8) & 1) !== 0
  const from = HEADER + (extended ? EXTENSION : 0) + (TYPE_HEADERS[type] ?? LONGEST_TYPE_HEADER)
  const length = memory.u8(at + 4) * 4
  if (length < from) {
    packet.hotDrop = true
    return false
  }
  if (length === from || !hasBytes(packet, packet.transport + from, length - from)) return false
  for (let offset = from; offset < length;) {
    const kind = memory.u8(at + offset)
    if (kind === wanted) return true
    offset += kind < 2 || offset + 1 === length ? 1 : memory.u8(at + offset + 1) || 1
  }
  return false
}

function readPorts(reader: OptionReader, key: string): PortTest | null {
  const use = reader.find(key)
  return use === undefined ? null : { range: readResolvedPortRange(reader, use.values[0]), inverted: use.inverted }
}

function readTypes(reader: OptionReader): TypeTest | null {
  const use = reader.find('types')
  if (use === undefined) return null
  let types = 0
  for (const text of use.values[0].text.split(',').filter((name) => name !== '')) {
    const type = TYPES.indexOf(text.toUpperCase())
    if (type < 0) reader.unknownName({ ...use.values[0], text }, 'packet type', TYPES)
    else types |= type === INVALID ? INVALID_TYPES : 1 << type
  }
  return { types, inverted: use.inverted }
}
