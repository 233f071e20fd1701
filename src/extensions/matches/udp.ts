/**
 * -m udp: ports of the UDP header.
 * Kernel: net/netfilter/xt_tcpudp.c, udp_mt() (v6.18). iptables: extensions/libxt_udp.c.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { ALL_PORTS, inPortRange, type PortRange, portTest, printPortRange, readResolvedPortRange } from '../ports.js'
import { printOption } from '../print-option.js'
import { hasHeader } from '../transport.js'

interface UdpOptions {
  readonly source: PortRange
  readonly sourceInverted: boolean
  readonly destination: PortRange
  readonly destinationInverted: boolean
}

const HEADER = 8

export const udpMatch: MatchExtension<UdpOptions> = {
  name: 'udp',
  families: [4, 6],
  options: [
    { name: 'source-port', key: 'sport', values: 1, invertible: true },
    { name: 'sport', key: 'sport', values: 1, invertible: true },
    { name: 'destination-port', key: 'dport', values: 1, invertible: true },
    { name: 'dport', key: 'dport', values: 1, invertible: true },
  ],
  protocol: 17,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    const source = reader.find('sport')
    const destination = reader.find('dport')
    return {
      source: source === undefined ? ALL_PORTS : readResolvedPortRange(reader, source.values[0]),
      sourceInverted: source?.inverted ?? false,
      destination: destination === undefined ? ALL_PORTS : readResolvedPortRange(reader, destination.values[0]),
      destinationInverted: destination?.inverted ?? false,
    }
  },

  print(of) {
    return (
      printPorts('sport', of.source, of.sourceInverted) + printPorts('dport', of.destination, of.destinationInverted)
    )
  },

  destinationPorts: ({ destination, destinationInverted }) => (destinationInverted ? [] : [destination]),
  reads: () => [Field.Ports],
  decidesByFlow: true,
  flowTests: (of) => [
    portTest('sourcePort', [of.source], of.sourceInverted),
    portTest('destinationPort', [of.destination], of.destinationInverted),
  ],
  stateBytes: () => 0,

  prepare(of) {
    return (packet) => {
      if (!hasHeader(packet, HEADER)) return false
      const at = packet.at + packet.transport
      return (
        inPortRange(packet.memory.be16(at), of.source) !== of.sourceInverted &&
        inPortRange(packet.memory.be16(at + 2), of.destination) !== of.destinationInverted
      )
    }
  },
}

/** All ports are not printed, not even when inverted. */
function printPorts(name: string, range: PortRange, inverted: boolean): string {
  return range[0] === 0 && range[1] === 65535 ? '' : printOption(name, printPortRange(range), inverted)
}
