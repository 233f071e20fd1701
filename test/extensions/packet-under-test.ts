/**
 * A packet made by hand in a memory of its own, and rules asked about it: the match or target of an `-A` line.
 */
import type { Box } from '../../src/box/box.js'
import { matchExtension, targetExtension } from '../../src/extensions/all.js'
import type { TargetVerdict } from '../../src/extensions/extension.js'
import { DESCRIPTOR_OFFSET } from '../../src/memory/descriptor.js'
import { ENTRY_OFFSET, EntryView } from '../../src/memory/entry.js'
import { Memory } from '../../src/memory/memory.js'
import { Packet } from '../../src/memory/packet.js'
import { ReplayFlag, setReplayField } from '../../src/memory/replay.js'
import { SKB_OFFSET } from '../../src/memory/skb.js'
import { parseAddress } from '../../src/ruleset/address.js'
import type { Family, Rule } from '../../src/ruleset/ruleset.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'

const SKB = 0x1000
const DESCRIPTOR = 0x2000
const ENTRY = 0x3000
const FRAME = 0x5000
const ETHERNET = 14

/** Room for the state of one match: never used memory is zero. */
const STATE_BYTES = 0x1000000
let stateAt = STATE_BYTES

const memory = Memory.create()

export interface PacketText {
  readonly family?: Family
  readonly protocol?: number
  readonly src?: string
  readonly dst?: string
  readonly ttl?: number
  readonly tos?: number
  /** The transport header and what follows. */
  readonly transport?: readonly number[]
  /** skb->len, where it is not that of the bytes. */
  readonly length?: number
  /** Captured bytes, where they are fewer. */
  readonly captured?: number
  readonly fragmentOffset?: number
  /** Source MAC address; without it the link has none. */
  readonly mac?: readonly number[]
  readonly flags?: number
  readonly packetType?: number
  readonly mark?: number
  readonly nowNs?: bigint
  readonly ctInfo?: number
  readonly entry?: EntryText
  readonly inInterface?: number
  readonly outInterface?: number
}

export interface EntryText {
  readonly protocol?: number
  readonly src?: string
  readonly dst?: string
  readonly srcPort?: number
  readonly dstPort?: number
  readonly status?: number
  readonly expiryNs?: bigint
  readonly mark?: number
}

/** A TCP header without payload; `options` is padded to whole words. */
export function tcpHeader(
  source: number,
  destination: number,
  flags: number,
  options: readonly number[] = [],
): number[] {
  const padded = [...options, ...Array<number>((4 - (options.length % 4)) % 4).fill(0)]
  const dataOffset = ((20 + padded.length) / 4) << 4
  return [...ports(source, destination), 0, 0, 0, 1, 0, 0, 0, 0, dataOffset, flags, 4, 0, 0, 0, 0, 0, ...padded]
}

export function udpHeader(source: number, destination: number): number[] {
  return [...ports(source, destination), 0, 8, 0, 0]
}

function ports(source: number, destination: number): number[] {
  return [source >> 8, source & 255, destination >> 8, destination & 255]
}

/** There is one at a time: the next call moves it. */
export function packetOf(text: PacketText): Packet {
  const { family = 4, transport = [], mac } = text
  memory.bytes.fill(0, SKB, FRAME)
  memory.bytes.fill(0, FRAME, FRAME + 0x1000)
  const header = family === 4 ? ipv4Header(text) : ipv6Header(text)
  const at = FRAME + ETHERNET
  if (mac !== undefined) memory.bytes.set(mac, FRAME + 6)
  memory.bytes.set([...header, ...transport], at)
  const length = text.length ?? header.length + transport.length
  const descriptor = { captured: text.captured ?? length, transport: header.length, length }
  memory.setU32(DESCRIPTOR + DESCRIPTOR_OFFSET.captured, descriptor.captured)
  memory.setU32(DESCRIPTOR + DESCRIPTOR_OFFSET.length, length)
  memory.setU16(DESCRIPTOR + DESCRIPTOR_OFFSET.linkHeader, mac === undefined ? 0 : ETHERNET)
  memory.setU16(DESCRIPTOR + DESCRIPTOR_OFFSET.flags, text.flags ?? 0)
  memory.setU8(DESCRIPTOR + DESCRIPTOR_OFFSET.packetType, text.packetType ?? 0)
  memory.setU32(SKB + SKB_OFFSET.descriptor, DESCRIPTOR)
  memory.setU32(SKB + SKB_OFFSET.packet, at)
  memory.setU32(SKB + SKB_OFFSET.length, length)
  memory.setU64(SKB + SKB_OFFSET.nowNs, text.nowNs ?? 0n)
  memory.setU32(SKB + SKB_OFFSET.mark, text.mark ?? 0)
  memory.setU8(SKB + SKB_OFFSET.ctInfo, text.ctInfo ?? 0)
  if (text.entry !== undefined) {
    writeEntry(text.entry)
    memory.setU32(SKB + SKB_OFFSET.entry, ENTRY)
  }
  const packet = new Packet(memory, SKB)
  packet.descriptor.at = DESCRIPTOR
  packet.family = family
  packet.transport = header.length
  packet.protocol = text.protocol ?? 0
  packet.fragmentOffset = text.fragmentOffset ?? 0
  packet.inInterface = text.inInterface ?? 0
  packet.outInterface = text.outInterface ?? 0
  return packet
}

