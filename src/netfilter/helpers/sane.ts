/**
 * The helper of SANE: a scanner's answer to SANE_NET_START names the port of the data connection.
 * Kernel: net/netfilter/nf_conntrack_sane.c (v6.18).
 *
 *   own state: 1 while the last request was SANE_NET_START u32
 */
import { originalTuple } from '../nat-tuple.js'
import { expectTo } from './expectation.js'
import { Expected } from './expectation-table.js'
import type { Helper } from './helper.js'

const TCP = 6
/** RPC code and handle. */
const REQUEST_BYTES = 8
const NET_START = '\0\0\0\u0007'
/** Status, two bytes that are zero, the port. */
const ANSWER_BYTES = 8
const SUCCESS = '\0\0\0\0\0\0'

export const sane: Helper = {
  name: 'sane',
  policies: [{ most: 1, seconds: 300 }],

  help(packet) {
    const bytes = packet.payloadBytes
    if (!packet.isEstablished || bytes === 0) return true
    const { memory } = packet.packet
    const text = packet.payload()
    if (packet.direction === 0) {
      if (bytes === REQUEST_BYTES) memory.setU32(packet.ownState(), text.startsWith(NET_START) ? 1 : 0)
      return true
    }
    if (memory.u32(packet.ownState()) === 0) return true
    memory.setU32(packet.ownState(), 0)
    if (bytes < ANSWER_BYTES || !text.startsWith(SUCCESS)) return true
    const port = text.charCodeAt(SUCCESS.length) * 256 + text.charCodeAt(SUCCESS.length + 1)
    const { family, source, destination } = originalTuple(packet.entry)
    return packet.expect(expectTo(family, TCP, source, destination, port)) === Expected.Added
  },
}
