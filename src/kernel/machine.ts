/**
 * The box, set up in the calling thread's network namespace: devices, addresses, routes, sysctls, sets, the observer
 * and the rules under study, in the order that makes the observer see what it should.
 */
import { closeSync, readFileSync } from 'node:fs'
import type { Family } from '../ruleset/ruleset.js'
import type { BoxFiles, IpLink } from './box-files.js'
import { KernelError } from './kernel-error.js'
import { joinGroups } from './multicast.js'
import { LogSocket } from './log-socket.js'
import { linkCommands, mtuSysctls, routeCommands } from './machine-commands.js'
import { runTool, tryTool } from './native-tool.js'
import { observerChains, observerStates, OBSERVER_GROUP } from './observer.js'
import { RawSender } from './raw-sender.js'
import { BASE_SYSCTLS, boxSysctls, writeSysctls } from './sysctl.js'
import { TunDevice, type TunKind } from './tun.js'

/** Kernel: include/uapi/linux/if_addr.h. */
const IFA_F_TENTATIVE = 0x40
/** One millisecond each. */
const TENTATIVE_TRIES = 3000

/** What a machine needs to know about the packets to come. */
export interface MachineNeeds {
  readonly kinds: ReadonlyMap<string, TunKind>
  readonly fragments: boolean
}

export class Machine {
  readonly devices: readonly TunDevice[]
  readonly sender = new RawSender()
  readonly log: LogSocket
  private readonly memberships: readonly number[]
  /** Settings of the box that this kernel does not take. */
  readonly refusedSysctls: readonly string[]

  constructor(
    readonly box: BoxFiles,
    needs: MachineNeeds,
  ) {
    writeSysctls(BASE_SYSCTLS)
    const settings = boxSysctls(box.sysctls)
    writeSysctls(settings.filter(([key]) => !isOfInterface(key, box.links)))
    this.devices = openDevices(needs.kinds)
    try {
      setUpNetwork(box, needs.kinds)
      this.refusedSysctls = writeSysctls(settings)
      writeSysctls(mtuSysctls(box.links))
      loadRules(box, needs.fragments)
      waitForAddresses()
      this.memberships = joinGroups(box)
      this.log = new LogSocket(OBSERVER_GROUP)
    } catch (error) {
      this.closeDevices()
      throw error
    }
  }

  /** The device that stands for the interface `name`. */
  device(name: string): TunDevice {
    const found = this.devices.find((device) => device.name === name)
    if (found === undefined) throw new KernelError(`the box has no interface ${name}`)
    return found
  }

  /** What `iptables-save -c` prints now; null when the family has no rules. */
  counters(family: Family): string | null {
    if ((family === 4 ? this.box.iptables : this.box.ip6tables) === null) return null
    return runTool(family === 4 ? 'iptables-legacy-save' : 'ip6tables-legacy-save', ['-c'])
  }

  /** The connections alive now, as /proc/net/nf_conntrack shows them. */
  connections(): string {
    return readFileSync('/proc/thread-self/net/nf_conntrack', 'latin1')
  }

  /** What conntrack has counted, as /proc/net/stat/nf_conntrack shows it. */
  statistics(): string {
    return readFileSync('/proc/thread-self/net/stat/nf_conntrack', 'latin1')
  }

  close(): void {
    this.log.close()
    this.sender.close()
    for (const descriptor of this.memberships) closeSync(descriptor)
    this.closeDevices()
  }

  private closeDevices(): void {
    for (const device of this.devices) device.close()
  }
}

function openDevices(kinds: ReadonlyMap<string, TunKind>): TunDevice[] {
  const devices: TunDevice[] = []
  try {
    for (const [name, kind] of kinds) devices.push(new TunDevice(name, kind))
  } catch (error) {
    for (const device of devices) device.close()
    throw error
  }
  return devices
}

function setUpNetwork(box: BoxFiles, kinds: ReadonlyMap<string, TunKind>): void {
  runBatch([], linkCommands(box.links, kinds))
  runBatch(['-4'], routeCommands(box, 4))
  runBatch(['-6'], routeCommands(box, 6))
}

function runBatch(words: readonly string[], commands: readonly string[]): void {
  const { status, stderr } = tryTool('ip', [...words, '-batch', '-'], `${commands.join('\n')}\n`)
  if (status === 0) return
  const failed = /Command failed -:(\d+)/.exec(stderr)
  const command = failed === null ? '' : ` at "ip ${commands[Number(failed[1]) - 1]}"`
  throw new KernelError(`the box cannot be set up${command}: ${stderr.trim()}`)
}

/** IPv6 addresses work only when a worker of the kernel has come by, even without duplicate address detection. */
function waitForAddresses(): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (let triesLeft = TENTATIVE_TRIES; triesLeft > 0; triesLeft--) {
    const lines = readFileSync('/proc/thread-self/net/if_inet6', 'latin1').split('\n')
    if (!lines.some((line) => (Number.parseInt(line.split(/\s+/)[4], 16) & IFA_F_TENTATIVE) !== 0)) return
    Atomics.wait(sleeper, 0, 0, 1)
  }
  throw new KernelError('the IPv6 addresses of the box do not become usable')
}

/** The observer's chains come first: see observer.ts. */
function loadRules(box: BoxFiles, fragments: boolean): void {
  runTool('nft', ['-f', '-'], observerChains(fragments))
  if (box.ipset !== null) runTool('ipset', ['restore'], box.ipset)
  if (box.iptables !== null) runTool('iptables-legacy-restore', [], box.iptables)
  if (box.ip6tables !== null) runTool('ip6tables-legacy-restore', [], box.ip6tables)
  const tracking = ([4, 6] as const).filter((family) => tracksConnections(family === 4 ? box.iptables : box.ip6tables))
  if (tracking.length > 0) runTool('nft', ['-f', '-'], observerStates(tracking))
}

const TRACKING_MATCHES =
  /\s(?:-m|--match)\s+(?:conntrack|state|connmark|connbytes|connlimit|connlabel|helper|cluster)\b/
const TRACKING_TARGETS =
  /\s(?:-j|--jump)\s+(?:CONNMARK|CONNSECMARK|CT(?!.*--notrack)|MASQUERADE|SNAT|DNAT|REDIRECT|NETMAP|SYNPROXY)\b/

/** True when a rule makes the kernel track connections. Kernel: the callers of nf_ct_netns_get(). */
export function tracksConnections(rules: string | null): boolean {
  return rules !== null && (TRACKING_MATCHES.test(rules) || TRACKING_TARGETS.test(rules))
}

/** Settings of one interface must wait until it exists. */
function isOfInterface(key: string, links: readonly IpLink[]): boolean {
  return links.some((link) => key.includes(`.conf.${link.ifname.replaceAll('.', '/')}.`))
}
