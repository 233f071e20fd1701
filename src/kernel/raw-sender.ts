/**
 * Sends what the box itself sends: whole IP packets through raw sockets, so that they start at OUTPUT. One socket
 * for each source address, bound to it, so that policy routing by source sees it. Every socket carries a priority
 * that tells these packets from those which the kernel makes.
 */
import { closeSync } from 'node:fs'
import {
  AF_INET,
  AF_INET6,
  bind,
  sendNow,
  setOption,
  SOCK_RAW,
  socket,
  SO_BROADCAST,
  SO_PRIORITY,
  SO_SNDBUFFORCE,
  SOL_SOCKET,
} from './libc.js'

/** skb->priority of packets sent here. */
export const SENDER_PRIORITY = 0x68_6f_6f_6b

const IPPROTO_IP = 0
const IPPROTO_IPV6 = 41
const IPPROTO_RAW = 255
const IP_HDRINCL = 3
const IPV6_MULTICAST_LOOP = 19
const IPV6_HDRINCL = 36
const ICMPV6 = 58
const SEND_BUFFER_BYTES = 8 << 20

export class RawSender {
  private readonly sockets = new Map<string, number>()

  /**
   * Sends one IP packet. `scope` is the interface index for link-local and multicast IPv6 destinations.
   * Returns 0, or the errno: EPERM when OUTPUT dropped it, ENETUNREACH and the like when routing did.
   */
  send(packet: Buffer, scope: number): number {
    const six = packet[0] >> 4 === 6
    const to = six ? address6(packet.subarray(24, 40), scope) : address4(packet.subarray(16, 20))
    return Math.max(0, -sendNow(this.socketFor(packet, six, scope), packet, to))
  }

  close(): void {
    for (const descriptor of this.sockets.values()) closeSync(descriptor)
    this.sockets.clear()
  }

  private socketFor(packet: Buffer, six: boolean, scope: number): number {
    const source = six ? packet.subarray(8, 24) : packet.subarray(12, 16)
    const discovery = six && isDiscovery(packet)
    const key = `${source.toString('latin1')} ${discovery}`
    const known = this.sockets.get(key)
    if (known !== undefined) return known
    const made = openSender(six)
    if (discovery) setOption(made, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0)
    this.sockets.set(key, made)
    try {
      bind(made, six ? address6(source, scope) : address4(source))
    } catch {
      // An anycast address cannot be bound; such a packet is routed by its destination alone.
    }
    return made
  }
}

/** Neighbour discovery: the kernel's own messages do not come back to it, a raw socket's would. */
function isDiscovery(packet: Buffer): boolean {
  return packet[6] === ICMPV6 && packet.length > 40 && packet[40] >= 133 && packet[40] <= 137
}

function openSender(six: boolean): number {
  const descriptor = socket(six ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW)
  if (six) setOption(descriptor, IPPROTO_IPV6, IPV6_HDRINCL, 1)
  else setOption(descriptor, IPPROTO_IP, IP_HDRINCL, 1)
  if (!six) setOption(descriptor, SOL_SOCKET, SO_BROADCAST, 1)
  setOption(descriptor, SOL_SOCKET, SO_PRIORITY, SENDER_PRIORITY)
  setOption(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER_BYTES)
  return descriptor
}

/** struct sockaddr_in */
function address4(address: Buffer): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16LE(AF_INET, 0)
  address.copy(bytes, 4)
  return bytes
}

/** struct sockaddr_in6; the scope counts only where the address needs one. */
function address6(address: Buffer, scope: number): Buffer {
  const bytes = Buffer.alloc(28)
  bytes.writeUInt16LE(AF_INET6, 0)
  address.copy(bytes, 8)
  const linkLocal = address[0] === 0xfe && (address[1] & 0xc0) === 0x80
  if (linkLocal || address[0] === 0xff) bytes.writeUInt32LE(scope, 24)
  return bytes
}
