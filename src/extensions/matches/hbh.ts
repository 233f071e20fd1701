/**
 * -m hbh and -m dst: length and options of IPv6's hop-by-hop and destination headers.
 * Kernel: net/ipv6/netfilter/ip6t_hbh.c (v6.18).
 */
import { Ipv6Header } from '../ipv6-headers.js'
import { ipv6OptionsMatch } from '../ipv6-options.js'

export const hbhMatch = ipv6OptionsMatch('hbh', Ipv6Header.HopByHop)
export const dstMatch = ipv6OptionsMatch('dst', Ipv6Header.Destination)
