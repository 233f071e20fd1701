/**
 * The multicast groups that the box's interfaces listen to: those of its programs, and the solicited-node groups of
 * its IPv6 addresses, which the kernel joins on Ethernet by itself but not on the devices that stand for it here.
 */
import { closeSync } from 'node:fs'
import type { BoxFiles, IpLink } from './box-files.js'
import { bytes4, bytes6 } from './injection.js'
import { AF_INET, AF_INET6, interfaceIndex, setOptionBytes, SOCK_DGRAM, socket } from './libc.js'

const IPPROTO_IP = 0
const IP_ADD_MEMBERSHIP = 35
const IPPROTO_IPV6 = 41
const IPV6_ADD_MEMBERSHIP = 20
/** ff02::1:ff00:0, in front of the last three bytes of an address. */
const SOLICITED_NODE = Buffer.from('ff0200000000000000000001ff', 'hex')

/** Joins the groups; they are left when the descriptors returned are closed. */
export function joinGroups(box: BoxFiles): number[] {
  const descriptors: number[] = []
  const joined = new Set<string>()
  const join = (name: string, group: Buffer): void => {
    const key = `${name} ${group.toString('hex')}`
    const index = interfaceIndex(name)
    if (index === 0 || joined.has(key)) return
    joined.add(key)
    descriptors.push(...joinGroup(index, group))
  }
  for (const { ifname, maddr } of box.groups) {
    for (const { family, address } of maddr ?? []) {
      if (address === undefined) continue
      if (family === 'inet') join(ifname, bytes4(address))
      else if (family === 'inet6') join(ifname, bytes6(address))
    }
  }
  const forwards = box.sysctls.get('net.ipv6.conf.all.forwarding') === '1'
  for (const link of box.links) {
    if (link.link_type !== undefined && link.link_type !== 'ether') continue
    for (const address of neighbourAddresses(link, forwards)) {
      join(link.ifname, Buffer.concat([SOLICITED_NODE, address.subarray(13)]))
    }
  }
  return descriptors
}

/** The IPv6 addresses that neighbours ask for: a router's include the first of each prefix, an anycast address. */
function neighbourAddresses(link: IpLink, forwards: boolean): Buffer[] {
  return (link.addr_info ?? [])
    .filter(({ family }) => family === 'inet6')
    .flatMap(({ local, prefixlen }) => {
      const address = bytes6(local)
      return forwards && prefixlen < 127 ? [address, firstOf(address, prefixlen)] : [address]
    })
}

function firstOf(address: Buffer, prefixLength: number): Buffer {
  return Buffer.from(address.map((byte, index) => byte & ~(0xff >> Math.max(0, Math.min(8, prefixLength - 8 * index)))))
}

function joinGroup(interfaceNumber: number, group: Buffer): number[] {
  const six = group.length === 16
  const descriptor = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0)
  const index = Buffer.alloc(4)
  index.writeUInt32LE(interfaceNumber)
  try {
    if (six) setOptionBytes(descriptor, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, Buffer.concat([group, index]))
    else setOptionBytes(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, Buffer.concat([group, Buffer.alloc(4), index]))
    return [descriptor]
  } catch {
    // Some groups every interface has anyway, and the kernel lets nobody join them.
    closeSync(descriptor)
    return []
  }
}
