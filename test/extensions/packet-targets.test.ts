/**
 * What targets write into packets, and what matches and targets do where a capture does not tell.
 */
import { describe, expect, test } from 'vitest'
import { targetExtension } from '../../src/extensions/all.js'
import { TargetVerdict } from '../../src/extensions/extension.js'
import type { Packet } from '../../src/memory/packet.js'
import { parseRuleset } from '../../src/syntax/parse-ruleset.js'
import { apply, boxOf, checksumOf, packetOf, tcpHeader } from './packet-under-test.js'

const SYN = 2
const SYN_RULE = '-p tcp -m tcp --syn -j'
/** Room for packets that grow, beyond what a packet under test takes. */
const ROOM = 0x20000

function bytesOf(packet: Packet): number[] {
  return Array.from(packet.memory.bytes.slice(packet.at, packet.at + packet.length))
}

/** 0 when the TCP checksum is right. */
function tcpSum(packet: Packet): number {
  const segment = bytesOf(packet).slice(packet.transport)
  const addresses = bytesOf(packet).slice(12, 20)
  return checksumOf(
    [...addresses, 0, 6, segment.length >> 8, segment.length & 255, ...segment, 0].slice(0, 12 + segment.length),
  )
}

function synPacket(options: readonly number[], data: readonly number[] = []): Packet {
  const packet = packetOf({ protocol: 6, transport: [...tcpHeader(1, 2, SYN, options), ...data] })
  packet.memory.setBe16(packet.at + 2, packet.length)
  packet.memory.setBe16(packet.at + 10, 0)
  packet.memory.setBe16(packet.at + 10, checksumOf(bytesOf(packet).slice(0, 20)))
  packet.memory.setBe16(packet.at + packet.transport + 16, tcpSum(packet))
  packet.room = ROOM
  return packet
}

describe('TCPMSS', () => {
  test('lowers what is announced, and never raises it', () => {
    const high = synPacket([2, 4, 5, 180])
    expect(apply(`${SYN_RULE} TCPMSS --set-mss 1000`, high)).toBe(TargetVerdict.Continue)
    expect(bytesOf(high).slice(40)).toEqual([2, 4, 3, 232])
    expect(tcpSum(high)).toBe(0)
    const low = synPacket([2, 4, 2, 0])
    apply(`${SYN_RULE} TCPMSS --set-mss 1000`, low)
    expect(bytesOf(low).slice(40)).toEqual([2, 4, 2, 0])
  })

  test('puts the option where there is none, and makes the packet longer', () => {
    const packet = synPacket([1, 3, 3, 7])
    expect(apply(`${SYN_RULE} TCPMSS --set-mss 1000`, packet)).toBe(TargetVerdict.Continue)
    expect(packet.length).toBe(48)
    expect(packet.captured).toBe(48)
    expect(bytesOf(packet).slice(40)).toEqual([2, 4, 2, 24, 1, 3, 3, 7])
    expect([checksumOf(bytesOf(packet).slice(0, 20)), tcpSum(packet)]).toEqual([0, 0])
  })

  test('leaves a packet alone that has data behind its header', () => {
    const packet = synPacket([], [1, 2])
    apply(`${SYN_RULE} TCPMSS --set-mss 1000`, packet)
    expect(packet.length).toBe(42)
  })

  test('drops a packet whose header is not whole', () => {
    const packet = packetOf({ protocol: 6, transport: tcpHeader(1, 2, SYN, [2, 4, 5, 180]).slice(0, 22) })
    expect(apply(`${SYN_RULE} TCPMSS --set-mss 1000`, packet)).toBe(TargetVerdict.Drop)
  })
})

describe('TCPOPTSTRIP and ECN', () => {
  test('TCPOPTSTRIP writes padding over options', () => {
    const packet = synPacket([1, 2, 4, 5, 180, 3, 3, 7])
    apply('-p tcp -j TCPOPTSTRIP --strip-options mss', packet)
    expect(bytesOf(packet).slice(40)).toEqual([1, 1, 1, 1, 1, 3, 3, 7])
    expect(tcpSum(packet)).toBe(0)
  })

  test('ECN changes flags and the codepoint', () => {
    const packet = synPacket([])
    apply('-p tcp -j ECN --ecn-tcp-ece 1 --ecn-tcp-cwr 0 --ecn-ip-ect 2', packet)
    expect([bytesOf(packet)[33], bytesOf(packet)[1] & 3]).toEqual([0x42, 2])
    apply('-p tcp -j ECN --ecn-tcp-remove', packet)
    expect(bytesOf(packet)[33]).toBe(SYN)
    expect([checksumOf(bytesOf(packet).slice(0, 20)), tcpSum(packet)]).toEqual([0, 0])
  })
})

test('NFQUEUE takes the packet away, unless it may be bypassed', () => {
  expect(apply('-j NFQUEUE --queue-num 1', packetOf({}))).toBe(TargetVerdict.Queue)
  expect(apply('-j NFQUEUE --queue-num 1 --queue-bypass', packetOf({}))).toBe(TargetVerdict.Accept)
})

test('HMARK gives both directions of a flow one mark', () => {
  const ports = (source: number, destination: number): number[] => [0, source, 0, destination, 0, 8, 0, 0]
  const there = packetOf({ protocol: 17, src: '10.0.0.1', dst: '10.0.0.2', transport: ports(1, 2) })
  const rule = '-j HMARK --hmark-tuple src,dst,sport,dport --hmark-mod 1000 --hmark-rnd 7 --hmark-offset 5000'
  apply(rule, there)
  const { mark } = there.skb
  const back = packetOf({ protocol: 17, src: '10.0.0.2', dst: '10.0.0.1', transport: ports(2, 1) })
  apply(rule, back)
  expect(back.skb.mark).toBe(mark)
  expect(mark >= 5000 && mark < 6000).toBe(true)
})

describe('what a capture does not tell', () => {
  const text = '*mangle\n-A PREROUTING -p tcp -j TPROXY --on-port 1 --tproxy-mark 0x5\nCOMMIT\n'

  test('is an error unless the user says what is answered', () => {
    expect(parseRuleset(text, 'rules', 4).problems).toHaveLength(1)
    expect(parseRuleset(text, 'rules', 4, 'never').problems).toEqual([])
  })

  test.each([
    ['never', TargetVerdict.Drop, 0],
    ['always', TargetVerdict.Accept, 5],
  ] as const)('TPROXY with --unknown=%s', (unknown, verdict, mark) => {
    const { ruleset } = parseRuleset(text, 'rules', 4, unknown)
    const { target } = ruleset.tables[0].chains.flatMap(({ rules }) => rules)[0]
    const packet = packetOf({ protocol: 6 })
    const options = target.kind === 'extension' ? target.options : null
    expect(targetExtension('TPROXY', 4).prepare(options, boxOf(), 0, [])(packet)).toBe(verdict)
    expect([packet.skb.mark, packet.guessed]).toEqual([mark, true])
  })
})
