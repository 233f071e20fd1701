/**
 * -j CLUSTERIP: which packets are this node's, and what becomes of them. No kernel that runs here has it: the hash is
 * the one of -m cluster and HMARK, whose answers are the kernel's.
 */
import { describe, expect, test } from 'vitest'
import { TargetVerdict } from '../../src/extensions/extension.js'
import { jenkinsHash, scaledHash } from '../../src/memory/jenkins-hash.js'
import { PacketType } from '../../src/memory/descriptor.js'
import { CtInfo } from '../../src/memory/packet.js'
import { apply, packetOf, type PacketText, udpHeader } from './packet-under-test.js'

const { Continue, Drop } = TargetVerdict
const NODES = 4
const SEED = 7

function rule(mode: string, local: number): string {
  const nodes = `--total-nodes ${NODES} --local-node ${local} --hash-init ${SEED}`
  return `-d 192.0.2.2 -i eth0 -j CLUSTERIP --new --hashmode ${mode} --clustermac 01:00:5e:00:00:20 ${nodes}`
}

function udp(source: number, more: PacketText = {}): PacketText {
  return { protocol: 17, transport: udpHeader(source, 53), entry: {}, ctInfo: CtInfo.New, ...more }
}

/** The nodes, from 1 on, that let the packet go on. */
function takers(mode: string, text: PacketText): number[] {
  const nodes = Array.from({ length: NODES }, (_, index) => index + 1)
  return nodes.filter((node) => apply(rule(mode, node), packetOf(text)) === Continue)
}

describe('CLUSTERIP', () => {
  test('gives each packet to one node, by its source address as a number', () => {
    const node = scaledHash(jenkinsHash([0xc0000201], SEED), NODES) + 1
    expect(takers('sourceip', udp(1000))).toEqual([node])
    expect(takers('sourceip', udp(1001))).toEqual([node])
  })

  test('looks at ports as they lie in memory, where the mode says so', () => {
    const swapped = ((1000 & 255) << 8) | (1000 >> 8)
    const byPort = scaledHash(jenkinsHash([0xc0000201, swapped], SEED), NODES) + 1
    const byBoth = scaledHash(jenkinsHash([0xc0000201, swapped, 53 << 8], SEED), NODES) + 1
    expect(takers('sourceip-sourceport', udp(1000))).toEqual([byPort])
    expect(takers('sourceip-sourceport-destport', udp(1000))).toEqual([byBoth])
  })

  test('takes ports that are not there for 0', () => {
    const node = scaledHash(jenkinsHash([0xc0000201, 0], SEED), NODES) + 1
    expect(takers('sourceip-sourceport', udp(1000, { transport: [1, 2, 3] }))).toEqual([node])
    expect(takers('sourceip-sourceport', udp(1000, { protocol: 1 }))).toEqual([node])
  })

  test('marks a new connection with its node, an old one not', () => {
    const [node] = takers('sourceip', udp(1000))
    const packet = packetOf(udp(1000))
    apply(rule('sourceip', (node % NODES) + 1), packet)
    expect(packet.connection()?.ctMark).toBe(node)
    const later = packetOf(udp(1000, { ctInfo: CtInfo.Established }))
    apply(rule('sourceip', node), later)
    expect(later.connection()?.ctMark).toBe(0)
  })

  test('takes what is its own for a packet to this host', () => {
    const [node] = takers('sourceip', udp(1000))
    const packet = packetOf(udp(1000, { packetType: PacketType.Multicast }))
    apply(rule('sourceip', node), packet)
    expect(packet.descriptor.packetType).toBe(PacketType.Host)
  })

  test('drops what has no connection, and lets every node have ICMP errors', () => {
    expect(apply(rule('sourceip', 1), packetOf({ protocol: 17, transport: udpHeader(1, 2) }))).toBe(Drop)
    expect(takers('sourceip', udp(1000, { protocol: 1, ctInfo: CtInfo.RelatedReply }))).toEqual([1, 2, 3, 4])
    expect(takers('sourceip', udp(1000, { ctInfo: CtInfo.Related }))).toHaveLength(1)
  })
})
