/**
 * Random zones: a few CT rules that look at interface, protocol, TTL and mark, and packets of few tuples, so that the
 * same ones come in different zones, there and back, with errors about them.
 */
import { echo, icmpError, tcp, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { ROUTER } from '../scenarios/boxes.js'
import { SCTP_STATES } from '../scenarios/sctp.js'
import type { Random } from './random.js'

const PACKETS = 250
const MATCHES = ['-i lan0', '-i wan0', '-p udp', '-p tcp', '-m ttl --ttl-eq 60', '-m ttl ! --ttl-eq 60', '']
const TARGETS = [
  '-j CT --zone 1',
  '-j CT --zone 2',
  '-j CT --zone-orig 1',
  '-j CT --zone-reply 1',
  '-j CT --zone-orig 2',
  '-j CT --zone-reply 2',
  '-j CT --zone mark',
  '-j CT --zone-orig mark',
  '-j CT',
  '-j CT --notrack',
  '-j MARK --set-mark 1',
  '-j MARK --set-mark 2',
]
const CLIENTS = ['192.168.1.5', '192.168.1.6']
const SERVERS = ['198.51.100.7', '198.51.100.8']
const PORTS = [4000, 4001]

export function randomZones(random: Random): Scenario {
  const rules = Array.from({ length: random.int(1, 6) }, () =>
    `-A PREROUTING ${random.pick(MATCHES)} ${random.pick(TARGETS)}`.replace('  ', ' '),
  )
  const raw = `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`
  const packets = Array.from({ length: PACKETS }, () => randomPacket(random))
  return { title: rules.join('; '), box: ROUTER, rules: raw + SCTP_STATES, packets }
}

function randomPacket(random: Random): PlacedPacket {
  const client = random.pick(CLIENTS)
  const server = random.pick(SERVERS)
  const back = random.chance(0.4)
  const [from, to] = back ? [server, client] : [client, server]
  const name = random.chance(0.85) === back ? 'wan0' : 'lan0'
  const options = { ttl: random.pick([60, 64]) }
  const [here, there] = [random.pick(PORTS), 53]
  const ends = back ? `${from}:${there} > ${to}:${here}` : `${from}:${here} > ${to}:${there}`
  const reverse = ends.split(' > ').reverse().join(' > ')
  const draw = random.weighted([
    [6, 'udp'],
    [4, 'tcp'],
    [2, 'echo'],
    [3, 'error'],
  ] as const)
  if (draw === 'udp') return on(name, udp(ends, random.int(1, 40), options))
  if (draw === 'echo') return on(name, echo(`${from} > ${to}`, back ? 'reply' : 'request', here, 1, options))
  if (draw === 'error') return on(name, icmpError(`${from} > ${to}`, 3, 3, udp(reverse, 20)))
  const flags = back ? random.pick(['SA', 'A', 'R', 'FA']) : random.pick(['S', 'S', 'A', 'R', 'FA'])
  return on(name, tcp(ends, flags, { ...options, seq: back ? 501 : 101, ack: back ? 102 : 502 }))
}
