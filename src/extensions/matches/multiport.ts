/**
 * -m multiport: up to 15 ports and ranges (which count twice) of TCP, UDP, UDP-Lite, SCTP or DCCP.
 * Kernel: net/netfilter/xt_multiport.c, multiport_mt() (v6.18). iptables: extensions/libxt_multiport.c, revision 1.
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { listItems, type OptionReader, type OptionUse } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { inPortRange, type PortRange, portTest, readPort } from '../ports.js'
import { printOption } from '../print-option.js'
import { hasHeader } from '../transport.js'

interface MultiportOptions {
  readonly which: 'sports' | 'dports' | 'ports'
  readonly inverted: boolean
  readonly ports: readonly PortRange[]
}

const MOST_PORTS = 15
const PORTS = 4
const TCP = 6
const UDP = 17
const PROTOCOLS = new Map([
  [TCP, 'tcp'],
  [UDP, 'udp'],
  [136, 'udplite'],
  [132, 'sctp'],
  [33, 'dccp'],
])

const KEYS = ['sports', 'dports', 'ports'] as const
const options: readonly OptionSpec[] = [
  { name: 'source-ports', key: 'sports', values: 1, invertible: true, excludes: KEYS },
  { name: 'sports', key: 'sports', values: 1, invertible: true, excludes: KEYS },
  { name: 'destination-ports', key: 'dports', values: 1, invertible: true, excludes: KEYS },
  { name: 'dports', key: 'dports', values: 1, invertible: true, excludes: KEYS },
  { name: 'ports', key: 'ports', values: 1, invertible: true, excludes: KEYS },
]

export const multiportMatch: MatchExtension<MultiportOptions> = {
  name: 'multiport',
  families: [4, 6],
  options,
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,

  parse(reader) {
    reader.needsOne(options)
    const use = reader.uses[0]
    if (use === undefined) return { which: 'ports', inverted: false, ports: [] }
    const which = KEYS.find((key) => key === use.spec.key) ?? 'ports'
    return { which, inverted: use.inverted, ports: readPorts(reader, use) }
  },

  print(of) {
    const ports = of.ports.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`))
    return printOption(of.which, ports.join(','), of.inverted)
  },

  destinationPorts: ({ which, inverted, ports }) => (inverted || which === 'sports' ? [] : ports),
  reads: () => [Field.Ports],
  decidesByFlow: true,
  flowTests(of, protocol) {
    // Either port may be the one: no test of one of them. Of other protocols, four bytes of header are enough.
    if (of.which === 'ports' || (protocol !== TCP && protocol !== UDP)) return null
    return [portTest(of.which === 'sports' ? 'sourcePort' : 'destinationPort', of.ports, of.inverted)]
  },
  stateBytes: () => 0,

  prepare(of) {
    const { ports, inverted, which } = of
    const source = which !== 'dports'
    const destination = which !== 'sports'
    return (packet) => {
      if (!hasHeader(packet, PORTS)) return false
      const at = packet.at + packet.transport
      const from = packet.memory.be16(at)
      const to = packet.memory.be16(at + 2)
      for (const range of ports) {
        if ((source && inPortRange(from, range)) || (destination && inPortRange(to, range))) return !inverted
      }
      return inverted
    }
  },
}

function readPorts(reader: OptionReader, use: OptionUse): PortRange[] {
  const { protocol } = use
  const name = protocol === null || protocol.inverted ? undefined : PROTOCOLS.get(protocol.number)
  if (name === undefined) {
    reader.problem(use.name, `--${use.spec.name} needs -p tcp, udp, udplite, sctp or dccp in front of it`)
    return []
  }
  let count = 0
  const ports = listItems(use.values[0]).map((item): PortRange => {
    const colon = item.text.indexOf(':')
    count += colon < 0 ? 1 : 2
    if (colon < 0) {
      const port = readPort(reader, item, name)
      return [port, port]
    }
    const from = readPort(reader, { ...item, text: item.text.slice(0, colon) }, name)
    const to = readPort(reader, { ...item, text: item.text.slice(colon + 1) }, name)
    if (from >= to) reader.problem(item, `the range ${item.text} does not end behind its beginning`)
    return [from, to]
  })
  if (count > MOST_PORTS)
    reader.problem(use.values[0], `${count} ports are more than ${MOST_PORTS}; a range counts twice`)
  return ports
}