function ipv4Header({ protocol = 0, src = '192.0.2.1', dst = '192.0.2.2', ttl = 64, tos = 0 }: PacketText): number[] {
  const words = [src, dst].flatMap((text) => bytesOf(parseAddress(text, 4) ?? []))
  const header = [0x45, tos, 0, 40, 0, 0, 0, 0, ttl, protocol, 0, 0, ...words]
  const checksum = checksumOf(header)
  header[10] = checksum >> 8
  header[11] = checksum & 255
  return header
}

function ipv6Header({
  protocol = 0,
  src = '2001:db8::1',
  dst = '2001:db8::2',
  ttl = 64,
  tos = 0,
}: PacketText): number[] {
  const words = [src, dst].flatMap((text) => bytesOf(parseAddress(text, 6) ?? []))
  return [0x60 | (tos >> 4), (tos & 15) << 4, 0, 0, 0, 0, protocol, ttl, ...words]
}

function bytesOf(words: readonly number[]): number[] {
  return words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255])
}

/** The ones' complement sum over the bytes: 0 for a header whose checksum is right. */
export function checksumOf(bytes: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < bytes.length; index += 2) sum += bytes[index] * 256 + bytes[index + 1]
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

export function headerBytes(packet: Packet): number[] {
  return Array.from(memory.bytes.slice(packet.at, packet.at + packet.transport))
}

/** Address of an entry. There is one at a time, also of packets that have one. */
export function entryOf(text: EntryText): number {
  writeEntry(text)
  return ENTRY
}

function writeEntry(text: EntryText): void {
  memory.setU8(ENTRY + ENTRY_OFFSET.family, 4)
  memory.setU8(ENTRY + ENTRY_OFFSET.protocol, text.protocol ?? 6)
  memory.setU32(ENTRY + ENTRY_OFFSET.src, parseAddress(text.src ?? '192.0.2.1', 4)?.[0] ?? 0)
  memory.setU32(ENTRY + ENTRY_OFFSET.dst, parseAddress(text.dst ?? '192.0.2.2', 4)?.[0] ?? 0)
  memory.setU16(ENTRY + ENTRY_OFFSET.srcPort, text.srcPort ?? 0)
  memory.setU16(ENTRY + ENTRY_OFFSET.dstPort, text.dstPort ?? 0)
  memory.setU16(ENTRY + ENTRY_OFFSET.status, text.status ?? 0)
  memory.setU64(ENTRY + ENTRY_OFFSET.expiryNs, text.expiryNs ?? 0n)
  setReplayField(memory, 'flags', ReplayFlag.CtMarks)
  const entry = new EntryView(memory)
  entry.at = ENTRY
  entry.ctMark = text.mark ?? 0
}

/** A box whose address types are those given; every other address is UNICAST. */
export function boxOf(types: Readonly<Record<string, string>> = {}, hz = 250, sets: Box['sets'] = []): Box {
  const typeOf = (family: Family, words: readonly number[], device: number): string => {
    const named = Object.entries(types).find(([text]) => {
      const [address, on] = text.split(' on ')
      return parseAddress(address, family)?.join() === words.join() && (on === undefined || Number(on) === device)
    })
    return named?.[1] ?? 'UNICAST'
  }
  const box = {
    hz,
    loopback: 1,
    sets,
    interfaceId: () => 7,
    addressType: typeOf,
    addressMatches6: (words: readonly number[], wanted: ReadonlySet<string>, device: number) =>
      wanted.has(typeOf(6, words, device)),
  }
  return box as unknown as Box
}

/** Forgets what matches with state of the whole capture have kept. */
export function clearState(): void {
  stateAt += STATE_BYTES
}

/** The rule's matches, ready to be asked about many packets. */
export function questionOf(rule: string, family: Family = 4, box: Box = boxOf()): (packet: Packet) => boolean {
  const { matches } = ruleOf(rule, family, 'mangle')
  const tests = matches.map(({ name, options }) =>
    matchExtension(name, family).prepare(options, box, stateAt, [options]),
  )
  return (packet) => tests.every((test) => test(packet))
}

/** What the rule's matches say: true, false, or that the packet is to be dropped at once. */
export function ask(rule: string, packet: Packet, box: Box = boxOf()): boolean | 'drop' {
  const all = questionOf(rule, packet.family, box)(packet)
  return packet.hotDrop ? 'drop' : all
}

/** Runs the rule's target on the packet. */
export function apply(rule: string, packet: Packet, table = 'mangle'): TargetVerdict | null {
  const { target } = ruleOf(rule, packet.family, table)
  if (target.kind !== 'extension') return null
  return targetExtension(target.name, packet.family).prepare(target.options, boxOf(), stateAt, [target.options])(packet)
}

function ruleOf(rule: string, family: Family, table: string): Rule {
  const chain = table === 'raw' ? 'PREROUTING' : 'FORWARD'
  const { ruleset, problems } = parseRuleset(`*${table}\n-A ${chain} ${rule}\nCOMMIT\n`, 'rule', family)
  if (problems.length > 0) throw new Error(`${rule}: ${problems[0].message}`)
  return ruleset.tables[0].chains.flatMap(({ rules }) => rules)[0]
}
