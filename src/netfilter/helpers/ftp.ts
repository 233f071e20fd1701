/**
 * The helper of FTP: PORT and EPRT of the client, the answers 227 and 229 of the server say where the data connection
 * goes. A packet is looked at only if it begins behind the end of a line; half a command is dropped.
 * Kernel: net/netfilter/nf_conntrack_ftp.c, nf_nat_ftp.c (v6.18), with the module's default parameters.
 *
 *   own state, for each direction: two sequence numbers behind the end of a line u32 | how many there are u32
 */
import { printIpv4 } from '../../ruleset/address.js'
import { sameWords } from '../nat-tuple.js'
import { digitAt, readAddress } from './addresses-in-text.js'
import { expectTo, Follow } from './expectation.js'
import { Expected } from './expectation-table.js'
import type { HelpedPacket } from './helped-packet.js'
import type { Helper } from './helper.js'
import { isAfter } from './sequence-numbers.js'

const TCP = 6
const LINES_BYTES = 12
const LINES_KEPT = 2

/** Where the other side is to connect to; the address is that of the sender where the text names none. */
interface Target {
  readonly address: readonly number[]
  readonly port: number
  /** Of the numbers, from the start of the text that was read. */
  readonly offset: number
  readonly length: number
}

/** How a command or answer begins, what is read behind it, and how it is written. */
interface Command {
  readonly pattern: string
  /** The numbers follow the first of these; null: the first digit. */
  readonly skip: string | null
  read(text: string, sender: readonly number[]): Target | null
  write(address: readonly number[], port: number): string
}

const PORT: Command = {
  pattern: 'PORT',
  skip: ' ',
  read: (text) => readSixNumbers(text, '\r'),
  write: writeSixNumbers,
}
const EPRT: Command = { pattern: 'EPRT', skip: ' ', read: readExtendedPort, write: writeExtendedPort }
const PASSIVE: Command = { pattern: '227 ', skip: null, read: readAnyNumbers, write: writeSixNumbers }
const EXTENDED_PASSIVE: Command = {
  pattern: '229 ',
  skip: '(',
  read: readExtendedPassive,
  write: (_address, port) => `|||${port}|`,
}
/** By direction. */
const COMMANDS = [
  [PORT, EPRT],
  [PASSIVE, EXTENDED_PASSIVE],
] as const

export const ftp: Helper = {
  name: 'ftp',
  policies: [{ most: 1, seconds: 300 }],

  help(packet) {
    if (!packet.isEstablished || packet.payloadBytes === 0) return true
    const text = packet.payload()
    const begin = packet.sequence
    const outcome = isLineStart(packet, begin) ? helpLine(packet, text) : 'pass'
    if (outcome !== 'partial' && text.endsWith('\n')) noteLineEnd(packet, (begin + text.length) >>> 0)
    return outcome === 'pass'
  },
}

function helpLine(packet: HelpedPacket, text: string): 'pass' | 'drop' | 'partial' {
  const { own, other } = packet.tuples()
  for (const command of COMMANDS[packet.direction]) {
    const target = find(text, command, own.source)
    if (target === 'partial') return 'partial'
    if (target === null) continue
    // Another address than the sender's would open holes to third parties.
    if (!sameWords(target.address, own.source)) return 'pass'
    const expectation = expectTo(own.family, TCP, other.source, other.destination, target.port)
    if (!packet.isTranslated) return packet.expect(expectation) === Expected.Added ? 'pass' : 'drop'
    const port = packet.expectAtFreePort({
      ...expectation,
      follow: Follow.Master,
      direction: packet.direction === 0 ? 1 : 0,
      savedPort: target.port,
    })
    if (port === 0) return 'drop'
    if (packet.replace(target.offset, target.length, command.write(other.destination, port))) return 'pass'
    packet.unexpect({ ...expectation.tuple, dstPort: port })
    return 'drop'
  }
  return 'pass'
}

/** Kernel: find_pattern(). */
function find(text: string, { pattern, skip, read }: Command, sender: readonly number[]): Target | 'partial' | null {
  const begins = text.slice(0, pattern.length).toUpperCase()
  if (text.length <= pattern.length) return pattern.startsWith(begins) ? 'partial' : null
  if (begins !== pattern) return null
  let offset = pattern.length
  if (skip !== null) {
    offset = text.indexOf(skip, offset) + 1
    if (offset === 0) return 'partial'
  }
  const target = read(text.slice(offset), sender)
  return target === null ? 'partial' : { ...target, offset: offset + target.offset }
}

/** 192,168,1,1,5,6 up to a character; up to anything that is none of it where `end` is null. */
function readSixNumbers(text: string, end: string | null): Target | null {
  const numbers = readNumbers(text, 0, 6, ',', end)
  if (numbers === null) return null
  const [a, b, c, d, high, low] = numbers.values
  const address = [((a << 24) | (b << 16) | (c << 8) | d) >>> 0]
  return { address, port: ((high << 8) | low) & 0xffff, offset: 0, length: numbers.length }
}

