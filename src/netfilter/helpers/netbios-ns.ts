/**
 * The helper of NetBIOS name requests that the box itself broadcasts: any host of the network may answer.
 * Kernel: net/netfilter/nf_conntrack_netbios_ns.c, nf_conntrack_broadcast.c (v6.18), with the default parameters.
 */
import { wordMask } from '../../box/address.js'
import { DescriptorFlag } from '../../memory/descriptor.js'
import { Hook } from '../../ruleset/ruleset.js'
import { replyTuple } from '../nat-tuple.js'
import { expectTo } from './expectation.js'
import type { Helper } from './helper.js'

const UDP = 17
const PORT = 137
const WHOLE_PORT = 0xffff
const SECONDS = 3

export const netbiosNs: Helper = {
  name: 'netbios-ns',
  policies: [{ most: 1, seconds: SECONDS }],

  help(packet) {
    const { packet: own, box } = packet
    const isOwn = own.hook === Number(Hook.Postrouting) && (own.descriptor.flags & DescriptorFlag.Output) !== 0
    if (!isOwn || own.comesBack || packet.direction === 1) return true
    const address = box
      .interface(own.outInterface)
      ?.addresses.find(({ family, secondary, broadcast }) => family === 4 && !secondary && broadcast?.[0] === own.dst4)
    if (address === undefined || address.length === 0) return true
    const reply = replyTuple(packet.entry)
    const expectation = expectTo(4, UDP, reply.source, reply.destination, reply.dstPort)
    packet.expect({
      ...expectation,
      tuple: { ...expectation.tuple, srcPort: PORT },
      mask: { address: [wordMask(address.length)], port: WHOLE_PORT },
      permanent: true,
    })
    packet.refresh(SECONDS)
    return true
  },
}
