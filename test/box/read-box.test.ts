/**
 * A box directory becomes a box: its files, what is derived without them, and what is wrong with them.
 */
import { describe, expect, test } from 'vitest'
import { Box } from '../../src/box/box.js'
import { BoxError } from '../../src/box/box-error.js'
import { readBox } from '../../src/box/read-box.js'
import { ADDRESSES, boxDirectory, ROUTES, RULES } from './fixtures.js'
import { flow, words } from './flow.js'

const FULL = { 'ip-address.json': ADDRESSES, 'ip-route.json': ROUTES, 'ip-rule.json': RULES }

describe('interfaces', () => {
  const box = readBox(boxDirectory({ 'ip-address.json': ADDRESSES }))

  test('are numbered from 1 in the order of the file', () => {
    expect(box.interfaces.map(({ id, name, mtu, loopback }) => [id, name, mtu, loopback])).toEqual([
      [1, 'lo', 65536, true],
      [2, 'eth0', 1500, false],
      [3, 'tun0', 1400, false],
      [4, 'eth0.10', 1500, false],
    ])
    expect(box.interfaceName(0)).toBe('')
    expect(box.loopback).toBe(1)
  })

  test('have the Ethernet address that the link has', () => {
    expect(box.interface(2)?.mac).toBe(0x3a24335235b5n)
    expect(box.interface(3)?.mac).toBeNull()
  })

  test('know their VLAN, by ip -d or by name', () => {
    expect(box.interface(4)?.vlan).toEqual({ parent: 2, id: 10 })
    const plain = ADDRESSES.replace(/,"linkinfo":\{"info_kind":"vlan".*?\}\}/, '')
    expect(readBox(boxDirectory({ 'ip-address.json': plain })).interface(4)?.vlan).toEqual({ parent: 2, id: 10 })
  })

  test('that rules mention get numbers behind those of the box', () => {
    const id = box.internInterface('ppp0')
    expect(id).toBe(5)
    expect(box.internInterface('ppp0')).toBe(5)
    expect(box.interfaceName(5)).toBe('ppp0')
    expect(new Box(box.data()).interfaceId('ppp0')).toBe(5)
  })
})

describe('routes', () => {
  test('of both families may stand in one file', () => {
    const box = readBox(boxDirectory(FULL))
    expect(box.fib[4].lookup(flow('10.20.0.0'))).toMatchObject({ kind: 'route', hop: { interface: 3 } })
    expect(box.fib[4].lookup(flow('8.8.8.8', { mark: 0x102 }))).toMatchObject({ kind: 'route', route: { mtu: 1400 } })
  })

  test('without a file are those that the kernel makes for the addresses, and a default route', () => {
    const { fib } = readBox(boxDirectory({ 'ip-address.json': ADDRESSES }))
    const type = (address: string): unknown => {
      const found = fib[address.includes(':') ? 6 : 4].lookup(flow(address))
      return found.kind === 'route' ? [found.route.type, found.hop.interface] : found.kind
    }
    expect(type('192.0.2.10')).toEqual(['local', 2])
    expect(type('192.0.2.77')).toEqual(['unicast', 2])
    expect(type('192.0.2.255')).toEqual(['broadcast', 2])
    expect(type('192.0.2.0')).toEqual(['unicast', 2])
    expect(type('10.1.1.1')).toEqual(['local', 2])
    expect(type('10.1.1.2')).toEqual(['unicast', 2])
    expect(type('10.20.0.0')).toEqual(['unicast', 3])
    expect(type('127.9.9.9')).toEqual(['local', 1])
    expect(type('127.255.255.255')).toEqual(['broadcast', 1])
    expect(type('8.8.8.8')).toEqual(['unicast', 0])
    expect(type('2001:db8::1')).toEqual(['local', 2])
    expect(type('2001:db8::77')).toEqual(['unicast', 2])
    expect(type('ff02::fb')).toEqual(['multicast', 2])
  })
})

