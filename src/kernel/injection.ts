/**
 * How each packet of a capture enters the box: sent by the box itself (raw socket) when its source is one of the
 * box's addresses, else received on an interface, as bare packet or as Ethernet frame.
 */
import type { Family } from '../ruleset/ruleset.js'
import type { BoxFiles, IpLink } from './box-files.js'
import { readFrame, type Frame, type LinkTarget } from './frame.js'
import type { TunKind } from './tun.js'
import { assumeChecksum, fitHeaderChecksum, isFragment, isWellFormed, wholePacket } from './whole-packet.js'

/** A packet of a capture, with what the capture says about it. */
export interface CapturedPacket {
  /** In the capture, from 1. */
  readonly number: number
  readonly atNs: bigint
  /** LINKTYPE_ number. */
  readonly linkType: number
  readonly bytes: Buffer
  /** Bytes on the wire. */
  readonly original: number
  /** The box's interface on which it was captured; null when the capture does not say. */
  readonly interface: string | null
}

export interface Injection {
  readonly packet: CapturedPacket
  readonly way: 'send' | 'receive'
  /** Received on it; for a packet sent, the interface that has its source address. */
  readonly interface: string
  readonly family: Family
  readonly fragment: boolean
  /** The IP packet, or the frame where the interface is a TAP device. */
  readonly bytes: Buffer
  /** What the capture would have had of it: the captured bytes, with what was put right about the packet. */
  readonly captured: Buffer
}

export interface InjectionPlan {
  /** One a packet, in order; null for what is not offered to the box. */
  readonly injections: readonly (Injection | null)[]
  /** The device that stands for each interface but lo: the box's, those that captures name, and the unknown one. */
  readonly kinds: ReadonlyMap<string, TunKind>
}

/** The interface on which a packet from `source` arrives when the capture does not say; null: nobody knows. */
export type ArrivalInterface = (source: Buffer, destination: Buffer, family: Family) => string | null

/** Stands for an interface that nobody knows: packets arrive there that no route leads back to. */
export const UNKNOWN_INTERFACE = 'hl-unknown'

const PLAIN_MAC = Buffer.from([2, 0, 0, 0, 0, 1])
const BROADCAST_MAC = Buffer.alloc(6, 0xff)
const LINK_TARGETS: Readonly<Record<LinkTarget, Buffer>> = {
  host: PLAIN_MAC,
  broadcast: BROADCAST_MAC,
  multicast: Buffer.from([1, 0, 0x5e, 0, 0, 1]),
}

/** Plans the way of every packet into the box. */
export function planInjections(
  box: BoxFiles,
  packets: readonly CapturedPacket[],
  arrivalInterface: ArrivalInterface,
): InjectionPlan {
  const owners = addressOwners(box.links)
  const verifies = box.sysctls.get('net.netfilter.nf_conntrack_checksum') === '1'
  const framed = packets.map((packet) => readFrame(packet.linkType, packet.bytes))
  const entries = packets.map((packet, index) => {
    const frame = framed[index]
    return frame === null ? null : entryOf(packet, frame, owners, box.links, arrivalInterface)
  })
  const kinds = deviceKinds(box.links, packets, entries)
  const links = new Map(box.links.map((link) => [link.ifname, link]))
  const injections = packets.map((packet, index): Injection | null => {
    const frame = framed[index]
    const entry = entries[index]
    if (frame === null || entry === null) return null
    const { family } = frame
    const whole = wholePacket(frame, packet.bytes, packet.original)
    const fragment = isFragment(whole, family)
    // The box's own packets are seen before the network card computes their checksum, which the kernel knows.
    // A box does not send what no box would take, and a raw socket would put it right.
    if (entry.way === 'send' && !isWellFormed(whole, family)) return null
    if (!verifies) assumeChecksum(whole, family)
    if (entry.way === 'send' && family === 4) fitHeaderChecksum(whole)
    const tap = entry.way === 'receive' && kinds.get(entry.name) === 'tap'
    const bytes = tap ? ethernetFrame(frame, whole, links.get(entry.name)) : whole
    const captured = Buffer.from(packet.bytes)
    whole.copy(captured, frame.at)
    return { packet, way: entry.way, interface: entry.name, family, fragment, bytes, captured }
  })
  return { injections, kinds }
}

/** The MAC address that the device of a link without one gets. */
export function macOf(link: IpLink | undefined): string {
  return link?.address ?? '02:00:00:00:00:01'
}

interface Entry {
  readonly way: 'send' | 'receive'
  readonly name: string
}

