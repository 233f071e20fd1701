/**
 * The helper of Amanda: the backup client's answer names the ports to which the server is to connect.
 * Kernel: net/netfilter/nf_conntrack_amanda.c, nf_nat_amanda.c (v6.18), with the module's default parameters.
 */
import { originalTuple } from '../nat-tuple.js'
import { readNumber } from './addresses-in-text.js'
import { expectTo, Follow } from './expectation.js'
import { Expected } from './expectation-table.js'
import type { HelpedPacket } from './helped-packet.js'
import type { Helper } from './helper.js'

const TCP = 6
/** Answers may be a while in coming. Kernel: master_timeout. */
const MASTER_SECONDS = 300
const CONNECT = 'CONNECT '
const STREAMS = ['DATA ', 'MESG ', 'INDEX ']
const PORT_DIGITS = 5

export const amanda: Helper = {
  name: 'amanda',
  policies: [{ most: 3, seconds: 180 }],

  help(packet) {
    if (packet.direction === 0) return true
    packet.refresh(MASTER_SECONDS)
    const text = packet.payload()
    const found = text.indexOf(CONNECT)
    const start = found + CONNECT.length
    const stop = found < 0 ? -1 : text.indexOf('\n', start)
    if (stop < 0) return true
    let passes = true
    for (const stream of STREAMS) {
      // Rewriting a port may have moved what follows; the end of the line is not looked for again.
      const now = packet.payload().slice(0, stop)
      const at = now.indexOf(stream, start)
      if (at < 0) continue
      const first = at + stream.length
      const { value: port, end } = readNumber(now.slice(0, first + PORT_DIGITS), first)
      if ((port & 0xffff) === 0) break
      passes = expectAt(packet, port & 0xffff, first, end - first)
    }
    return passes
  },
}

function expectAt(packet: HelpedPacket, port: number, start: number, digits: number): boolean {
  const { family, source, destination } = originalTuple(packet.entry)
  const expectation = expectTo(family, TCP, source, destination, port)
  if (!packet.isTranslated || family !== 4) return packet.expect(expectation) === Expected.Added
  const free = packet.expectAtFreePort({ ...expectation, follow: Follow.Master, direction: 0, savedPort: port })
  if (free === 0) return false
  if (packet.replace(start, digits, `${free}`)) return true
  packet.unexpect({ ...expectation.tuple, dstPort: free })
  return false
}