describe('without a directory', () => {
  test('the box is a router that owns no address and forwards everything', () => {
    const box = readBox(null)
    expect(box.ownAddresses).toEqual([])
    expect(box.forwards(4, 0)).toBe(true)
    expect(box.forwards(6, 0)).toBe(true)
    expect(box.fib[4].lookup(flow('10.0.0.1'))).toMatchObject({ kind: 'route', hop: { interface: 0 } })
  })

  test('addresses given are local, and nothing is forwarded', () => {
    const box = readBox(null, { local: ['10.0.0.1', '2001:db8::5'] })
    expect(box.isOwnAddress(4, words('10.0.0.1'))).toBe(true)
    expect(box.addressType(4, words('10.0.0.1'))).toBe('LOCAL')
    expect(box.addressType(6, words('2001:db8::5'))).toBe('LOCAL')
    expect(box.forwards(4, 0)).toBe(false)
  })
})

describe('settings', () => {
  const sysctls = [
    'net.ipv4.conf.all.rp_filter = 0',
    'net.ipv4.conf.eth0.rp_filter = 2',
    'net.ipv4.conf.eth0/10.forwarding = 0',
    'net.ipv4.conf.eth0.forwarding = 1',
    'net.ipv4.ip_forward = 1',
    'net.netfilter.nf_conntrack_tcp_timeout_established = 86400',
    'net.netfilter.nf_conntrack_checksum = 1',
    'kernel.hostname = web1',
    'sysctl: permission denied on key "net.ipv4.tcp_fastopen_key"',
  ].join('\n')
  const directory = boxDirectory({ 'ip-address.json': ADDRESSES, 'sysctl.conf': sysctls })

  test('count per interface, with the larger reverse path filter', () => {
    const box = readBox(directory)
    expect(box.reversePathFilter(box.interfaceId('eth0'))).toBe(2)
    expect(box.reversePathFilter(box.interfaceId('tun0'))).toBe(0)
    expect(box.forwards(4, box.interfaceId('eth0'))).toBe(true)
    expect(box.forwards(4, box.interfaceId('eth0.10'))).toBe(false)
    expect(box.sysctl('kernel.hostname')).toBeUndefined()
  })

  test('of conntrack have the kernel defaults, and checksums are verified on request only', () => {
    expect(readBox(directory).conntrack).toMatchObject({
      checksum: false,
      tcpLoose: true,
      timeouts: { tcpEstablished: 86400, udp: 30, udpStream: 120 },
    })
    const asked = readBox(directory, { sysctls: ['net.netfilter.nf_conntrack_checksum=1'] })
    expect(asked.conntrack.checksum).toBe(true)
  })

  test.each([
    ['udp_timeout', 'is no setting'],
    ['kernel.hostname=box', 'hookline reads no "kernel.hostname"'],
    ['net.netfilter.nf_conntrack_udp_timeout=soon', '"soon" is no value'],
  ])('the setting %s of the command line is refused', (setting, message) => {
    expect(() => readBox(null, { sysctls: [setting] })).toThrow(message)
  })

  test('set on the command line work as when they are written on the machine', () => {
    const box = readBox(directory, { sysctls: ['net/ipv4/ip_forward=0'] })
    expect(box.forwards(4, box.interfaceId('eth0'))).toBe(false)
  })

  test('follow the kernel version', () => {
    expect(readBox(null, { kernel: '4.19.0-27-amd64' }).conntrack.timeouts.udpStream).toBe(180)
    expect(readBox(boxDirectory({ uname: '6.1.0-28-amd64\n' })).profile.version).toEqual([6, 1])
    expect(() => readBox(null, { kernel: 'new' })).toThrow('--kernel:1:1: "new" is no kernel version')
    expect(() => readBox(null, { kernel: '3.10.0-1160.el7.x86_64' })).toThrow(
      'is older than the oldest kernel that is known, 4.19; --kernel 4.19 takes that one',
    )
  })
})