function entryOf(
  packet: CapturedPacket,
  frame: Frame,
  owners: ReadonlyMap<string, string>,
  links: readonly IpLink[],
  arrivalInterface: ArrivalInterface,
): Entry {
  const source = addressOf(frame, packet.bytes, 0)
  const owner = owners.get(source.toString('hex'))
  if (owner !== undefined) return { way: 'send', name: owner }
  const name =
    arrivedOn(packet, frame, links) ?? arrivalInterface(source, addressOf(frame, packet.bytes, 1), frame.family)
  return { way: 'receive', name: name ?? UNKNOWN_INTERFACE }
}

/** The box's interface for the frame, VLAN resolved; null when it has none, or when the capture does not say. */
function arrivedOn(packet: CapturedPacket, frame: Frame, links: readonly IpLink[]): string | null {
  const { interface: parent } = packet
  if (parent === null || frame.pppoe || frame.vlans.length > 1) return null
  const [vlan] = frame.vlans
  // Id 0 is a priority tag: the frame belongs to no VLAN.
  if (vlan === undefined || vlan === 0) return deviceName(parent)
  return links.find((link) => link.ifname === `${parent}.${vlan}`)?.ifname ?? null
}

/** Names that no interface of Linux can have get one that no rule means. Kernel: dev_valid_name(). */
function deviceName(name: string): string {
  if (/^[^/\s:]{1,15}$/.test(name) && !/^\.\.?$/.test(name)) return name
  let hash = 0
  for (const character of name) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0
  return `hl-${hash.toString(36)}`
}

/** Ethernet interfaces that receive frames are TAP devices, all others TUN. */
function deviceKinds(
  links: readonly IpLink[],
  packets: readonly CapturedPacket[],
  entries: readonly (Entry | null)[],
): Map<string, TunKind> {
  const notEthernet = new Set(links.filter((link) => !isEthernet(link)).map((link) => link.ifname))
  const kinds = new Map<string, TunKind>()
  for (const link of links) kinds.set(link.ifname, 'tun')
  entries.forEach((entry, index) => {
    if (entry?.way !== 'receive') return
    const framed = hasLinkAddresses(packets[index].linkType) && !notEthernet.has(entry.name)
    if (framed || !kinds.has(entry.name)) kinds.set(entry.name, framed ? 'tap' : 'tun')
  })
  kinds.set(UNKNOWN_INTERFACE, kinds.get(UNKNOWN_INTERFACE) ?? 'tun')
  kinds.delete('lo')
  return kinds
}

/** Source (0) or destination (1). */
function addressOf(frame: Frame, bytes: Buffer, which: 0 | 1): Buffer {
  const size = frame.family === 4 ? 4 : 16
  const start = frame.at + (frame.family === 4 ? 12 : 8) + which * size
  return bytes.subarray(start, start + size)
}

function addressOwners(links: readonly IpLink[]): Map<string, string> {
  const owners = new Map<string, string>()
  for (const link of links) {
    for (const { family, local } of link.addr_info ?? []) {
      owners.set((family === 'inet' ? bytes4(local) : bytes6(local)).toString('hex'), link.ifname)
    }
  }
  return owners
}

/** The frame that the TAP device of `link` receives: every unicast one is for the box. */
function ethernetFrame(frame: Frame, packet: Buffer, link: IpLink | undefined): Buffer {
  const own = macBytes(macOf(link))
  const type = Buffer.from(frame.family === 4 ? [0x08, 0x00] : [0x86, 0xdd])
  if (frame.ethernet === null) {
    const target = frame.target === 'host' ? own : LINK_TARGETS[frame.target]
    return Buffer.concat([target, Buffer.alloc(6), type, packet])
  }
  const target = frame.ethernet.subarray(0, 6)
  const to = (target[0] & 1) === 0 ? own : target
  return Buffer.concat([to, frame.ethernet.subarray(6, 12), type, packet])
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}

function hasLinkAddresses(linkType: number): boolean {
  return linkType === 1 || linkType === 113 || linkType === 276
}

function isEthernet(link: IpLink): boolean {
  return link.link_type === undefined || link.link_type === 'ether'
}

/** The four bytes of an IPv4 address. */
export function bytes4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}

/** The sixteen bytes of an IPv6 address. */
export function bytes6(address: string): Buffer {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  const plain =
    dotted === null
      ? address
      : `${dotted[1]}${bytes4(dotted[2])
          .toString('hex')
          .replace(/(....)/, '$1:')}`
  const [head, tail] = plain.split('::')
  const words = (part: string | undefined): string[] => (part ? part.split(':') : [])
  const before = words(head)
  const after = words(tail)
  const gap = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return Buffer.from([...before, ...gap, ...after].map((word) => word.padStart(4, '0')).join(''), 'hex')
}
