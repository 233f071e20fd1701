/**
 * The multicast groups that the box's interfaces have joined: those of `ip -j maddress`, where the box has it, else
 * those that the kernel joins by itself.
 * Kernel: ip_mc_up(), net/ipv4/igmp.c; ipv6_mc_up(), net/ipv6/mcast.c; addrconf_join_solict(), net/ipv6/addrconf.c.
 */
import type { Family } from '../ruleset/ruleset.js'
import { addressKey, parseAddress, sameAddress, solicitedNode, type Words } from './address.js'
import { type Interface, linkPrefix } from './interface.js'
import type { JsonNode } from './json-node.js'

export interface GroupMember {
  readonly interface: number
  readonly group: Words
}

const ALL_HOSTS: Words = [0xe0000001]
const ALL_NODES: readonly Words[] = [
  [0xff010000, 0, 0, 1],
  [0xff020000, 0, 0, 1],
]
const ALL_ROUTERS: readonly Words[] = [
  [0xff010000, 0, 0, 2],
  [0xff020000, 0, 0, 2],
  [0xff050000, 0, 0, 2],
]

/** `ip -j maddress`; interfaces that the box does not have are left out. */
export function readGroups(file: JsonNode, interfaceOf: (name: string) => number): GroupMember[] {
  return file.elements().flatMap((node) => {
    const name = node.member('ifname')
    const id = name === null ? 0 : interfaceOf(name.string())
    if (id <= 0) return []
    return (node.member('maddr')?.elements() ?? []).flatMap((entry) => {
      const address = entry.member('address')
      const group = address === null ? null : parseAddress(address.string())
      return group === null ? [] : [{ interface: id, group: group.words }]
    })
  })
}

export class MulticastGroups {
  private readonly joined = new Map<number, Set<number | string>>()

  constructor(
    private readonly interfaces: readonly Interface[],
    members: readonly GroupMember[],
    private readonly forwards6: (device: Interface) => boolean,
  ) {
    for (const { interface: id, group } of members) {
      const groups = this.joined.get(id) ?? new Set()
      this.joined.set(id, groups.add(addressKey(group)))
    }
  }

  /** Whether the interface (0: one that nobody knows) listens to the group. */
  has(family: Family, group: Words, interfaceId: number): boolean {
    // What the box says counts alone: which groups of routers it has joined depends on its history.
    const joined = this.joined.get(interfaceId)
    if (joined !== undefined) return joined.has(addressKey(group))
    if (family === 4) return sameAddress(group, ALL_HOSTS)
    if (ALL_NODES.some((nodes) => sameAddress(group, nodes))) return true
    const device = this.interfaces.find(({ id }) => id === interfaceId)
    if (device === undefined) return false
    const router = this.forwards6(device)
    if (router && ALL_ROUTERS.some((routers) => sameAddress(group, routers))) return true
    // Interfaces without neighbour discovery join no solicited-node groups.
    if (device.loopback || device.flags.includes('NOARP')) return false
    return device.addresses.some((own) => {
      if (own.family !== 6) return false
      // A router also answers for the anycast address of each of its subnets.
      return (
        sameAddress(group, solicitedNode(own.words)) ||
        (router && sameAddress(group, solicitedNode(linkPrefix(own).words)))
      )
    })
  }
}
