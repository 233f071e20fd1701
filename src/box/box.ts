/**
 * The machine under study: its interfaces, addresses, routes, rules and settings, ready to be asked.
 * In: `BoxData`, plain data that can be sent to another thread; read-box.ts makes it. All answers are the kernel's
 * for that machine. Interfaces are numbers: from 1 those of the box, then names that rules or captures mention;
 * 0 is an interface that nobody knows, whose name is empty.
 */
import type { Family } from '../ruleset/ruleset.js'
import { type Address, addressKey, type Words } from './address.js'
import { type AddressType, addressMatches6, addressType4, addressType6 } from './address-type.js'
import { type ConntrackSettings, conntrackSettings } from './conntrack-settings.js'
import { Fib } from './fib.js'
import { type IcmpLimits, icmpLimits } from './icmp-limits.js'
import type { Interface } from './interface.js'
import { type GroupMember, MulticastGroups } from './multicast-groups.js'
import type { PolicyRule } from './policy-rule.js'
import type { KernelProfile } from './profile.js'
import type { Route } from './route.js'
import { markChanging, type SetData } from '../sets/set.js'
import { interfaceSysctl, type Sysctls, sysctlNumber } from './sysctl.js'

/** Everything that makes a box, as plain data. */
export interface BoxData {
  readonly interfaces: readonly Interface[]
  /** Names of interfaces in order of their numbers, from 1: the box's, then others as they were mentioned. */
  readonly names: readonly string[]
  readonly ownAddresses: readonly Address[]
  readonly routes: Readonly<Record<Family, readonly Route[]>>
  readonly policy: Readonly<Record<Family, readonly PolicyRule[]>>
  readonly groups: readonly GroupMember[]
  readonly sets: readonly SetData[]
  readonly sysctls: Sysctls
  readonly profile: KernelProfile
  /** Verify transport checksums: asked for on the command line. */
  readonly checksum: boolean
  /** What is amiss in the files of the box. */
  readonly warnings: readonly string[]
}

/** IP datagrams are never longer: the MTU of an interface that nobody knows. */
const UNKNOWN_MTU = 65535

export class Box {
  readonly interfaces: readonly Interface[]
  readonly ownAddresses: readonly Address[]
  readonly profile: KernelProfile
  readonly conntrack: ConntrackSettings
  readonly icmpLimits: IcmpLimits
  readonly fib: Readonly<Record<Family, Fib>>
  readonly groups: MulticastGroups
  /** Somebody added IPv4 local routes. Kernel: netns_ipv4.fib_has_custom_local_routes. */
  readonly hasCustomLocalRoutes: boolean
  /** The interface by which the box talks to itself. */
  readonly loopback: number
  readonly warnings: readonly string[]
  /** What `ipset save` printed. */
  sets: readonly SetData[]
  private readonly names: string[]
  private readonly ids = new Map<string, number>()
  private readonly own: ReadonlySet<string>
  private readonly sysctls: Sysctls
  /** By name. Walks ask for the same few again and again: making their keys was an eighth of a walk. */
  private readonly knownSettings = new Map<string, number[]>()

  /** `lateName` names numbers that came to be after the data were copied to this thread. */
  constructor(
    private readonly source: BoxData,
    private readonly lateName: (id: number) => string = () => '',
  ) {
    const { interfaces, sysctls } = source
    this.interfaces = interfaces
    this.sets = source.sets
    this.warnings = source.warnings
    this.sysctls = sysctls
    this.profile = source.profile
    this.conntrack = conntrackSettings(sysctls, source.profile, source.checksum)
    this.icmpLimits = icmpLimits(sysctls, source.profile.hz)
    this.names = [...source.names]
    this.names.forEach((name, index) => this.ids.set(name, index + 1))
    this.loopback = interfaces.find(({ loopback }) => loopback)?.id ?? this.internInterface('lo')
    this.ownAddresses = source.ownAddresses
    this.own = new Set(source.ownAddresses.map(({ family, words }) => `${family} ${addressKey(words)}`))
    const ignoresLinkDown = sysctlNumber(sysctls, 'net.ipv4.conf.all.ignore_routes_with_linkdown', 0) !== 0
    const ignoresLinkDown6 = sysctlNumber(sysctls, 'net.ipv6.conf.all.ignore_routes_with_linkdown', 0) !== 0
    this.fib = {
      4: new Fib(4, source.routes[4], source.policy[4], ignoresLinkDown),
      6: new Fib(6, source.routes[6], source.policy[6], ignoresLinkDown6),
    }
    this.hasCustomLocalRoutes = source.routes[4].some(({ type, byHand }) => type === 'local' && byHand)
    this.groups = new MulticastGroups(interfaces, source.groups, ({ id }) => this.forwards(6, id))
  }

