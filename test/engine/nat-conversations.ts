/**
 * Captures in which translated connections get in each other's way, seeded: few clients with few ports that ask few
 * servers over and over, so that ports clash and sources come again with other destinations; answers, pings, errors,
 * fragments, services that are mapped to others, and pauses in which connections expire.
 */
import { Direction } from '../../src/memory/record.js'
import { type WrittenPacket, writePcapng } from '../../src/capture/write.js'
import { echo, fragmentsOf, icmpError, tcp, udp } from '../kernel/packets.js'
import { Random } from '../random.js'

const RAW_IP = 101
const START_NS = 1_700_000_000_000_000_000n
const STEP_NS = 3_000_000n
/** Longer than UDP without an answer and pings are remembered. */
const PAUSE_NS = 35_000_000_000n
const BETWEEN_PAUSES = 250

/** What the rules of the tests map to and from. */
export const PUBLIC = '203.0.113.1'
export const SERVICE = '203.0.113.9'
const SERVERS = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '10.0.0.7']
/** Low ones, a service's own, and ports of clients with too few free ones below. */
const PORTS = [53, 123, 500, 700, 1023, 4500, 8080, 33_000, 40_000, 50_001, 60_000]
const SERVICES = [53, 80, 123, 443, 4500, 8080, 45_000]

export interface NatTraffic {
  readonly packets: number
  readonly seed: number
  /** Ports of clients; PORTS besides, if `awkward`. */
  readonly clientPorts: number
  readonly awkward: boolean
}

function* conversation(random: Random, ports: readonly number[]): Iterable<Buffer> {
  const client = `10.0.0.${random.between(1, 20)}`
  const server = random.chance(0.2) ? SERVICE : random.pick(SERVERS)
  const [port, service] = [random.pick(ports), random.pick(SERVICES)]
  const to = `${client}:${port} > ${server}:${service}`
  // As it comes back if its port stayed.
  const back = `${server}:${service} > ${random.chance(0.8) ? PUBLIC : client}:${port}`
  switch (random.below(8)) {
    case 0:
      yield echo(`${client} > ${server}`, 'request', port, 1)
      yield echo(`${server} > ${PUBLIC}`, 'reply', port, 1)
      return
    case 1: {
      yield udp(to, 30)
      const quoted = udp(`${PUBLIC}:${port} > ${server}:${service}`, 30)
      yield icmpError(`${server} > ${PUBLIC}`, 3, 3, quoted)
      return
    }
    case 2:
      yield* fragmentsOf(udp(to, 2000), 1024, random.below(65_536))
      return
    case 3:
    case 4:
    case 5:
      yield udp(to, 30)
      yield udp(back, 60)
      yield udp(to, 30)
      return
    default:
      yield tcp(to, 'S', { seq: 100 })
      yield tcp(back, 'SA', { seq: 500, ack: 101 })
      yield tcp(to, 'A', { seq: 101, ack: 501 })
      yield tcp(to, 'FA', { seq: 101, ack: 501 })
      yield tcp(back, 'FA', { seq: 501, ack: 102 })
      yield tcp(to, 'A', { seq: 102, ack: 502 })
  }
}

function conversations({ packets, seed, clientPorts, awkward }: NatTraffic): Buffer[] {
  const random = new Random(seed)
  const ports = Array.from({ length: clientPorts }, () => random.between(32_768, 60_999))
  if (awkward) ports.push(...PORTS)
  const open = Array.from({ length: 30 }, () => [...conversation(random, ports)])
  return Array.from({ length: packets }, () => {
    const which = random.below(open.length)
    if (open[which].length === 0) open[which] = [...conversation(random, ports)]
    return open[which].shift() as Buffer
  })
}

/** Answers to all connections that a listing shows, whatever they were mapped to. */
export function answersTo(connections: string): Buffer[] {
  return connections.split('\n').flatMap((line): Buffer[] => {
    const [, reply] = [...line.matchAll(/src=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)/g)]
    if (reply === undefined) return []
    const [, src, dst, srcPort, dstPort] = reply
    const ends = `${src}:${srcPort} > ${dst}:${dstPort}`
    return line.includes('udp') ? [udp(ends, 60)] : [tcp(ends, 'A', { seq: 502, ack: 102 })]
  })
}

/** `more` comes behind the conversations, at once. */
export async function writeNatConversations(path: string, traffic: NatTraffic, more: readonly Buffer[]): Promise<void> {
  const { packets } = traffic
  const pauses = (number: number): boolean =>
    number % BETWEEN_PAUSES === BETWEEN_PAUSES - 1 && number < packets - BETWEEN_PAUSES
  const gapNs = (number: number): bigint => (number >= packets ? 0n : pauses(number) ? PAUSE_NS : STEP_NS)
  await writePackets(path, [...conversations(traffic), ...more], gapNs)
}

/** `gapNs`: the time in front of each packet. */
export async function writePackets(
  path: string,
  packets: readonly Buffer[],
  gapNs: (number: number) => bigint = () => STEP_NS,
): Promise<void> {
  let atNs = START_NS
  const written = packets.map((bytes, number): WrittenPacket => {
    atNs += gapNs(number)
    return { interface: 0, atNs, bytes, original: bytes.length, direction: Direction.Unknown, comment: null }
  })
  await writePcapng(path, [{ name: null, linkType: RAW_IP }], written)
}
