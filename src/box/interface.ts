/**
 * The box's interfaces and their addresses, from `ip -j address` (with or without -d).
 * In: the parsed file. Out: interfaces numbered from 1 in the file's order; 0 is "no interface known".
 */
import type { Family } from '../ruleset/ruleset.js'
import { addressBits, masked, parseAddress, type Prefix, type Words } from './address.js'
import type { JsonNode } from './json-node.js'

export interface InterfaceAddress {
  readonly family: Family
  readonly words: Words
  /** Prefix length of the address, or of its peer. */
  readonly length: number
  /** The other end of a point-to-point address; null without. */
  readonly peer: Words | null
  /** IPv4 broadcast address set by hand (`brd`); null without. */
  readonly broadcast: Words | null
  readonly scope: 'host' | 'link' | 'site' | 'global'
  /** A further address of a prefix that the interface has already. */
  readonly secondary: boolean
  /** The kernel made no route for its prefix (`noprefixroute`). */
  readonly noPrefixRoute: boolean
  /** IPv6: not usable (tentative or failed duplicate address detection). */
  readonly tentative: boolean
}

export interface Interface {
  readonly id: number
  readonly name: string
  /** The kernel's own number for it; 0 when nobody knows. */
  readonly kernelIndex: number
  /** The 48 bits of the Ethernet address; null without one. */
  readonly mac: bigint | null
  readonly mtu: number
  readonly up: boolean
  readonly loopback: boolean
  readonly multicast: boolean
  readonly addresses: readonly InterfaceAddress[]
  /** A VLAN's parent interface (0 when it is not in the file) and id. */
  readonly vlan: { readonly parent: number; readonly id: number } | null
  /** The number of its group; null where ip prints a name that only its machine knows. */
  readonly group: number | null
  /** The bridge or bond that it is a port of; 0 for none. */
  readonly portOf: number
  /** As printed: UP, BROADCAST, LOWER_UP ... */
  readonly flags: readonly string[]
}

/** The prefix whose hosts are on the link of this address. */
export function linkPrefix(address: InterfaceAddress): Prefix {
  return { words: masked(address.peer ?? address.words, address.length), length: address.length }
}

export function readInterfaces(file: JsonNode): Interface[] {
  // iproute2 prints an empty object for each interface that a filter left out.
  const nodes = file.elements().filter((node) => node.members().size > 0)
  const ids = new Map(nodes.map((node, index) => [interfaceName(node), index + 1]))
  return nodes.map((node, index) => readInterface(node, index + 1, ids))
}

function interfaceName(node: JsonNode): string {
  const name = node.member('ifname')
  if (name === null) throw node.error('an interface without "ifname"', 'give the file as `ip -j address` prints it')
  return name.string()
}

function readInterface(node: JsonNode, id: number, ids: ReadonlyMap<string, number>): Interface {
  const flags = (node.member('flags')?.elements() ?? []).map((flag) => flag.string())
  const ethernet = node.member('link_type')?.string() === 'ether'
  const address = ethernet ? node.member('address') : null
  return {
    id,
    name: interfaceName(node),
    kernelIndex: node.member('ifindex')?.integer() ?? 0,
    mac: address === null ? null : readMac(address),
    mtu: node.member('mtu')?.integer() ?? 1500,
    up: flags.includes('UP'),
    loopback: flags.includes('LOOPBACK'),
    multicast: flags.includes('MULTICAST'),
    addresses: (node.member('addr_info')?.elements() ?? [])
      .filter((info) => ['inet', 'inet6'].includes(info.member('family')?.string() ?? ''))
      .map(readAddress),
    vlan: readVlan(node, ids),
    group: readGroup(node.member('group')?.string() ?? USUAL_GROUP),
    portOf: readPortOf(node, ids),
    flags,
  }
}

/** Group 0 has a name everywhere. */
const USUAL_GROUP = 'default'

function readGroup(text: string): number | null {
  if (text === USUAL_GROUP) return 0
  return /^\d+$/.test(text) ? Number(text) : null
}

function readMac(node: JsonNode): bigint {
  const text = node.string()
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) {
    throw node.error(`"${text}" is no Ethernet address`, 'give six bytes in hexadecimal, with colons')
  }
  return BigInt(`0x${text.replaceAll(':', '')}`)
}

function readAddress(info: JsonNode): InterfaceAddress {
  const family: Family = info.member('family')?.string() === 'inet' ? 4 : 6
  const words = (name: string): Words | null => {
    const node = info.member(name)
    if (node === null) return null
    const address = parseAddress(node.string())
    if (address?.family !== family) throw node.error(`"${node.string()}" is no IPv${family} address`, 'correct it')
    return address.words
  }
  const local = words('local')
  if (local === null) throw info.error('an address without "local"', 'give the file as `ip -j address` prints it')
  const length = info.member('prefixlen')
  const lengthBits = length?.integer() ?? addressBits(family)
  if (length !== null && (lengthBits < 0 || lengthBits > addressBits(family))) {
    throw length.error(`a prefix of ${lengthBits} bits`, `give 0 to ${addressBits(family)}`)
  }
  const scope = info.member('scope')?.string()
  return {
    family,
    words: local,
    length: lengthBits,
    peer: words('address'),
    broadcast: family === 4 ? words('broadcast') : null,
    scope: scope === 'host' || scope === 'link' || scope === 'site' ? scope : 'global',
    secondary: info.has('secondary'),
    noPrefixRoute: info.has('noprefixroute'),
    tentative: info.has('tentative') || info.has('dadfailed'),
  }
}

/** What is enslaved to a VRF is no port: the IP layer sees it. Without -d nothing is said of the kind. */
function readPortOf(node: JsonNode, ids: ReadonlyMap<string, number>): number {
  const master = node.member('master')?.string()
  const kind = node.member('linkinfo')?.member('info_slave_kind')?.string()
  return master === undefined || kind === 'vrf' ? 0 : (ids.get(master) ?? 0)
}

/** `linkinfo` of `ip -d`; without -d a VLAN shows by its name alone: PARENT.ID, or vlanID. */
function readVlan(node: JsonNode, ids: ReadonlyMap<string, number>): Interface['vlan'] {
  const link = node.member('link')?.string()
  const parent = link === undefined ? 0 : (ids.get(link) ?? 0)
  const info = node.member('linkinfo')
  if (info !== null && info.member('info_kind') !== null) {
    if (info.member('info_kind')?.string() !== 'vlan') return null
    const id = info.member('info_data')?.member('id')
    return id === null || id === undefined ? null : { parent, id: id.integer() }
  }
  if (link === undefined) return null
  const byName = /^(?:(.+)\.|vlan)0*(\d{1,4})$/.exec(interfaceName(node))
  if (byName === null || (byName[1] !== undefined && byName[1] !== link)) return null
  return { parent, id: Number(byName[2]) }
}