describe('what is wrong is said with its place', () => {
  const failure = (files: Record<string, string>): string => {
    const directory = boxDirectory(files)
    try {
      readBox(directory)
    } catch (error) {
      if (error instanceof BoxError) return error.message.replace(`${directory}/`, '')
      throw error
    }
    return 'none'
  }

  test.each([
    [{ 'ip-address.json': '[{"ifname":' }, 'ip-address.json:1:12: the file ends too early; make the file again'],
    [
      { 'ip-address.json': '[\n {"ifname": "eth0",\n  "mtu": "big"}]' },
      'ip-address.json:3:10: a whole number is expected here',
    ],
    [{ 'ip-route.json': '[{"dst":"10.0.0.0/33"}]' }, 'ip-route.json:1:9: "10.0.0.0/33" is no IPv4 prefix'],
    [
      { 'ip-rule.json': '[{"priority":1,"src":"all","l3mdev":null}]' },
      'ip-rule.json:1:37: rules with "l3mdev" are not supported',
    ],
    [
      { 'ip-rule.json': '[{"priority":1,"src":"all","tos":"gold"}]' },
      'ip-rule.json:1:34: "gold" is no TOS that hookline knows',
    ],
    [
      { 'sysctl.conf': 'net.ipv4.ip_forward = 1\nforward everything' },
      'sysctl.conf:2:1: "forward everything" is no setting',
    ],
  ])('%o', (files, message) => {
    expect(failure(files as unknown as Record<string, string>)).toContain(message)
  })

  test('a directory that is not there', () => {
    expect(() => readBox('/no/such/box')).toThrow('/no/such/box:1:1: no such directory')
  })
})

test('routes that were printed without the local table are said to be incomplete', () => {
  const main = JSON.stringify(
    (JSON.parse(ROUTES) as { table?: string }[]).filter(({ table }) => (table ?? 'main') === 'main'),
  )
  const { warnings } = readBox(boxDirectory({ 'ip-address.json': ADDRESSES, 'ip-route.json': main }))
  expect(warnings.join()).toMatch(/ip-route\.json has no route of the table local.*"ip -j route show table all"$/)
  expect(readBox(boxDirectory(FULL)).warnings).toEqual([])
})

test('routes, next hops and rules have realms, those of sources in the upper half', () => {
  const hop = (last: number, flow: object): object => ({ gateway: `10.20.0.${last}`, dev: 'eth0', flow, weight: 1 })
  const routes = JSON.stringify([
    { dst: '10.5.0.0/16', dev: 'eth0', flags: [], flow: { to: '7' } },
    { dst: '10.6.0.0/16', dev: 'eth0', flags: [], flow: { from: '3', to: 'cosmos' } },
    { dst: '10.7.0.0/16', flags: [], nexthops: [hop(1, { to: '5' }), hop(2, { from: '6', to: '7' })] },
  ])
  const rules = JSON.stringify([{ priority: 9, src: 'all', table: 'main', flow_from: '4', flow_to: '5' }])
  const { fib } = readBox(boxDirectory({ 'ip-route.json': routes, 'ip-rule.json': rules }))
  expect(fib[4].lookup(flow('10.5.0.1'))).toMatchObject({ hop: { realm: 7 }, ruleRealm: 0x40005 })
  expect(fib[4].lookup(flow('10.6.0.1'))).toMatchObject({ hop: { realm: 0x30000 } })
  const found = fib[4].lookup(flow('10.7.0.1'))
  expect(found.kind === 'route' && found.route.hops.map(({ realm }) => realm)).toEqual([5, 0x60007])
  const named = routes.replace('"to":"7"', '"to":"internet"')
  expect(() => readBox(boxDirectory({ 'ip-route.json': named }))).toThrow('"internet" is no number of a realm')
})
