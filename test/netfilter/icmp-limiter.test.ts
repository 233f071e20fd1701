/**
 * The two limits on ICMP errors, with numbers worked out by hand: 250 jiffies a second, so 4 ms each.
 */
import { describe, expect, test } from 'vitest'
import { icmpLimits, type IcmpLimits } from '../../src/box/icmp-limits.js'
import { IcmpLimiter } from '../../src/netfilter/icmp-limiter.js'

const HZ = 250
const START_NS = 1_700_000_000_000_000_000n

function limits(settings: Readonly<Record<string, string>>): IcmpLimits {
  return icmpLimits(new Map(Object.entries(settings)), HZ)
}

function limiter(settings: Readonly<Record<string, string>>, seed = 1): IcmpLimiter {
  return new IcmpLimiter(limits(settings), HZ, seed)
}

/** One letter for each answer asked for at that time: y when it is sent. */
function ask(to: IcmpLimiter, ms: number, count: number, destination: string | null = 'a', family: 4 | 6 = 4): string {
  const nowNs = START_NS + BigInt(ms) * 1_000_000n
  return Array.from({ length: count }, () => (to.allows({ nowNs, family, destination }) ? 'y' : '-')).join('')
}

describe('to one destination', () => {
  test('six at once, then one for each interval', () => {
    const one = limiter({ 'net.ipv4.icmp_ratelimit': '1000' })
    expect(ask(one, 0, 8)).toBe('yyyyyy--')
    expect(ask(one, 996, 1)).toBe('-')
    expect(ask(one, 1000, 2)).toBe('y-')
    // 2.5 intervals later two are saved up, and half of a third; 500 ms on it is whole.
    expect(ask(one, 3500, 3)).toBe('yy-')
    expect(ask(one, 4000, 2)).toBe('y-')
    expect(ask(one, 60_000, 8)).toBe('yyyyyy--')
  })

  test('each destination and each family has its own', () => {
    const both = limiter({ 'net.ipv4.icmp_ratelimit': '1000', 'net.ipv6.icmp.ratelimit': '100' })
    expect(ask(both, 0, 7, 'a')).toBe('yyyyyy-')
    expect(ask(both, 0, 7, 'b')).toBe('yyyyyy-')
    expect(ask(both, 0, 7, 'a', 6)).toBe('yyyyyy-')
    expect(ask(both, 100, 2, 'a', 6)).toBe('y-')
    expect(ask(both, 100, 1, 'a')).toBe('-')
  })

  test('a new destination has saved up for a minute: with intervals of 25 s that is two answers', () => {
    expect(ask(limiter({ 'net.ipv4.icmp_ratelimit': '25000' }), 0, 4)).toBe('yy--')
  })

  test('by loopback none is held back', () => {
    expect(ask(limiter({ 'net.ipv4.icmp_ratelimit': '1000' }), 0, 9, null)).toBe('yyyyyyyyy')
  })

  test('the destination that was longest not answered is forgotten when there are 65536 others', () => {
    const full = limiter({ 'net.ipv4.icmp_ratelimit': '1000' })
    expect(ask(full, 0, 7, 'old')).toBe('yyyyyy-')
    expect(ask(full, 0, 7, 'kept')).toBe('yyyyyy-')
    for (let number = 0; number < 65_535; number++) ask(full, 0, 1, `${number}`)
    expect(ask(full, 0, 1, 'kept')).toBe('-')
    expect(ask(full, 0, 7, 'old')).toBe('yyyyyy-')
  })
})

describe('to all together', () => {
  const SETTINGS = { 'net.ipv4.icmp_msgs_per_sec': '1000', 'net.ipv4.icmp_msgs_burst': '50' }

  test('a burst costs one credit each on average, and both families share it', () => {
    const sent = Array.from({ length: 200 }, (_, seed) => {
      const all = limiter(SETTINGS, seed)
      return (ask(all, 0, 100, 'a') + ask(all, 0, 100, 'b', 6)).replaceAll('-', '').length
    })
    const mean = sent.reduce((sum, count) => sum + count, 0) / sent.length
    expect(mean).toBeGreaterThan(48)
    expect(mean).toBeLessThan(53)
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(25)
    expect(new Set(sent).size).toBeGreaterThan(5)
  })

  test('an empty bucket is filled after 5 jiffies, not sooner', () => {
    const all = limiter({ ...SETTINGS, 'net.ipv4.icmp_msgs_burst': '1' })
    ask(all, 0, 100)
    expect(ask(all, 16, 1)).toBe('-')
    expect(ask(all, 20, 1)).toBe('y')
  })

  test('a fill of less than one credit is none', () => {
    const slow = limiter({ 'net.ipv4.icmp_msgs_per_sec': '1' })
    ask(slow, 0, 100)
    expect(ask(slow, 996, 1)).toBe('-')
    expect(ask(slow, 1000, 1)).toBe('y')
    expect(ask(limiter({ 'net.ipv4.icmp_msgs_per_sec': '0' }), 0, 1)).toBe('-')
  })

  test('an answer that its destination may not get costs the others nothing', () => {
    const both = limiter({ ...SETTINGS, 'net.ipv4.icmp_ratelimit': '1000' })
    expect(ask(both, 0, 1000, 'a')).toMatch(/^y{6}-+$/)
    expect(ask(both, 0, 7, 'b')).toBe('yyyyyy-')
  })

  test('the seed decides, and nothing else', () => {
    expect(ask(limiter(SETTINGS, 5), 0, 100)).toBe(ask(limiter(SETTINGS, 5), 0, 100))
  })
})

describe("the box's settings", () => {
  test('nothing is limited where they name no limit', () => {
    expect(limits({})).toEqual({ applies: { 4: false, 6: false }, destination: { 4: null, 6: null }, global: null })
    expect(limits({ 'net.ipv4.icmp_ratemask': '6168' }).applies[4]).toBe(false)
  })

  test('times are jiffies, rounded up', () => {
    expect(limits({ 'net.ipv4.icmp_ratelimit': '1000' }).destination[4]).toBe(250)
    expect(limits({ 'net.ipv6.icmp.ratelimit': '1' }).destination[6]).toBe(1)
  })

  test.each([
    ['6168', true],
    ['8', true],
    ['6160', false],
    ['0', false],
  ])('net.ipv4.icmp_ratemask=%s', (mask, applies) => {
    const settings = { 'net.ipv4.icmp_ratelimit': '1000', 'net.ipv4.icmp_ratemask': mask }
    expect(limits(settings).applies[4]).toBe(applies)
  })

  test.each([
    ['0-1,3-127', true],
    ['1', true],
    ['2-127', false],
    ['', false],
  ])('net.ipv6.icmp.ratemask=%s', (mask, applies) => {
    const settings = { 'net.ipv4.icmp_msgs_per_sec': '1000', 'net.ipv6.icmp.ratemask': mask }
    expect(limits(settings).applies[6]).toBe(applies)
  })
})
