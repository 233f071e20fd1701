/**
 * The helper of IRC: a client that offers another one a direct connection (DCC) says where it listens.
 * Kernel: net/netfilter/nf_conntrack_irc.c, nf_nat_irc.c (v6.18), with the module's default parameters.
 */
import { readNumber } from './addresses-in-text.js'
import { expectTo, Follow } from './expectation.js'
import { Expected } from './expectation-table.js'
import type { HelpedPacket } from './helped-packet.js'
import type { Helper } from './helper.js'

const TCP = 6
/** More of a packet is not looked at. Kernel: MAX_SEARCH_SIZE. */
const MOST_BYTES = 4095
const MESSAGE = 'PRIVMSG '
/** Bytes of the shortest message behind blanks, of a DCC command with what stands around it, of its address and port. */
const SHORTEST_MESSAGE = 10
const SHORTEST_COMMAND = 26
const SHORTEST_OFFER = 12
const OFFER = ' :'
const DCC = '\u0001DCC '
const KINDS = ['SEND ', 'CHAT ', 'MOVE ', 'TSEND ', 'SCHAT ']

/** Where the client listens, and from where to where the packet says so. */
interface Listener {
  readonly address: number
  readonly port: number
  readonly start: number
  readonly end: number
}

export const irc: Helper = {
  name: 'irc',
  policies: [{ most: 8, seconds: 300 }],

  help(packet) {
    if (packet.direction === 1 || !packet.isEstablished || packet.payloadBytes === 0) return true
    const listener = find(packet)
    return listener === null || expectAt(packet, listener)
  },
}

function find(packet: HelpedPacket): Listener | null {
  const { own, other } = packet.tuples()
  const text = packet.payload().slice(0, MOST_BYTES)
  let at = 0
  while (at < text.length - SHORTEST_MESSAGE && ' \r\n'.includes(text[at])) at++
  if (at < text.length - SHORTEST_MESSAGE) {
    if (text.slice(at, at + MESSAGE.length).toUpperCase() !== MESSAGE) return null
    at += MESSAGE.length
  }
  while (at < text.length - SHORTEST_COMMAND) {
    if (!text.startsWith(OFFER, at)) {
      at++
      continue
    }
    at += OFFER.length
    if (!text.startsWith(DCC, at)) return null
    at += DCC.length
    for (const kind of KINDS) {
      if (!text.startsWith(kind, at)) continue
      at += kind.length
      const listener = readListener(text, at)
      if (listener === null) continue
      const { address, port } = listener
      // The client's address, as it knows it or as NAT makes it.
      if ((address === own.source[0] || address === other.destination[0]) && port !== 0) return listener
    }
  }
  return null
}

/** What follows the kind: a word, the address as one number, the port; the line ends somewhere. Kernel: parse_dcc(). */
function readListener(text: string, from: number): Listener | null {
  let at = from
  while (text[at++] !== ' ') {
    if (at > text.length - SHORTEST_OFFER) return null
  }
  if (!text.includes('\n', at)) return null
  const address = readNumber(text, at)
  let behind = address.end
  while (text[behind] === ' ') behind++
  const port = readNumber(text, behind)
  return { address: address.value, port: port.value & 0xffff, start: at, end: port.end }
}

function expectAt(packet: HelpedPacket, { port, start, end }: Listener): boolean {
  const { destination, family } = packet.tuples().other
  const expectation = expectTo(family, TCP, null, destination, port)
  if (!packet.isTranslated) return packet.expect(expectation) === Expected.Added
  const free = packet.expectAtFreePort({ ...expectation, follow: Follow.Master, direction: 1, savedPort: port })
  if (free === 0) return false
  if (packet.replace(start, end - start, `${destination[0]} ${free}`)) return true
  packet.unexpect({ ...expectation.tuple, dstPort: free })
  return false
}
