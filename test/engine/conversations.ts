/**
 * A capture of many conversations at once, seeded: TCP with data and its end, UDP questions, pings, ICMP errors,
 * fragments, strays. Long enough for several blocks.
 */
import { Direction } from '../../src/memory/record.js'
import { type WrittenPacket, writePcapng } from '../../src/capture/write.js'
import { echo, fragmentsOf, icmpError, tcp, udp } from '../kernel/packets.js'

const SERVER = '10.0.0.1'
const RAW_IP = 101
const START_NS = 1_700_000_000_000_000_000n
const STEP_NS = 200_000n
/** Conversations that go on at the same time. */
const OPEN = 500

/** xorshift32. */
function random(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

type Draw = (below: number) => number

function conversation(draw: Draw): Buffer[] {
  const client = `172.${16 + draw(16)}.${draw(250)}.${1 + draw(250)}`
  const port = 1024 + draw(60_000)
  const to = (service: number): string => `${client}:${port} > ${SERVER}:${service}`
  const from = (service: number): string => `${SERVER}:${service} > ${client}:${port}`
  switch (draw(8)) {
    case 0:
      return [udp(to(53), 30), udp(from(53), 90)]
    case 1:
      return [udp(to(123), 48), udp(from(123), 48)]
    case 2:
      return [echo(`${client} > ${SERVER}`, 'request', port, 1), echo(`${SERVER} > ${client}`, 'reply', port, 1)]
    case 3:
      return fragmentsOf(udp(to(53), 2000 + draw(3000)), 1024, draw(65_536))
    case 4:
      return [tcp(to(9), 'S'), tcp(to(9), 'S'), tcp(from(80), 'A', { seq: 5, ack: 9 })]
    case 5: {
      const sent = udp(from(5000), 100)
      return [sent, icmpError(`${client} > ${SERVER}`, 3, 3, sent)]
    }
    default:
      return session(to(draw(2) === 0 ? 80 : 443), from(draw(2) === 0 ? 80 : 443), draw)
  }
}

function session(to: string, from: string, draw: Draw): Buffer[] {
  const packets = [
    tcp(to, 'S', { seq: 100 }),
    tcp(from, 'SA', { seq: 500, ack: 101 }),
    tcp(to, 'A', { seq: 101, ack: 501 }),
    tcp(to, 'PA', { seq: 101, ack: 501, data: 200 }),
  ]
  let at = 501
  for (let count = draw(20); count > 0; count--) {
    const data = 1 + draw(1400)
    packets.push(tcp(from, 'PA', { seq: at, ack: 301, data }))
    at += data
    packets.push(tcp(to, 'A', { seq: 301, ack: at }))
  }
  if (draw(4) === 0) return [...packets, tcp(from, 'RA', { seq: at, ack: 301 })]
  packets.push(tcp(from, 'FA', { seq: at, ack: 301 }), tcp(to, 'FA', { seq: 301, ack: at + 1 }))
  packets.push(tcp(from, 'A', { seq: at + 1, ack: 302 }))
  return packets
}

function* packets(count: number, seed: number): Iterable<WrittenPacket> {
  const draw = random(seed)
  const open = Array.from({ length: OPEN }, () => conversation(draw))
  for (let number = 0; number < count; number++) {
    const which = draw(OPEN)
    if (open[which].length === 0) open[which] = conversation(draw)
    const bytes = open[which].shift() as Buffer
    const atNs = START_NS + BigInt(number) * STEP_NS
    yield { interface: 0, atNs, bytes, original: bytes.length, direction: Direction.Unknown, comment: null }
  }
}

export async function writeConversations(
  path: string,
  made: { readonly packets: number; readonly seed: number },
): Promise<void> {
  await writePcapng(path, [{ name: null, linkType: RAW_IP }], packets(made.packets, made.seed))
}