  /** The same box for another thread, with all names mentioned so far. */
  data(): BoxData {
    return { ...this.source, sets: this.sets, names: [...this.names] }
  }

  /** Rules change these sets, too. */
  changeSets(names: ReadonlySet<string>): void {
    this.sets = markChanging(this.sets, names)
  }

  /** How many interfaces have a number, 0 included. */
  get interfaceCount(): number {
    return this.names.length + 1
  }

  /** 0 when nobody has mentioned an interface of this name. */
  interfaceId(name: string): number {
    return this.ids.get(name) ?? 0
  }

  /** The number of a name; a new one for a name that is new. */
  internInterface(name: string): number {
    if (name === '') return 0
    const known = this.ids.get(name)
    if (known !== undefined) return known
    this.ids.set(name, this.names.push(name))
    return this.names.length
  }

  /** Empty for 0. */
  interfaceName(id: number): string {
    return id === 0 ? '' : (this.names[id - 1] ?? this.lateName(id))
  }

  /** Null when the box has no such interface. */
  interface(id: number): Interface | null {
    return this.interfaces[id - 1] ?? null
  }

  mtu(id: number): number {
    return this.interface(id)?.mtu ?? UNKNOWN_MTU
  }

  /** Jiffies a second. */
  get hz(): number {
    return this.profile.hz
  }

  isOwnAddress(family: Family, words: Words): boolean {
    return this.own.has(`${family} ${addressKey(words)}`)
  }

  /**
   * What kind of address it is to this box; with an interface, only addresses of that one are LOCAL or BROADCAST.
   * Kernel: inet_addr_type(), inet_dev_addr_type().
   */
  addressType(family: Family, words: Words, interfaceId = 0): AddressType {
    return family === 4
      ? addressType4(this.fib[4], words, interfaceId)
      : addressType6(this.fib[6], words, this.link(interfaceId))
  }

  /** Whether an IPv6 address is of the types wanted, as `-m addrtype` asks. Kernel: match_type6(), xt_addrtype.c. */
  addressMatches6(words: Words, wanted: ReadonlySet<AddressType>, interfaceId = 0): boolean {
    return addressMatches6(this.fib[6], words, wanted, this.link(interfaceId))
  }

  sysctl(key: string): string | undefined {
    return this.sysctls.get(key)
  }

  /** A numeric setting; the kernel's default is the caller's to know. */
  setting(key: string, byDefault: number): number {
    return sysctlNumber(this.sysctls, key, byDefault)
  }

  /** A setting of one interface; each has one default. Kernel: IN_DEV_CONF_GET(). */
  interfaceSetting(family: Family, id: number, name: string, byDefault: number): number {
    const device = this.interfaceName(id)
    return (this.known(name)[confIndex(family, id + 1)] ??= interfaceSysctl(
      this.sysctls,
      family,
      device,
      name,
      byDefault,
    ))
  }

  /** The setting `conf.all.NAME`. */
  allSetting(family: Family, name: string, byDefault: number): number {
    return (this.known(name)[confIndex(family, 0)] ??= this.setting(`net.ipv${family}.conf.all.${name}`, byDefault))
  }

  /** Whether packets that came in by the interface may be forwarded. */
  forwards(family: Family, id: number): boolean {
    const all = this.allSetting(family, 'forwarding', 0)
    if (family === 6) return (all || this.interfaceSetting(6, id, 'force_forwarding', 0)) !== 0
    return (this.known('forwarding')[confIndex(4, id + 1)] ??= this.forwarding4(id, all)) !== 0
  }

  private forwarding4(id: number, all: number): number {
    const device = this.interfaceName(id).replaceAll('.', '/')
    return this.setting(`net.ipv4.conf.${device}.forwarding`, this.setting('net.ipv4.ip_forward', all))
  }

  /** Values by `confIndex` of a setting that interfaces have, as far as they were asked for. */
  private known(name: string): number[] {
    let values = this.knownSettings.get(name)
    if (values === undefined) {
      values = []
      this.knownSettings.set(name, values)
    }
    return values
  }

  /** 0 off, 1 strict, 2 loose. Kernel: IN_DEV_RPFILTER(), the larger of all and the interface. */
  reversePathFilter(id: number): number {
    return Math.max(this.allSetting(4, 'rp_filter', 0), this.interfaceSetting(4, id, 'rp_filter', 0))
  }

  private link(id: number): Parameters<typeof addressType6>[2] {
    return { loopback: this.loopback, id, device: this.interface(id) }
  }
}

/** Where the value of an interface's setting stands among those of all; 0 is conf.all, an interface its number and 1. */
function confIndex(family: Family, place: number): number {
  return 2 * place + (family === 6 ? 1 : 0)
}
