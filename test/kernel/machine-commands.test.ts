import { expect, test } from 'vitest'
import type { BoxFiles } from '../../src/kernel/box-files.js'
import { linkCommands, routeCommands } from '../../src/kernel/machine-commands.js'
import { tracksConnections } from '../../src/kernel/machine.js'
import { boxSysctls } from '../../src/kernel/sysctl.js'

const BOX: BoxFiles = {
  links: [
    { ifname: 'lo', addr_info: [{ family: 'inet', local: '127.0.0.1', prefixlen: 8, scope: 'host' }] },
    {
      ifname: 'eth0',
      link_type: 'ether',
      address: '02:00:00:00:00:aa',
      mtu: 1400,
      addr_info: [
        { family: 'inet', local: '10.0.0.1', prefixlen: 24, broadcast: '10.0.0.255', scope: 'global' },
        { family: 'inet6', local: '2001:db8::1', prefixlen: 64, scope: 'global' },
      ],
    },
  ],
  routes: [
    { dst: 'default', gateway: '10.0.0.254', dev: 'eth0' },
    { dst: '10.0.0.0/24', dev: 'eth0', protocol: 'kernel', scope: 'link', prefsrc: '10.0.0.1' },
    { type: 'local', dst: '10.0.0.1', dev: 'eth0', table: 'local', protocol: 'kernel' },
    { type: 'unreachable', dst: '10.9.0.0/16', table: '100' },
  ],
  routes6: null,
  rules: [
    { priority: 0, src: 'all', table: 'local' },
    { priority: 100, src: '10.0.0.0', srclen: 8, fwmark: '0x1', fwmask: '0xf', table: '100' },
    { priority: 32766, src: 'all', table: 'main' },
  ],
  rules6: null,
  groups: [],
  sysctls: new Map(),
  iptables: null,
  ip6tables: null,
  ipset: null,
}

test('links come up with the largest MTU and their addresses without routes of their own', () => {
  expect(linkCommands(BOX.links, new Map([['eth0', 'tap']]))).toEqual([
    'link set dev lo up',
    'link set dev eth0 arp off',
    'link set dev eth0 address 02:00:00:00:00:aa',
    'link set dev eth0 mtu 65521',
    'link set dev eth0 up',
    'address add 10.0.0.1/24 dev eth0 broadcast 10.0.0.255 scope global noprefixroute',
    'address add 2001:db8::1/64 dev eth0 scope global nodad noprefixroute',
  ])
})

test('routes get the MTU of the box, gateways come last, and what refuses refuses in silence', () => {
  expect(routeCommands(BOX, 4)).toEqual([
    'route append unicast 10.0.0.0/24 protocol kernel scope link src 10.0.0.1 mtu 1400 dev eth0',
    'route append blackhole 10.9.0.0/16 table 100',
    'route append unicast default mtu 1400 via 10.0.0.254 dev eth0 onlink',
    'route append blackhole default table default metric 4294967295',
    'rule flush',
    'rule add priority 100 from 10.0.0.0/8 fwmark 0x1/0xf table 100',
    'rule add priority 32766 from all table main',
  ])
})

test('without a file of routes there are those of the addresses, and a default route', () => {
  expect(routeCommands(BOX, 6)).toEqual([
    'route append unicast 2001:db8::1/64 protocol kernel metric 256 dev eth0',
    'route append unicast default dev eth0',
    'rule add blackhole priority 4294967295',
  ])
})

test('settings for all interfaces are written before those of one, and what keeps the box quiet is left alone', () => {
  const sysctls = new Map([
    ['kernel.hostname', 'web1'],
    ['net.ipv4.conf.all.rp_filter', '0'],
    ['net.ipv4.conf.default.rp_filter', '2'],
    ['net.ipv4.conf.eth0.rp_filter', '1'],
    ['net.ipv4.tcp_early_demux', '1'],
    ['net.ipv4.ip_forward', '1'],
    ['net.netfilter.nf_conntrack_acct', '0'],
    ['net.netfilter.nf_conntrack_udp_timeout', '20'],
  ])
  expect(boxSysctls(sysctls).map(([key]) => key)).toEqual([
    'net.ipv4.ip_forward',
    'net.ipv4.conf.all.rp_filter',
    'net.ipv4.conf.default.rp_filter',
    'net.ipv4.conf.eth0.rp_filter',
    'net.netfilter.nf_conntrack_udp_timeout',
  ])
})

test('rules track connections when one of them needs it', () => {
  expect(tracksConnections('-A INPUT -m conntrack --ctstate NEW -j ACCEPT')).toBe(true)
  expect(tracksConnections('-A PREROUTING -j CT --zone 5\n-A PREROUTING -j CT --notrack')).toBe(true)
  expect(tracksConnections('-A PREROUTING -j CT --notrack\n-A PREROUTING -j NOTRACK')).toBe(false)
  expect(tracksConnections('-A INPUT -m mark --mark 0x1 -j MARK --set-xmark 0x2')).toBe(false)
  expect(tracksConnections(null)).toBe(false)
})
