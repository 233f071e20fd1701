/**
 * -m tcp: ports, flags and options of the TCP header.
 * Kernel: net/netfilter/xt_tcpudp.c, tcp_mt() (v6.18). iptables: extensions/libxt_tcp.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { listItems, type OptionReader, type Token } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { ALL_PORTS, inPortRange, type PortRange, portTest, printPortRange, readPortRange } from '../ports.js'
import { printOption } from '../print-option.js'
import { hasHeader } from '../transport.js'
import type { Packet } from '../../memory/packet.js'
import type { Match } from '../../ruleset/ruleset.js'

interface TcpOptions {
  readonly source: PortRange
  readonly sourceInverted: boolean
  readonly destination: PortRange
  readonly destinationInverted: boolean
  readonly flagMask: number
  readonly flags: number
  readonly flagsInverted: boolean
  /** Kind of a TCP option that must be there; 0: none. */
  readonly option: number
  readonly optionInverted: boolean
}

const FLAGS: readonly (readonly [string, number])[] = [
  ['FIN', 1],
  ['SYN', 2],
  ['RST', 4],
  ['PSH', 8],
  ['ACK', 16],
  ['URG', 32],
]
const ALL_FLAGS = 63
const SYN_ONLY = { mask: 2 + 4 + 16 + 1, flags: 2 }

const HEADER = 20
const FLAGS_OFFSET = 13
const DATA_OFFSET = 12

const options: readonly OptionSpec[] = [
  { name: 'source-port', key: 'sport', values: 1, invertible: true },
  { name: 'sport', key: 'sport', values: 1, invertible: true },
  { name: 'destination-port', key: 'dport', values: 1, invertible: true },
  { name: 'dport', key: 'dport', values: 1, invertible: true },
  { name: 'syn', key: 'flags', values: 0, invertible: true },
  { name: 'tcp-flags', key: 'flags', values: 2, invertible: true },
  { name: 'tcp-option', key: 'option', values: 1, invertible: true },
]

export const tcpMatch: MatchExtension<TcpOptions> = {
  name: 'tcp',
  families: [4, 6],
  options,
  protocol: 6,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const source = reader.find('sport')
    const destination = reader.find('dport')
    const flags = reader.find('flags')
    const option = reader.find('option')
    const { mask, flags: wanted } =
      flags === undefined
        ? { mask: 0, flags: 0 }
        : flags.spec.values === 0
          ? SYN_ONLY
          : { mask: readFlags(reader, flags.values[0]), flags: readFlags(reader, flags.values[1]) }
    return {
      source: source === undefined ? ALL_PORTS : readPortRange(reader, source.values[0], 'tcp'),
      sourceInverted: source?.inverted ?? false,
      destination: destination === undefined ? ALL_PORTS : readPortRange(reader, destination.values[0], 'tcp'),
      destinationInverted: destination?.inverted ?? false,
      flagMask: mask,
      flags: wanted,
      flagsInverted: flags?.inverted ?? false,
      option: option === undefined ? 0 : reader.integer(option.values[0], 1, 255),
      optionInverted: option?.inverted ?? false,
    }
  },

  print(of) {
    return (
      (isAll(of.source) ? '' : printOption('sport', printPortRange(of.source), of.sourceInverted)) +
      (isAll(of.destination) ? '' : printOption('dport', printPortRange(of.destination), of.destinationInverted)) +
      (of.option === 0 ? '' : printOption('tcp-option', `${of.option}`, of.optionInverted)) +
      (of.flagMask === 0 && !of.flagsInverted
        ? ''
        : printOption('tcp-flags', `${printFlags(of.flagMask)} ${printFlags(of.flags)}`, of.flagsInverted))
    )
  },

  destinationPorts: ({ destination, destinationInverted }) => (destinationInverted ? [] : [destination]),
  reads(of) {
    return [Field.Ports, ...(of.flagMask === 0 ? [] : [Field.TcpFlags]), ...(of.option === 0 ? [] : [Field.TcpOptions])]
  },

  fieldTest(of) {
    return { kind: 'test', test: (flags) => ((flags & of.flagMask) === of.flags) !== of.flagsInverted }
  },

  decidesByFlow: true,
  flowTests: (of) => [
    portTest('sourcePort', [of.source], of.sourceInverted),
    portTest('destinationPort', [of.destination], of.destinationInverted),
  ],

  stateBytes: () => 0,

  prepare(of) {
    return (packet) => {
      // A fragment that would overwrite the flags.
      if (packet.family === 4 && packet.fragmentOffset === 8) packet.hotDrop = true
      if (!hasHeader(packet, HEADER)) return false
      const { memory } = packet
      const at = packet.at + packet.transport
      if (inPortRange(memory.be16(at), of.source) === of.sourceInverted) return false
      if (inPortRange(memory.be16(at + 2), of.destination) === of.destinationInverted) return false
      const flags = memory.u8(at + FLAGS_OFFSET)
      if (((flags & of.flagMask) === of.flags) === of.flagsInverted) return false
      return of.option === 0 || hasOption(packet, of.option, of.optionInverted)
    }
  },
}

/** Whether a match is one that only SYN packets pass, SYN/ACK among them. Kernel: find_syn_match(), xt_TCPMSS.c. */
export function requiresSyn({ name, options: of }: Match): boolean {
  if (name !== 'tcp') return false
  const { flags, flagsInverted } = of as TcpOptions
  return (flags & 2) !== 0 && !flagsInverted
}

/** Looks for the option among those of the header; the kernel drops packets whose options it cannot read. */
function hasOption(packet: Packet, option: number, inverted: boolean): boolean {
  const { memory } = packet
  const at = packet.at + packet.transport
  const length = (memory.u8(at + DATA_OFFSET) >> 4) * 4
  if (length < HEADER) {
    packet.hotDrop = true
    return false
  }
  if (length === HEADER) return inverted
  if (!hasHeader(packet, length)) return false
  let offset = HEADER
  while (offset < length) {
    const kind = memory.u8(at + offset)
    if (kind === option) return !inverted
    offset += kind < 2 || offset + 1 === length ? 1 : memory.u8(at + offset + 1) || 1
  }
  return inverted
}

function isAll([from, to]: PortRange): boolean {
  return from === 0 && to === 65535
}

function readFlags(reader: OptionReader, list: Token): number {
  let flags = 0
  for (const item of listItems(list)) {
    const name = item.text.toUpperCase()
    const flag = FLAGS.find(([known]) => known === name)
    if (flag !== undefined) flags |= flag[1]
    else if (name === 'ALL') flags |= ALL_FLAGS
    else if (name !== 'NONE' && name !== '') {
      reader.unknownName(item, 'TCP flag', [...FLAGS.map(([known]) => known), 'ALL', 'NONE'])
    }
  }
  return flags
}

function printFlags(flags: number): string {
  const names = FLAGS.filter(([, flag]) => (flags & flag) !== 0).map(([name]) => name)
  return names.length === 0 ? 'NONE' : names.join(',')
}
