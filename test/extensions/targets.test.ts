/**
 * What targets do to the packet and its connection.
 */
import { describe, expect, test } from 'vitest'
import { TargetVerdict } from '../../src/extensions/extension.js'
import { CtInfo } from '../../src/memory/packet.js'
import { apply, checksumOf, headerBytes, packetOf } from './packet-under-test.js'

describe('MARK', () => {
  test.each([
    ['--set-mark 5', 5],
    ['--set-mark 0x1/0xf', 0xf1],
    ['--set-xmark 0x1/0xf', 0xf1],
    ['--set-xmark 0xff/0x0', 0x0c],
    ['--and-mark 0xf', 0x03],
    ['--or-mark 0xc', 0xff],
    ['--xor-mark 0xffffffff', 0xffffff0c],
  ])('%s makes 0xf3 %d', (options, mark) => {
    const packet = packetOf({ mark: 0xf3 })
    expect(apply(`-j MARK ${options}`, packet)).toBe(TargetVerdict.Continue)
    expect(packet.skb.mark).toBe(mark)
  })
})

describe('CONNMARK', () => {
  test.each([
    ['--set-mark 5', 5, 0x21],
    ['--set-xmark 0x3/0xf', 0x13, 0x21],
    ['--set-mark 1 --left-shift-mark 31', 0x80000000, 0x21],
    ['--save-mark', 0x21, 0x21],
    ['--save-mark --nfmask 0xf --ctmask 0xff', 0x1, 0x21],
    ['--save-mark --left-shift-mark 4', 0x210, 0x21],
    ['--restore-mark', 0x12, 0x12],
    ['--restore-mark --nfmask 0xf --ctmask 0xf', 0x12, 0x22],
    ['--restore-mark --right-shift-mark 4', 0x12, 0x1],
  ])('%s: connection %d, packet %d', (options, ctMark, mark) => {
    const packet = packetOf({ mark: 0x21, ctInfo: CtInfo.New, entry: { mark: 0x12 } })
    expect(apply(`-j CONNMARK ${options}`, packet)).toBe(TargetVerdict.Continue)
    expect([packet.connection()?.ctMark, packet.skb.mark]).toEqual([ctMark, mark])
  })

  test('changes lasting state only when the mark of the connection becomes another', () => {
    const same = packetOf({ ctInfo: CtInfo.New, entry: { mark: 5 } })
    apply('-j CONNMARK --set-mark 5', same)
    expect(same.changedState).toBe(false)
    const other = packetOf({ ctInfo: CtInfo.New, entry: { mark: 5 } })
    apply('-j CONNMARK --set-mark 6', other)
    expect(other.changedState).toBe(true)
    const restored = packetOf({ ctInfo: CtInfo.New, entry: { mark: 5 } })
    apply('-j CONNMARK --restore-mark', restored)
    expect(restored.changedState).toBe(false)
  })

  test('does nothing to a packet without a connection', () => {
    const packet = packetOf({ mark: 7 })
    expect(apply('-j CONNMARK --restore-mark', packet)).toBe(TargetVerdict.Continue)
    expect(packet.skb.mark).toBe(7)
  })
})

describe('TOS, DSCP, TTL and HL', () => {
  test.each([
    ['TOS --set-tos 0x10', 1, 0x10],
    ['TOS --set-tos 0x10/0x1c', 1, 0xb0],
    ['TOS --set-tos Normal-Service', 1, 0x80],
    ['TOS --and-tos 0xf0', 1, 0xb0],
    ['TOS --or-tos 0x03', 1, 0xbb],
    ['TOS --xor-tos 0xff', 1, 0x47],
    ['DSCP --set-dscp 0', 1, 0],
    ['DSCP --set-dscp-class CS7', 1, 0xe0],
    ['TTL --ttl-set 1', 8, 1],
    ['TTL --ttl-inc 200', 8, 255],
    ['TTL --ttl-inc 1', 8, 65],
    ['TTL --ttl-dec 65', 8, 0],
    ['TTL --ttl-dec 1', 8, 63],
  ])('%s writes byte %d of the IPv4 header: %d, and the checksum stays right', (target, offset, value) => {
    const packet = packetOf({ ttl: 64, tos: 0xb8 })
    expect(apply(`-j ${target}`, packet)).toBe(TargetVerdict.Continue)
    const bytes = headerBytes(packet)
    expect(bytes[offset]).toBe(value)
    expect(checksumOf(bytes)).toBe(0)
  })

  test('DSCP leaves the ECN bits alone', () => {
    const packet = packetOf({ tos: 0x03 })
    apply('-j DSCP --set-dscp 46', packet)
    expect(headerBytes(packet)[1]).toBe(0xbb)
  })

  test.each([
    ['TOS --set-tos 0x12', [0x61, 0x20], 64],
    ['DSCP --set-dscp 63', [0x6f, 0xc0], 64],
    ['HL --hl-set 9', [0x6b, 0x80], 9],
    ['HL --hl-dec 100', [0x6b, 0x80], 0],
  ])('%s writes the IPv6 header', (target, first, hopLimit) => {
    const packet = packetOf({ family: 6, ttl: 64, tos: 0xb8 })
    apply(`-j ${target}`, packet)
    const bytes = headerBytes(packet)
    expect([bytes.slice(0, 2), bytes[7]]).toEqual([first, hopLimit])
  })
})

describe('what becomes of the packet', () => {
  test('REJECT drops it and asks for an answer', () => {
    const packet = packetOf({})
    expect(apply('-j REJECT --reject-with icmp-host-prohibited', packet, 'filter')).toBe(TargetVerdict.Drop)
    expect(packet.answer).toBe('icmp-host-prohibited')
  })

  test.each(['LOG --log-prefix x', 'NFLOG --nflog-group 1'])('%s lets it go on', (target) => {
    expect(apply(`-j ${target}`, packetOf({}))).toBe(TargetVerdict.Continue)
  })

  test.each(['NOTRACK', 'CT --notrack'])('%s untracks it, unless it has a connection', (target) => {
    const packet = packetOf({})
    expect(apply(`-j ${target}`, packet, 'raw')).toBe(TargetVerdict.Continue)
    expect(packet.skb.ctInfo).toBe(CtInfo.Untracked)
    const tracked = packetOf({ ctInfo: CtInfo.New, entry: {} })
    apply(`-j ${target}`, tracked, 'raw')
    expect(tracked.skb.ctInfo).toBe(CtInfo.New)
  })
})
