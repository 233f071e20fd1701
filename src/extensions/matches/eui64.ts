/**
 * -m eui64: the interface identifier of the source address is made of the sender's MAC address.
 * Kernel: net/ipv6/netfilter/ip6t_eui64.c, eui64_mt6() (v6.18). iptables: extensions/libip6t_eui64.c.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { Hook } from '../../ruleset/ruleset.js'

/** From the start of the Ethernet header. */
const SOURCE = 6

export const eui64Match: MatchExtension<null> = {
  ...PLAIN_MATCH,
  name: 'eui64',
  families: [6],
  options: [],
  placement: () => ({ tables: null, hooks: [Hook.Prerouting, Hook.Input, Hook.Forward] }),
  parse: () => null,
  print: () => '',
  reads: () => [Field.SourceMac, Field.Addresses],

  prepare() {
    return (packet) => {
      const { memory } = packet
      const { linkHeader } = packet.descriptor
      if (linkHeader === 0) return false
      const at = packet.at - linkHeader + SOURCE
      const high = ((memory.be32(at) & 0xffffff00) | 0xff) ^ 0x02000000
      const low = 0xfe000000 | (memory.be32(at + 2) & 0xffffff)
      return packet.src6(2) === high >>> 0 && packet.src6(3) === low >>> 0
    }
  },
}