/** RFC 1123, 4.1.2.6: the numbers stand anywhere behind the code. */
function readAnyNumbers(text: string): Target | null {
  const start = text.search(/\d/)
  const found = start < 0 ? null : readSixNumbers(text.slice(start), null)
  return found === null ? null : { ...found, offset: start }
}

/** |1|132.235.1.2|6275| or |2|3ffe::1|6275|. */
function readExtendedPort(text: string, sender: readonly number[]): Target | null {
  const delimiter = text[0]
  const family = sender.length === 1 ? 4 : 6
  if (text.length <= 3 || !isDelimiter(delimiter) || text[2] !== delimiter) return null
  if (text[1] !== (family === 4 ? '1' : '2')) return null
  const start = 3
  let address: readonly number[]
  let end: number
  if (family === 4) {
    const numbers = readNumbers(text, start, 4, '.', delimiter)
    if (numbers === null) return null
    const [a, b, c, d] = numbers.values
    address = [((a << 24) | (b << 16) | (c << 8) | d) >>> 0]
    end = start + numbers.length
  } else {
    const limit = text.indexOf(delimiter, start)
    const read = limit < 0 ? null : readAddress(text, start, limit, 6)
    if (read === null || read.end !== limit) return null
    address = read.value
    end = limit
  }
  const port = readPort(text, end + 1, delimiter)
  return port === null ? null : { address, port: port.value, offset: 0, length: port.end }
}

/** |||6446|. */
function readExtendedPassive(text: string, sender: readonly number[]): Target | null {
  const delimiter = text[0]
  if (text.length <= 3 || !isDelimiter(delimiter) || text[1] !== delimiter || text[2] !== delimiter) return null
  const port = readPort(text, 3, delimiter)
  return port === null ? null : { address: sender, port: port.value, offset: 0, length: port.end }
}

/** Visible ASCII but for digits. */
function isDelimiter(character: string): boolean {
  return /^[!-/:-~]$/.test(character)
}

/** `count` numbers, one `separator` between two; null when something else is in the way. Kernel: try_number(). */
function readNumbers(
  text: string,
  start: number,
  count: number,
  separator: string,
  end: string | null,
): { readonly values: readonly number[]; readonly length: number } | null {
  const values = [0]
  for (let at = start; at < text.length && values.length <= count; at++) {
    const digit = digitAt(text, at)
    if (digit >= 0) {
      values[values.length - 1] = (Math.imul(values[values.length - 1], 10) + digit) >>> 0
    } else if (text[at] === separator) {
      values.push(0)
    } else {
      return values.length === count && (end === null || text[at] === end) ? { values, length: at - start } : null
    }
  }
  return null
}

/** A port and the delimiter behind it; null for port 0. Kernel: get_port(). */
function readPort(
  text: string,
  start: number,
  delimiter: string,
): { readonly value: number; readonly end: number } | null {
  let value = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === delimiter) return value === 0 ? null : { value, end: at + 1 }
    const digit = digitAt(text, at)
    if (digit < 0) return null
    value = (value * 10 + digit) & 0xffff
  }
  return null
}

function writeSixNumbers([address]: readonly number[], port: number): string {
  return `${printIpv4(address).replaceAll('.', ',')},${port >> 8},${port & 255}`
}

/** IPv6 addresses with all their digits. */
function writeExtendedPort(address: readonly number[], port: number): string {
  if (address.length === 1) return `|1|${printIpv4(address[0])}|${port}|`
  const digits = address.map((word) => word.toString(16).padStart(8, '0')).join('')
  return `|2|${(digits.match(/.{4}/g) ?? []).join(':')}|${port}|`
}

/** Kernel: find_nl_seq(). */
function isLineStart(packet: HelpedPacket, sequence: number): boolean {
  const { memory } = packet.packet
  const at = packet.ownState() + LINES_BYTES * packet.direction
  const count = memory.u32(at + 4 * LINES_KEPT)
  for (let index = 0; index < count; index++) {
    if (memory.u32(at + 4 * index) === sequence) return true
  }
  return false
}

/** A line ended in front of this sequence number; the older one makes room. Kernel: update_nl_seq(). */
function noteLineEnd(packet: HelpedPacket, sequence: number): void {
  const { memory } = packet.packet
  const at = packet.ownState() + LINES_BYTES * packet.direction
  const count = memory.u32(at + 4 * LINES_KEPT)
  const known = [memory.u32(at), memory.u32(at + 4)].slice(0, count)
  if (known.includes(sequence)) return
  if (count < LINES_KEPT) {
    memory.setU32(at + 4 * count, sequence)
    memory.setU32(at + 4 * LINES_KEPT, count + 1)
    return
  }
  const oldest = isAfter(known[1], known[0]) ? 0 : 1
  if (isAfter(sequence, known[oldest])) memory.setU32(at + 4 * oldest, sequence)
}
