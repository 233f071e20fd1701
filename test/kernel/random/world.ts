/**
 * The boxes that random rulesets run on, and who talks to them: addresses of the box, and peers by interface.
 */
import type { BoxSketch } from '../box-directory.js'

export interface Network {
  /** Interface of the box by which these peers are reached. */
  readonly name: string
  readonly peers: Readonly<Record<4 | 6, readonly string[]>>
}

export interface World {
  readonly sketch: BoxSketch
  readonly own: Readonly<Record<4 | 6, readonly string[]>>
  readonly networks: readonly Network[]
  readonly forwards: boolean
  /** The box sends no fragments: NAT may lead them back into it. */
  readonly ownWhole?: true
  /** MAC address of the box when its packets come as Ethernet frames; null: bare packets. */
  readonly mac: string | null
  /** Addresses of more than one host. */
  readonly groups: Readonly<Record<4 | 6, readonly string[]>>
}

export const PEER_MACS = ['02:00:00:00:00:09', '02:00:00:00:00:0a']

const SERVER: World = {
  sketch: {
    interfaces: { eth0: ['10.0.0.1/24', '10.0.0.2/24', 'fe80::1/64', '2001:db8::1/64'] },
    commands: [
      'route add default via 10.0.0.254',
      '-6 route add default via 2001:db8::fe dev eth0',
      'link set dev eth0 group 23',
    ],
  },
  own: { 4: ['10.0.0.1', '10.0.0.2'], 6: ['2001:db8::1', 'fe80::1'] },
  networks: [
    {
      name: 'eth0',
      peers: {
        4: ['10.0.0.9', '10.0.0.77', '198.51.100.7', '203.0.113.99'],
        6: ['2001:db8::9', '2001:db8:ffff::7', 'fe80::9'],
      },
    },
  ],
  forwards: false,
  mac: null,
  groups: { 4: ['10.0.0.255', '255.255.255.255', '224.0.0.1', '224.0.0.251'], 6: ['ff02::1', 'ff02::fb'] },
}

const ROUTER: World = {
  sketch: {
    interfaces: {
      lan0: ['192.168.1.1/24', 'fe80::1/64', '2001:db8:1::1/64'],
      wan0: ['203.0.113.2/24', 'fe80::2/64', '2001:db8:2::2/64'],
      dmz0: ['172.16.0.1/16', '2001:db8:3::1/64'],
    },
    commands: [
      'route add default via 203.0.113.1',
      '-6 route add default via 2001:db8:2::1 dev wan0',
      'route add default via 172.16.0.99 dev dmz0 table 100',
      'route add unreachable 198.51.100.99 table 100',
      'rule add fwmark 0x1/0x3 table 100',
      'link set dev wan0 group 7',
    ],
    sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' },
  },
  own: { 4: ['192.168.1.1', '203.0.113.2', '172.16.0.1'], 6: ['2001:db8:1::1', '2001:db8:2::2', '2001:db8:3::1'] },
  networks: [
    { name: 'lan0', peers: { 4: ['192.168.1.5', '192.168.1.77'], 6: ['2001:db8:1::5', '2001:db8:1::77'] } },
    { name: 'wan0', peers: { 4: ['198.51.100.7', '198.51.100.99', '8.8.8.8'], 6: ['2001:db8:ffff::7'] } },
    { name: 'dmz0', peers: { 4: ['172.16.5.5', '172.16.9.9'], 6: ['2001:db8:3::5'] } },
  ],
  forwards: true,
  mac: null,
  groups: { 4: ['192.168.1.255', '255.255.255.255', '224.0.0.1'], 6: ['ff02::1', 'ff02::2'] },
}

const ETHERNET: World = {
  sketch: {
    interfaces: { eth0: ['10.0.0.1/24', 'fe80::1/64', '2001:db8::1/64'], eth1: ['10.0.1.1/24', '2001:db8:1::1/64'] },
    macs: { eth0: '02:00:00:00:00:aa', eth1: '02:00:00:00:00:aa' },
    commands: ['route add default via 10.0.0.254', '-6 route add default via 2001:db8::fe dev eth0'],
    sysctls: {
      'net.ipv4.ip_forward': '1',
      'net.ipv6.conf.all.forwarding': '1',
      'net.ipv4.conf.eth1.rp_filter': '1',
    },
  },
  own: { 4: ['10.0.0.1', '10.0.1.1'], 6: ['2001:db8::1', '2001:db8:1::1'] },
  networks: [
    { name: 'eth0', peers: { 4: ['10.0.0.9', '198.51.100.7'], 6: ['2001:db8::9', '2001:db8:ffff::7'] } },
    { name: 'eth1', peers: { 4: ['10.0.1.9', '10.0.1.10'], 6: ['2001:db8:1::9'] } },
  ],
  forwards: true,
  mac: '02:00:00:00:00:aa',
  groups: { 4: ['10.0.0.255', '255.255.255.255', '224.0.0.1'], 6: ['ff02::1'] },
}

export const WORLDS: readonly World[] = [SERVER, ROUTER, ETHERNET]
