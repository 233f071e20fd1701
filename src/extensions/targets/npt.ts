/**
 * -j SNPT and DNPT: change the prefix of an IPv6 address so that no checksum changes, without any connection.
 * Kernel: net/ipv6/netfilter/ip6t_NPT.c (v6.18), RFC 6296. iptables: extensions/libip6t_SNPT.c, libip6t_DNPT.c.
 *
 * Differs from the kernel: a packet that cannot be translated is dropped without an ICMP error.
 */
import type { Memory } from '../../memory/memory.js'
import type { Packet } from '../../memory/packet.js'
import {
  ANY_ADDRESS,
  lengthOfMask,
  maskAddress,
  maskOfLength,
  parseAddress,
  parseMask,
  printAddress,
} from '../../ruleset/address.js'
import { Hook } from '../../ruleset/ruleset.js'
import { Field, TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { printOption } from '../print-option.js'

interface Prefix {
  readonly address: readonly number[]
  readonly length: number
}

interface NptOptions {
  readonly from: Prefix
  readonly to: Prefix
}

const options: readonly OptionSpec[] = [
  { name: 'src-pfx', key: 'src-pfx', values: 1, required: true },
  { name: 'dst-pfx', key: 'dst-pfx', values: 1, required: true },
]
const LONGEST_PREFIX = 64
const ANYTHING: Prefix = { address: ANY_ADDRESS[6], length: 0 }
/** From the start of the IPv6 header. */
const NEXT_HEADER = 6
const SOURCE = 8
const DESTINATION = 24
const IPV6_HEADER = 40
const ICMPV6 = 58
const ICMPV6_HEADER = 8
const FIRST_QUERY_TYPE = 128

const SHARED = { families: [6], options, scope: 'packet', tracks: false, reads: () => [Field.Addresses] } as const

export const snptTarget: TargetExtension<NptOptions> = {
  ...SHARED,
  name: 'SNPT',
  placement: () => ({ tables: ['mangle'], hooks: [Hook.Input, Hook.Postrouting] }),
  parse: readPrefixes,
  print: printPrefixes,
  prepare: (of) => translator(of, SOURCE),
}

export const dnptTarget: TargetExtension<NptOptions> = {
  ...SHARED,
  name: 'DNPT',
  placement: () => ({ tables: ['mangle'], hooks: [Hook.Prerouting, Hook.Output] }),
  parse: readPrefixes,
  print: printPrefixes,
  prepare: (of) => translator(of, DESTINATION),
}

function readPrefixes(reader: OptionReader): NptOptions {
  return { from: readPrefix(reader, 'src-pfx'), to: readPrefix(reader, 'dst-pfx') }
}

/** Both are masks of at most 64 bits, and nothing is set behind them. Kernel: ip6t_npt_checkentry(). */
function readPrefix(reader: OptionReader, key: string): Prefix {
  const use = reader.find(key)
  if (use === undefined) return ANYTHING
  const { text } = use.values[0]
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash), 6)
  const mask = slash < 0 ? maskOfLength(128, 6) : parseMask(text.slice(slash + 1), 6)
  const length = mask === null ? -1 : lengthOfMask(mask)
  if (address === null || length < 0) {
    reader.problem(use.values[0], `"${text}" is no IPv6 prefix`)
    return ANYTHING
  }
  if (length > LONGEST_PREFIX) reader.problem(use.values[0], `a prefix of more than ${LONGEST_PREFIX} bits is refused`)
  const network = maskAddress(address, maskOfLength(length, 6))
  if (network.some((word, index) => word !== address[index])) {
    reader.problem(use.values[0], `"${text}" has bits set behind its prefix`)
  }
  return { address, length }
}

function printPrefixes({ from, to }: NptOptions): string {
  const print = (name: string, { address, length }: Prefix): string =>
    length === 0 && address.every((word) => word === 0) ? '' : printOption(name, `${printAddress(address)}/${length}`)
  return print('src-pfx', from) + print('dst-pfx', to)
}

/** `offset`: of the address that changes; the packet inside an ICMP error has it as its other one. */
function translator({ from, to }: NptOptions, offset: number): (packet: Packet) => TargetVerdict {
  const length = Math.max(from.length, to.length)
  const translation: Translation = {
    prefix: to.address,
    mask: maskOfLength(length, 6),
    word: length > 48 ? FIRST_INTERFACE_WORD : LAST_SUBNET_WORD,
    adjustment: foldedDifference(from.address, to.address),
  }
  const inside = IPV6_HEADER + ICMPV6_HEADER + (offset === SOURCE ? DESTINATION : SOURCE)
  return (packet) => {
    const { memory, at } = packet
    const before = sumOf(addressAt(memory, at + offset))
    if (!translate(memory, at + offset, translation)) return TargetVerdict.Drop
    // Only for the prefix that it was made for does the adjustment make up.
    if (before !== sumOf(addressAt(memory, at + offset))) packet.checksumBroken = true
    if (quotesPacket(packet) && hasPrefix(addressAt(memory, at + inside), from)) {
      translate(memory, at + inside, translation)
    }
    return TargetVerdict.Continue
  }
}

/** Kernel: icmpv6_bounced_ipv6hdr(). */
function quotesPacket(packet: Packet): boolean {
  const { memory, at } = packet
  if (memory.u8(at + NEXT_HEADER) !== ICMPV6 || packet.transport !== IPV6_HEADER) return false
  return packet.hasTransport(ICMPV6_HEADER + IPV6_HEADER) && memory.u8(at + IPV6_HEADER) < FIRST_QUERY_TYPE
}

function addressAt(memory: Memory, at: number): readonly number[] {
  return [0, 4, 8, 12].map((offset) => memory.be32(at + offset))
}

function hasPrefix(address: readonly number[], { address: prefix, length }: Prefix): boolean {
  return maskAddress(address, maskOfLength(length, 6)).every((word, index) => word === prefix[index])
}

interface Translation {
  readonly prefix: readonly number[]
  readonly mask: readonly number[]
  /** The first 16-bit word that may take up the difference. */
  readonly word: number
  readonly adjustment: number
}

const LAST_SUBNET_WORD = 3
const FIRST_INTERFACE_WORD = 4
const WORDS = 8

/** False when no word can take up the difference. Kernel: ip6t_npt_map_pfx(). */
function translate(memory: Memory, at: number, { prefix, mask, word: first, adjustment }: Translation): boolean {
  prefix.forEach((bits, index) => {
    const kept = memory.be32(at + 4 * index) & ~mask[index]
    memory.setBe32(at + 4 * index, ((bits & mask[index]) | kept) >>> 0)
  })
  let word = first
  while (first === FIRST_INTERFACE_WORD && memory.be16(at + 2 * word) === 0xffff) {
    if (++word === WORDS) return false
  }
  const sum = addOnes(memory.be16(at + 2 * word), adjustment)
  memory.setBe16(at + 2 * word, sum === 0xffff ? 0 : sum)
  return true
}

/** What a word must grow by, in ones' complement, to make up for another prefix. */
function foldedDifference(from: readonly number[], to: readonly number[]): number {
  return addOnes(sumOf(from), ~sumOf(to) & 0xffff)
}

function sumOf(words: readonly number[]): number {
  return words.reduce((sum, word) => addOnes(addOnes(sum, word >>> 16), word & 0xffff), 0)
}

function addOnes(a: number, b: number): number {
  const sum = a + b
  return (sum & 0xffff) + (sum >>> 16)
}
