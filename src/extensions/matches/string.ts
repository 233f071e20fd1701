/**
 * -m string: bytes to be found anywhere between two offsets from the IP header.
 * Kernel: net/netfilter/xt_string.c; skb_find_text(), net/core/skbuff.c (v6.18).
 * iptables: extensions/libxt_string.c, revision 1.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { readHexString } from '../hex-string.js'
import type { OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import type { Packet } from '../../memory/packet.js'

interface StringOptions {
  readonly pattern: Uint8Array
  readonly inverted: boolean
  readonly algorithm: string
  readonly from: number
  readonly to: number
  readonly ignoreCase: boolean
}

/** Kernel: ts_bm.c, ts_kmp.c; both find the same. */
const ALGORITHMS = ['bm', 'kmp']
/** Kernel: XT_STRING_MAX_PATTERN_SIZE. */
const LONGEST = 128
const END = 65535

export const stringMatch: MatchExtension<StringOptions> = {
  ...PLAIN_MATCH,
  name: 'string',
  families: [4, 6],
  options: [
    { name: 'from', key: 'from', values: 1 },
    { name: 'to', key: 'to', values: 1 },
    { name: 'algo', key: 'algorithm', values: 1, required: true },
    { name: 'string', key: 'string', values: 1, invertible: true, excludes: ['hex-string'] },
    { name: 'hex-string', key: 'hex-string', values: 1, invertible: true, excludes: ['string'] },
    { name: 'icase', key: 'icase', values: 0 },
  ],

  parse(reader) {
    const number = (key: string, byDefault: number): number => {
      const value = reader.find(key)?.values[0]
      return value === undefined ? byDefault : reader.integer(value, 0, END)
    }
    const from = number('from', 0)
    const to = number('to', END)
    if (from > to) reader.problem(reader.find('from')?.values[0] ?? reader.name, `${from} is behind --to ${to}`)
    const algorithm = reader.find('algorithm')?.values[0]
    if (algorithm !== undefined && !ALGORITHMS.includes(algorithm.text)) {
      reader.unknownName(algorithm, 'algorithm', ALGORITHMS)
    }
    return {
      ...readPattern(reader),
      algorithm: algorithm?.text ?? '',
      from,
      to,
      ignoreCase: reader.find('icase') !== undefined,
    }
  },

  print({ pattern, inverted, algorithm, from, to, ignoreCase }) {
    return (
      printPattern(pattern, inverted) +
      printOption('algo', algorithm) +
      (from === 0 ? '' : printOption('from', `${from}`)) +
      (to === END ? '' : printOption('to', `${to}`)) +
      (ignoreCase ? ' --icase' : '')
    )
  },

  reads: () => [Field.Payload],

  prepare({ pattern, inverted, from, to, ignoreCase }) {
    const fold = ignoreCase ? UPPER : SAME
    const wanted = pattern.map((byte) => fold[byte])
    return (packet) => contains(packet, wanted, fold, from, to) !== inverted
  },
}

const SAME = Uint8Array.from({ length: 256 }, (_, byte) => byte)
/** The kernel takes letters for those of Latin-1. Kernel: toupper(), include/linux/ctype.h; _ctype[], lib/ctype.c. */
const UPPER = SAME.map((byte) => {
  const small = (byte >= 97 && byte <= 122) || (byte >= 223 && byte !== 247)
  return small ? byte - 32 : byte
})

/** Differs from the kernel: bytes that were sent but not captured are not searched, since nobody knows them. */
function contains(packet: Packet, wanted: Uint8Array, fold: Uint8Array, from: number, to: number): boolean {
  const { bytes } = packet.memory
  const last = packet.at + Math.min(to, packet.length, packet.captured) - wanted.length
  for (let at = packet.at + from; at <= last; at++) {
    let index = 0
    while (index < wanted.length && fold[bytes[at + index]] === wanted[index]) index++
    if (index === wanted.length) return true
  }
  return false
}

function readPattern(reader: OptionReader): Pick<StringOptions, 'pattern' | 'inverted'> {
  const use = reader.find('string') ?? reader.find('hex-string')
  if (use === undefined) {
    reader.problem(reader.name, '--string or --hex-string is needed')
    return { pattern: new Uint8Array(), inverted: false }
  }
  const [value] = use.values
  const pattern = use.spec.key === 'string' ? Buffer.from(value.text) : readHexString(reader, value)
  if (pattern.length === 0) reader.problem(value, 'there is nothing to look for')
  const longest = use.spec.key === 'string' ? LONGEST : LONGEST - 1
  if (pattern.length > longest) reader.problem(value, `${pattern.length} bytes are more than ${longest}`)
  return { pattern: Uint8Array.from(pattern), inverted: use.inverted }
}

/** In hexadecimal where a byte is no ASCII character that can be seen, or a backslash ends it. */
function printPattern(pattern: Uint8Array, inverted: boolean): string {
  const bytes = Buffer.from(pattern)
  const plain = bytes.every((byte) => byte >= 32 && byte < 127) && bytes[bytes.length - 1] !== 92
  if (!plain) return printOption('hex-string', `"|${bytes.toString('hex')}|"`, inverted)
  return printOption('string', `"${bytes.toString('latin1').replace(/["\\]/g, '\\$&')}"`, inverted)
}
