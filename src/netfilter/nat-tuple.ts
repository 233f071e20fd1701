/**
 * The tuples of a connection as NAT thinks of them.
 * Kernel: nf_ct_invert_tuple(), net/netfilter/nf_conntrack_core.c (v6.18).
 */
import { type EntryView, icmpAnswer } from '../memory/entry.js'
import type { Tuple } from '../memory/tuple.js'

/** Which end of a connection is mapped. Kernel: enum nf_nat_manip_type. */
export type Manip = 'source' | 'destination'

const ICMP = 1
const ICMPV6 = 58
const WORDS = [0, 1, 2, 3]

export function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6
}

export function originalTuple(entry: EntryView): Tuple {
  const { family, protocol, srcPort, dstPort } = entry
  const source = family === 4 ? [entry.src4] : WORDS.map((word) => entry.src6(word))
  const destination = family === 4 ? [entry.dst4] : WORDS.map((word) => entry.dst6(word))
  return { family, protocol, source, destination, srcPort, dstPort }
}

export function replyTuple(entry: EntryView): Tuple {
  const { family, protocol, replySrcPort, replyDstPort } = entry
  const source = family === 4 ? [entry.replySrc4] : WORDS.map((word) => entry.replySrc6(word))
  const destination = family === 4 ? [entry.replyDst4] : WORDS.map((word) => entry.replyDst6(word))
  return { family, protocol, source, destination, srcPort: replySrcPort, dstPort: replyDstPort }
}

/** The tuple of packets the other way. Only requests and their answers make connections of ICMP. */
export function invertTuple(tuple: Tuple): Tuple {
  const { family, protocol, source, destination, srcPort, dstPort } = tuple
  const ports = isIcmp(protocol)
    ? { srcPort, dstPort: icmpAnswer(protocol, dstPort) }
    : { srcPort: dstPort, dstPort: srcPort }
  return { family, protocol, source: destination, destination: source, ...ports }
}

export function sameWords(one: readonly number[], other: readonly number[]): boolean {
  return one.every((word, index) => word === other[index])
}

export function sameTuple(one: Tuple, other: Tuple): boolean {
  return (
    one.srcPort === other.srcPort &&
    one.dstPort === other.dstPort &&
    sameWords(one.source, other.source) &&
    sameWords(one.destination, other.destination)
  )
}
