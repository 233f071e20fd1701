/**
 * The helper of TFTP: a read or write request is answered from a port that the server picks.
 * Kernel: net/netfilter/nf_conntrack_tftp.c, nf_nat_tftp.c (v6.18).
 */
import { originalTuple, replyTuple } from '../nat-tuple.js'
import { expectTo, Follow } from './expectation.js'
import { Expected } from './expectation-table.js'
import type { Helper } from './helper.js'

const UDP = 17
const OPCODE_BYTES = 2
const READ = 1
const WRITE = 2

export const tftp: Helper = {
  name: 'tftp',
  policies: [{ most: 1, seconds: 300 }],

  help(packet) {
    if (packet.payloadBytes < OPCODE_BYTES) return true
    const text = packet.payload()
    const opcode = text.charCodeAt(0) * 256 + text.charCodeAt(1)
    if (opcode !== READ && opcode !== WRITE) return true
    const [original, reply] = [originalTuple(packet.entry), replyTuple(packet.entry)]
    const plain = expectTo(reply.family, UDP, reply.source, reply.destination, reply.dstPort)
    const followed = { ...plain, follow: Follow.Master, direction: 1, savedPort: original.srcPort } as const
    return packet.expect(packet.isTranslated ? followed : plain) === Expected.Added
  },
}
