/**
 * Routing decisions, one by one: what a server and a router do with packets to and from everywhere.
 */
import { describe, expect, test } from 'vitest'
import type { Box } from '../../src/box/box.js'
import type { Flow } from '../../src/box/policy-rule.js'
import { readBox } from '../../src/box/read-box.js'
import { Reason } from '../../src/memory/reason.js'
import type { InputRoute, OutputRoute } from '../../src/netfilter/route-decision.js'
import { Routing } from '../../src/netfilter/routing.js'
import { ADDRESSES, boxDirectory, ROUTES } from '../box/fixtures.js'
import { flow, words } from '../box/flow.js'

const directory = boxDirectory({ 'ip-address.json': ADDRESSES, 'ip-route.json': ROUTES })
const server = new Routing(readBox(directory))
const router = new Routing(readBox(directory, { sysctls: ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'] }))

function text(box: Box, route: InputRoute | OutputRoute): string {
  switch (route.kind) {
    case 'drop':
      return Reason[route.reason]
    case 'deliver':
      return `deliver ${route.cast}`
    case 'forward':
      return `forward ${box.interfaceName(route.outInterface)} ${route.mtu}`
    case 'send':
      return `send ${route.cast} ${box.interfaceName(route.outInterface)}${route.copied ? ' with a copy' : ''}`
  }
}

function received(
  routing: Routing,
  source: string,
  destination: string,
  device: string,
  more: Partial<Flow> = {},
): string {
  const question = flow(destination, { source: words(source), inInterface: routing.box.interfaceId(device), ...more })
  return text(routing.box, destination.includes(':') ? routing.ipv6.input(question) : routing.ipv4.input(question))
}

function sent(routing: Routing, source: string, destination: string): string {
  const question = flow(destination, { source: words(source), inInterface: routing.box.loopback })
  return text(
    routing.box,
    destination.includes(':') ? routing.ipv6.output(question, false) : routing.ipv4.output(question, false),
  )
}

describe('received by a server', () => {
  test.each([
    ['8.8.8.8', '192.0.2.10', 'eth0', 'deliver unicast'],
    ['8.8.8.8', '10.20.0.1', 'eth0', 'deliver unicast'],
    ['192.0.2.5', '192.0.2.255', 'eth0', 'deliver broadcast'],
    ['0.0.0.0', '255.255.255.255', 'eth0', 'deliver broadcast'],
    ['192.0.2.5', '224.0.0.1', 'eth0', 'deliver multicast'],
    ['192.0.2.5', '224.0.0.251', 'eth0', 'MulticastNotJoined'],
    ['8.8.8.8', '192.0.2.11', 'eth0', 'NotForwarding'],
    ['8.8.8.8', '203.0.113.1', 'eth0', 'NotForwarding'],
    ['127.0.0.1', '192.0.2.10', 'eth0', 'MartianSource'],
    ['8.8.8.8', '127.0.0.1', 'eth0', 'MartianDestination'],
    ['0.0.0.0', '192.0.2.10', 'eth0', 'MartianSource'],
    ['224.0.0.1', '192.0.2.10', 'eth0', 'MartianSource'],
    ['8.8.8.8', '0.0.0.0', 'eth0', 'MartianDestination'],
    // Own addresses come in by loopback alone.
    ['192.0.2.10', '192.0.2.10', 'eth0', 'MartianSource'],
  ])('%s > %s on %s: %s', (source, destination, device, expected) => {
    expect(received(server, source, destination, device)).toBe(expected)
  })
})

describe('received by a router', () => {
  test.each([
    ['8.8.8.8', '10.20.0.0', 'eth0', 'forward tun0 1400'],
    ['10.20.0.0', '8.8.8.8', 'tun0', 'forward eth0 1500'],
    ['8.8.8.8', '10.8.1.1', 'eth0', 'RouteUnreachable'],
    ['192.0.2.255', '8.8.8.8', 'eth0', 'MartianSource'],
    ['2001:db8::9', '2001:db8::1', 'eth0', 'deliver unicast'],
    ['2001:db8::9', '2001:4860::8888', 'eth0', 'forward eth0 1500'],
    ['fe80::1', 'ff02::1', 'eth0', 'deliver multicast'],
    ['fe80::1', 'ff02::2', 'eth0', 'deliver multicast'],
    ['fe80::1', 'ff02::fb', 'eth0', 'MulticastNotJoined'],
  ])('%s > %s on %s: %s', (source, destination, device, expected) => {
    expect(received(router, source, destination, device)).toBe(expected)
  })

  test('the reverse path filter wants the way back to lead out where the packet came in', () => {
    const strict = new Routing(
      readBox(directory, { sysctls: ['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.rp_filter=1'] }),
    )
    expect(received(strict, '8.8.8.8', '192.0.2.10', 'eth0')).toBe('deliver unicast')
    expect(received(strict, '8.8.8.8', '192.0.2.10', 'tun0')).toBe('ReversePath')
    const loose = new Routing(readBox(directory, { sysctls: ['net.ipv4.conf.tun0.rp_filter=2'] }))
    expect(received(loose, '8.8.8.8', '192.0.2.10', 'tun0')).toBe('deliver unicast')
  })
})

describe('sent', () => {
  test.each([
    ['192.0.2.10', '8.8.8.8', 'send unicast eth0'],
    ['192.0.2.10', '10.20.0.1', 'send unicast lo'],
    ['192.0.2.10', '192.0.2.255', 'send broadcast eth0 with a copy'],
    ['10.10.0.1', '255.255.255.255', 'send broadcast eth0.10 with a copy'],
    ['10.10.0.1', '224.0.0.251', 'send multicast eth0.10'],
    ['10.10.0.1', '224.0.0.1', 'send multicast eth0.10 with a copy'],
    ['127.0.0.1', '8.8.8.8', 'MartianSource'],
    ['203.0.113.9', '8.8.8.8', 'NoRoute'],
    ['192.0.2.10', '10.8.1.1', 'RouteUnreachable'],
    ['2001:db8::1', '2001:4860::8888', 'send unicast eth0'],
    ['2001:db8::1', 'ff02::1', 'send multicast eth0 with a copy'],
    ['fe80::3824:33ff:fe52:35b5', 'ff02::fb', 'send multicast eth0'],
  ])('%s > %s: %s', (source, destination, expected) => {
    expect(sent(server, source, destination)).toBe(expected)
  })

  test('a source is chosen for packets without one', () => {
    const { ipv4 } = server
    expect(ipv4.output(flow('192.0.2.7'), false)).toMatchObject({ source: words('192.0.2.10') })
    expect(ipv4.output(flow('8.8.8.8'), false)).toMatchObject({ source: words('192.0.2.10') })
    expect(ipv4.output(flow('10.1.1.2'), false)).toMatchObject({ source: words('10.1.1.1') })
  })
})

describe('a router that owns no address', () => {
  const routing = new Routing(readBox(null))

  test.each([
    ['10.0.0.1', '8.8.8.8', 'forward  65535'],
    ['127.0.0.1', '8.8.8.8', 'MartianSource'],
    ['10.0.0.1', '239.1.2.3', 'MulticastNotJoined'],
    ['2001:db8::9', '2001:4860::8888', 'forward  65535'],
  ])('%s > %s: %s', (source, destination, expected) => {
    expect(received(routing, source, destination, 'nowhere')).toBe(expected)
  })
})
