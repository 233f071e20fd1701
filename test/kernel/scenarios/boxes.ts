/**
 * The boxes of the scenarios: a server with one leg, and a router between two networks.
 */
import type { BoxSketch } from '../box-directory.js'

export const SERVER: BoxSketch = {
  interfaces: { eth0: ['10.0.0.1/24', 'fe80::1/64', '2001:db8::1/64'] },
  commands: ['route add default via 10.0.0.254', '-6 route add default via 2001:db8::fe dev eth0'],
}

export const ROUTER: BoxSketch = {
  interfaces: {
    lan0: ['192.168.1.1/24', 'fe80::1/64', '2001:db8:1::1/64'],
    wan0: ['203.0.113.2/24', 'fe80::2/64', '2001:db8:2::2/64'],
  },
  commands: ['route add default via 203.0.113.1', '-6 route add default via 2001:db8:2::1 dev wan0'],
  sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' },
}
