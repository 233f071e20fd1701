/**
 * How matches decide: what is in the packet, at the edges, and where the kernel drops what it cannot read.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { PacketType } from '../../src/memory/descriptor.js'
import { CtInfo } from '../../src/memory/packet.js'
import { ask, boxOf, clearState, packetOf, questionOf, tcpHeader, udpHeader } from './packet-under-test.js'

const SYN = 2
const ACK = 16

describe('tcp', () => {
  const syn = { protocol: 6, transport: tcpHeader(40000, 22, SYN, [2, 4, 5, 180, 1, 3, 3, 7]) }

  test.each([
    ['-p tcp -m tcp --dport 22', true],
    ['-p tcp -m tcp ! --dport 22', false],
    ['-p tcp -m tcp --dport 23:65535', false],
    ['-p tcp -m tcp --dport 0:22 --sport 40000', true],
    ['-p tcp -m tcp ! --sport 0:65535', false],
    ['-p tcp -m tcp --syn', true],
    ['-p tcp -m tcp ! --syn', false],
    ['-p tcp -m tcp --tcp-flags ALL SYN', true],
    ['-p tcp -m tcp --tcp-flags SYN NONE', false],
    ['-p tcp -m tcp --tcp-option 2', true],
    ['-p tcp -m tcp --tcp-option 3', true],
    ['-p tcp -m tcp --tcp-option 4', false],
    ['-p tcp -m tcp ! --tcp-option 4', true],
  ])('%s: %s', (rule, expected) => {
    expect(ask(rule, packetOf(syn))).toBe(expected)
  })

  test('has no option where the header has none', () => {
    const bare = { protocol: 6, transport: tcpHeader(1, 2, ACK) }
    expect(ask('-p tcp -m tcp --tcp-option 2', packetOf(bare))).toBe(false)
    expect(ask('-p tcp -m tcp ! --tcp-option 2', packetOf(bare))).toBe(true)
  })

  test('goes over options of length 0 one byte at a time', () => {
    const strange = { protocol: 6, transport: tcpHeader(1, 2, ACK, [8, 0, 2, 4]) }
    expect(ask('-p tcp -m tcp --tcp-option 2', packetOf(strange))).toBe(true)
  })

  test('drops a packet too short for its header, and one whose options end behind it', () => {
    expect(ask('-p tcp -m tcp', packetOf({ protocol: 6, transport: tcpHeader(1, 2, SYN).slice(0, 19) }))).toBe('drop')
    const cutOptions = { protocol: 6, transport: tcpHeader(1, 2, SYN, [2, 4, 5, 180]).slice(0, 20) }
    expect(ask('-p tcp -m tcp --tcp-option 2', packetOf(cutOptions))).toBe('drop')
    expect(ask('-p tcp -m tcp --dport 2', packetOf(cutOptions))).toBe(true)
  })

  test('drops a data offset below 5 when it looks for options', () => {
    const transport = tcpHeader(1, 2, SYN)
    transport[12] = 0x40
    expect(ask('-p tcp -m tcp --tcp-option 2', packetOf({ protocol: 6, transport }))).toBe('drop')
  })

  test('does not match fragments, and drops one that would overwrite the flags', () => {
    expect(ask('-p tcp -m tcp', packetOf({ ...syn, fragmentOffset: 16 }))).toBe(false)
    expect(ask('-p tcp -m tcp', packetOf({ ...syn, fragmentOffset: 8 }))).toBe('drop')
    expect(ask('-p tcp -m tcp', packetOf({ ...syn, family: 6, fragmentOffset: 8 }))).toBe(false)
  })

  test('does not match what was not captured, and drops nothing for it', () => {
    expect(ask('-p tcp -m tcp', packetOf({ ...syn, captured: 39 }))).toBe(false)
  })
})

describe('udp, multiport and icmp', () => {
  const dns = { protocol: 17, transport: udpHeader(53, 1024) }

  test.each([
    ['-p udp -m udp --sport 53', true],
    ['-p udp -m udp ! --sport 53', false],
    ['-p udp -m udp --dport 1025:2000', false],
    ['-p udp -m udp --dport 2000:1000', false],
    ['-p udp -m multiport --sports 1,53', true],
    ['-p udp -m multiport --dports 1,53', false],
    ['-p udp -m multiport --ports 1,53', true],
    ['-p udp -m multiport --ports 1000:1024', true],
    ['-p udp -m multiport ! --ports 5,6', true],
    ['-p udp -m multiport ! --ports 53', false],
  ])('%s: %s', (rule, expected) => {
    expect(ask(rule, packetOf(dns))).toBe(expected)
  })

  test('drop packets too short to have what they look at', () => {
    expect(ask('-p udp -m udp', packetOf({ ...dns, transport: udpHeader(1, 2).slice(0, 7) }))).toBe('drop')
    expect(ask('-p udp -m multiport --ports 1', packetOf({ ...dns, transport: [0, 1, 0] }))).toBe('drop')
    expect(ask('-p udp -m multiport --ports 1', packetOf({ ...dns, transport: [0, 1, 0, 2] }))).toBe(true)
    expect(ask('-p icmp -m icmp --icmp-type any', packetOf({ protocol: 1, transport: [8, 0, 0, 0] }))).toBe('drop')
  })

  test.each([
    ['-p icmp -m icmp --icmp-type 3', true],
    ['-p icmp -m icmp --icmp-type 3/1', true],
    ['-p icmp -m icmp --icmp-type 3/2:5', false],
    ['-p icmp -m icmp --icmp-type 3/0:5', true],
    ['-p icmp -m icmp ! --icmp-type 3/1', false],
    ['-p icmp -m icmp --icmp-type any', true],
    ['-p icmp -m icmp ! --icmp-type any', false],
    ['-p icmp -m icmp --icmp-type 8', false],
  ])('%s: %s', (rule, expected) => {
    expect(ask(rule, packetOf({ protocol: 1, transport: [3, 1, 0, 0, 0, 0, 0, 0] }))).toBe(expected)
  })

  test('icmp6 knows no "any": 255 is a type', () => {
    const packet = { family: 6, protocol: 58, transport: [128, 0, 0, 0, 0, 0, 0, 0] } as const
    expect(ask('-p icmpv6 -m icmp6 --icmpv6-type 128', packetOf(packet))).toBe(true)
    expect(ask('-p icmpv6 -m icmp6 --icmpv6-type 255', packetOf(packet))).toBe(false)
  })
})

describe('conntrack', () => {
  const entry = { src: '10.0.0.1', dst: '10.0.0.2', srcPort: 4000, dstPort: 80, protocol: 6 }
  const SEEN_REPLY_CONFIRMED = 2 + 8

  test('says INVALID and UNTRACKED of packets without an entry, and no more', () => {
    expect(ask('-m conntrack --ctstate INVALID', packetOf({}))).toBe(true)
    expect(ask('-m conntrack --ctstate UNTRACKED', packetOf({ ctInfo: CtInfo.Untracked }))).toBe(true)
    expect(ask('-m conntrack ! --ctstate NEW', packetOf({}))).toBe(true)
    expect(ask('-m conntrack --ctstate INVALID --ctproto 17 --ctdir REPLY', packetOf({}))).toBe(true)
    expect(ask('-m conntrack --ctproto 6', packetOf({}))).toBe(false)
    expect(ask('-m conntrack ! --ctproto 6', packetOf({}))).toBe(false)
  })

  test.each([
    [CtInfo.New, 'NEW'],
    [CtInfo.Established, 'ESTABLISHED'],
    [CtInfo.EstablishedReply, 'ESTABLISHED'],
    [CtInfo.Related, 'RELATED'],
    [CtInfo.RelatedReply, 'RELATED'],
  ])('ctinfo %d is %s', (ctInfo, state) => {
    for (const each of ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED']) {
      expect(ask(`-m conntrack --ctstate ${each}`, packetOf({ ctInfo, entry }))).toBe(each === state)
      expect(ask(`-m state ! --state ${each}`, packetOf({ ctInfo, entry }))).toBe(each !== state)
    }
  })

  test.each([
    ['--ctproto 6', true],
    ['! --ctproto tcp', false],
    ['--ctorigsrc 10.0.0.1', true],
    ['--ctorigsrc 10.9.9.9/8 --ctorigdst 10.0.0.2', true],
    ['! --ctorigdst 10.0.0.0/24', false],
    ['--ctreplsrc 10.0.0.2 --ctrepldst 10.0.0.1', true],
    ['--ctreplsrc 10.0.0.1', false],
    ['--ctorigsrcport 4000 --ctorigdstport 79:81', true],
    ['--ctreplsrcport 80 --ctrepldstport 4000', true],
    ['! --ctrepldstport 4000', false],
    ['--ctorigdstport 81:79', false],
    ['--ctstatus SEEN_REPLY', true],
    ['--ctstatus ASSURED', false],
    ['! --ctstatus ASSURED,EXPECTED', true],
    ['--ctstatus NONE', false],
    ['! --ctstatus NONE', true],
    ['--ctdir REPLY', true],
    ['--ctdir ORIGINAL', false],
    ['--ctstate SNAT', false],
  ])('%s of a reply: %s', (options, expected) => {
    const reply = { ctInfo: CtInfo.EstablishedReply, entry: { ...entry, status: SEEN_REPLY_CONFIRMED } }
    expect(ask(`-m conntrack ${options}`, packetOf(reply))).toBe(expected)
  })

  test('counts the seconds left in jiffies, and none before confirmation', () => {
    const at = (expiryNs: bigint, status = 8): object => ({
      nowNs: 10_001_000_000n,
      ctInfo: CtInfo.New,
      entry: { ...entry, expiryNs, status },
    })
    expect(ask('-m conntrack --ctexpire 30', packetOf(at(40_001_000_000n)))).toBe(true)
    // 10.001 s and 10.003 s are in one jiffy of 4 ms, 9.999 s is in the one before.
    expect(ask('-m conntrack --ctexpire 30', packetOf(at(40_000_000_000n)))).toBe(true)
    expect(ask('-m conntrack --ctexpire 29', packetOf(at(39_999_000_000n)))).toBe(true)
    expect(ask('-m conntrack --ctexpire 0', packetOf(at(5n)))).toBe(true)
    expect(ask('-m conntrack --ctexpire 0', packetOf(at(40_000_000_000n, 0)))).toBe(true)
    expect(ask('-m conntrack ! --ctexpire 1:5', packetOf(at(40_000_000_000n)))).toBe(true)
  })

  test('ICMP answers have the same id and the answering type', () => {
    const echo = { protocol: 1, srcPort: 77, dstPort: 8 << 8 }
    const packet = (): object => ({ ctInfo: CtInfo.New, entry: { ...entry, ...echo } })
    expect(ask('-m conntrack --ctorigsrcport 77 --ctorigdstport 2048', packetOf(packet()))).toBe(true)
    expect(ask('-m conntrack --ctreplsrcport 77 --ctrepldstport 0', packetOf(packet()))).toBe(true)
  })
})

describe('what the IP header and the link say', () => {
  const packet = { ttl: 64, tos: 0xb8, src: '10.0.0.5', dst: '10.0.0.9', length: 100, mark: 0x12 }

  test.each([
    ['-m mark --mark 0x12', true],
    ['-m mark --mark 0x2/0xf', true],
    ['-m mark --mark 0x12/0xf', false],
    ['-m mark ! --mark 0x12', false],
    ['-m length --length 100', true],
    ['-m length --length 101:', false],
    ['-m length ! --length :99', true],
    ['-m ttl --ttl-eq 64', true],
    ['-m ttl --ttl-lt 64', false],
    ['-m ttl --ttl-gt 63', true],
    ['-m ttl ! --ttl-eq 64', false],
    ['-m tos --tos 0xb8', true],
    ['-m tos --tos 0xb0/0xf0', true],
    ['-m tos ! --tos 0x08/0x08', false],
    ['-m dscp --dscp 46', true],
    ['-m dscp ! --dscp-class EF', false],
    ['-m iprange --src-range 10.0.0.1-10.0.0.5', true],
    ['-m iprange --src-range 10.0.0.6-10.0.0.9', false],
    ['-m iprange ! --src-range 10.0.0.6-10.0.0.9 --dst-range 10.0.0.9', true],
    ['-m iprange --src-range 10.0.0.9-10.0.0.1', false],
    ['-m comment --comment x', true],
  ])('%s: %s', (rule, expected) => {
    expect(ask(rule, packetOf(packet))).toBe(expected)
  })

  test.each([
    ['-m hl --hl-eq 64', true],
    ['-m tos --tos 0xb8', true],
    ['-m dscp --dscp-class EF', true],
    ['-m iprange --src-range 2001:db8::1-2001:db8:0:0:8000::', true],
    ['-m iprange --src-range 2001:db8::6-2001:db8::9', false],
    ['-m iprange --dst-range ::-2001:db8::8', false],
  ])('IPv6: %s: %s', (rule, expected) => {
    const ipv6 = { family: 6, ttl: 64, tos: 0xb8, src: '2001:db8::5', dst: '2001:db8::9' } as const
    expect(ask(rule, packetOf(ipv6))).toBe(expected)
  })

  test('mac needs an Ethernet header, even inverted', () => {
    const mac = [0, 0x16, 0x3e, 0, 0, 1]
    expect(ask('-m mac --mac-source 00:16:3e:00:00:01', packetOf({ mac }))).toBe(true)
    expect(ask('-m mac ! --mac-source 00:16:3e:00:00:02', packetOf({ mac }))).toBe(true)
    expect(ask('-m mac ! --mac-source 00:16:3e:00:00:02', packetOf({}))).toBe(false)
  })

  test('pkttype tells what loops back by the address', () => {
    const type = (packetType: PacketType, dst: string): object => ({ packetType, dst })
    expect(ask('-m pkttype --pkt-type broadcast', packetOf(type(PacketType.Broadcast, '10.0.0.255')))).toBe(true)
    expect(ask('-m pkttype ! --pkt-type unicast', packetOf(type(PacketType.Host, '10.0.0.1')))).toBe(false)
    expect(ask('-m pkttype --pkt-type multicast', packetOf(type(PacketType.Loopback, '224.0.0.1')))).toBe(true)
    expect(ask('-m pkttype --pkt-type broadcast', packetOf(type(PacketType.Loopback, '10.0.0.255')))).toBe(true)
  })

  test('connmark needs a connection, even inverted', () => {
    expect(ask('-m connmark --mark 5', packetOf({ entry: { mark: 5 } }))).toBe(true)
    expect(ask('-m connmark --mark 5/1', packetOf({ entry: { mark: 5 } }))).toBe(false)
    expect(ask('-m connmark ! --mark 4', packetOf({ entry: { mark: 5 } }))).toBe(true)
    expect(ask('-m connmark ! --mark 4', packetOf({}))).toBe(false)
  })

  test('addrtype asks the box, on one interface where it is told to', () => {
    const box = boxOf({ '10.0.0.9': 'LOCAL', '10.0.0.5 on 3': 'BROADCAST' })
    expect(ask('-m addrtype --dst-type LOCAL', packetOf(packet), box)).toBe(true)
    expect(ask('-m addrtype --src-type LOCAL', packetOf(packet), box)).toBe(false)
    expect(ask('-m addrtype ! --src-type LOCAL,BROADCAST --dst-type LOCAL', packetOf(packet), box)).toBe(true)
    const limited = '-m addrtype --src-type BROADCAST --limit-iface-in'
    expect(ask(limited, packetOf({ ...packet, inInterface: 3, outInterface: 4 }), box)).toBe(true)
    expect(ask(limited, packetOf({ ...packet, inInterface: 4, outInterface: 3 }), box)).toBe(false)
    const ipv6 = packetOf({ family: 6, dst: '::1' })
    expect(ask('-m addrtype --dst-type LOCAL', ipv6, boxOf({ '::1': 'LOCAL' }))).toBe(true)
  })
})

describe('limit', () => {
  beforeEach(clearState)

  /** How many of `count` packets, `everyNs` apart, match. */
  function matching(rule: string, count: number, everyNs: bigint, hz = 250): number {
    const limit = questionOf(rule, 4, boxOf({}, hz))
    let matched = 0
    for (let index = 0; index < count; index++) {
      if (limit(packetOf({ nowNs: 1_000_000_000n + BigInt(index) * everyNs }))) matched++
    }
    return matched
  }

  test('lets the burst through, then as many as the rate', () => {
    expect(matching('-m limit --limit 1/second', 20, 0n)).toBe(5)
    clearState()
    expect(matching('-m limit --limit 10/second --limit-burst 1', 101, 10_000_000n)).toBe(11)
  })

  test('never has more than the burst, however long nothing came', () => {
    matching('-m limit --limit 1/second --limit-burst 3', 10, 0n)
    const late = packetOf({ nowNs: 3600_000_000_000n })
    expect(ask('-m limit --limit 1/second --limit-burst 3', late)).toBe(true)
    expect(matching('-m limit --limit 1/second --limit-burst 3', 10, 0n)).toBeLessThanOrEqual(3)
  })

  test('cuts rates to whole ten-thousandths of a second, as the kernel does', () => {
    // 300/s is one in 33/10,000 s, which is 105 of 32,000 credits a second at HZ = 250: 304.76 a second, and the burst.
    expect(matching('-m limit --limit 300/second', 2001, 1_000_000n)).toBe(Math.floor((5 * 105 + 2 * 32_000) / 105))
  })

  test('counts in jiffies: between two, no credit comes', () => {
    expect(matching('-m limit --limit 1000/second --limit-burst 1', 4, 900_000n)).toBe(1)
    clearState()
    expect(matching('-m limit --limit 1000/second --limit-burst 1', 5, 1_000_000n)).toBe(2)
  })
})
