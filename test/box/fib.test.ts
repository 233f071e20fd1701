/**
 * Policy rules and longest prefixes: which route a flow takes.
 */
import { describe, expect, test } from 'vitest'
import type { AddressType } from '../../src/box/address-type.js'
import { readBox } from '../../src/box/read-box.js'
import { ADDRESSES, boxDirectory, ROUTES, RULES } from './fixtures.js'
import { flow, words } from './flow.js'

const box = readBox(boxDirectory({ 'ip-address.json': ADDRESSES, 'ip-route.json': ROUTES, 'ip-rule.json': RULES }))
const fib = box.fib[4]

describe('policy rules', () => {
  test('a masked mark leads to another table', () => {
    expect(fib.lookup(flow('8.8.8.8'))).toMatchObject({ kind: 'route', route: { table: 'main' } })
    expect(fib.lookup(flow('8.8.8.8', { mark: 0xf02 }))).toMatchObject({ kind: 'route', route: { table: '100' } })
  })

  test('ports and protocol select a table', () => {
    const web = { protocol: 6, srcPort: 15, dstPort: 80 }
    expect(fib.lookup(flow('8.8.8.8', web))).toMatchObject({ kind: 'route', route: { table: '100' } })
    expect(fib.lookup(flow('8.8.8.8', { ...web, srcPort: 21 }))).toMatchObject({ route: { table: 'main' } })
  })

  test('suppress_prefixlength passes over the default route', () => {
    const outside = { source: words('200.0.0.1') }
    expect(fib.lookup(flow('192.0.2.7', outside))).toMatchObject({ kind: 'route', route: { prefix: { length: 24 } } })
    expect(fib.lookup(flow('8.8.8.8', outside)).kind).toBe('unreachable')
  })

  test('an inverted rule applies where its selector does not', () => {
    expect(fib.lookup(flow('8.8.8.8', { source: words('1.0.0.1') })).kind).toBe('route')
  })

  test('a rule for an interface that the box does not have never applies', () => {
    const lowDelay = { source: words('10.1.2.3'), tos: 0x10 }
    expect(fib.lookup(flow('8.8.8.8', lowDelay))).toMatchObject({ route: { table: 'main' } })
  })
})

describe('tables', () => {
  const marked = { mark: 2 }

  test('blackhole ends the search, throw leaves the table', () => {
    expect(fib.lookup(flow('10.7.1.1', marked)).kind).toBe('blackhole')
    expect(fib.lookup(flow('10.6.1.1', marked))).toMatchObject({ kind: 'route', route: { table: 'main' } })
  })

  test('unreachable is an answer', () => {
    expect(fib.lookup(flow('10.8.1.1')).kind).toBe('unreachable')
  })

  test('a multipath route spreads flows over its hops by weight', () => {
    const hops = Array.from({ length: 300 }, (_, host) => {
      const found = fib.lookup(flow(`10.9.${host >> 8}.${host & 255}`, { source: words('10.1.1.1') }))
      return found.kind === 'route' ? found.hop.interface : 0
    })
    const second = hops.filter((id) => id === 4).length
    expect(second).toBeGreaterThan(150)
    expect(second).toBeLessThan(250)
  })
})

describe('address types', () => {
  test.each<[string, number, AddressType]>([
    ['192.0.2.10', 0, 'LOCAL'],
    ['192.0.2.10', 2, 'LOCAL'],
    ['192.0.2.10', 3, 'UNICAST'],
    ['192.0.2.255', 0, 'BROADCAST'],
    ['255.255.255.255', 0, 'BROADCAST'],
    ['0.0.0.0', 0, 'BROADCAST'],
    ['0.1.2.3', 0, 'UNICAST'],
    ['224.0.0.251', 0, 'MULTICAST'],
    ['8.8.8.8', 0, 'UNICAST'],
    ['127.3.3.3', 0, 'LOCAL'],
  ])('%s at interface %i is %s', (address, id, type) => {
    expect(box.addressType(4, words(address), id)).toBe(type)
  })

  test('IPv6 tests all types wanted that an address has by itself', () => {
    expect(box.addressMatches6(words('::1'), new Set<AddressType>(['LOCAL']))).toBe(true)
    expect(box.addressMatches6(words('::1'), new Set<AddressType>(['LOCAL', 'UNICAST']))).toBe(true)
    expect(box.addressMatches6(words('ff02::1'), new Set<AddressType>(['UNICAST', 'MULTICAST']))).toBe(false)
    expect(box.addressMatches6(words('2001:db8::1'), new Set<AddressType>(['LOCAL']), 2)).toBe(true)
    expect(box.addressMatches6(words('2001:db8::1'), new Set<AddressType>(['LOCAL']), 3)).toBe(false)
  })
})

describe('multicast groups', () => {
  test('every interface listens to all hosts and all nodes', () => {
    expect(box.groups.has(4, words('224.0.0.1'), 2)).toBe(true)
    expect(box.groups.has(4, words('224.0.0.251'), 2)).toBe(false)
    expect(box.groups.has(6, words('ff02::1'), 3)).toBe(true)
  })

  test('solicited nodes are those of own addresses, on links with neighbour discovery', () => {
    expect(box.groups.has(6, words('ff02::1:ff00:1'), 2)).toBe(true)
    expect(box.groups.has(6, words('ff02::1:ff00:1'), 3)).toBe(false)
    expect(box.groups.has(6, words('ff02::1:ff00:2'), 2)).toBe(false)
  })

  test('others come from ip maddress', () => {
    const groups =
      '[{"ifindex":3,"ifname":"eth0","maddr":[{"link":"01:00:5e:00:00:fb"},{"family":"inet","address":"224.0.0.251"}]}]'
    const listening = readBox(boxDirectory({ 'ip-address.json': ADDRESSES, 'ip-maddress.json': groups }))
    expect(listening.groups.has(4, words('224.0.0.251'), 2)).toBe(true)
    expect(listening.groups.has(4, words('224.0.0.251'), 3)).toBe(false)
  })
})
