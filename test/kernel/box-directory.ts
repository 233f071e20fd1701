/**
 * Makes a box directory the way a user does: sets a machine up (in a private network namespace, with `ip`), then
 * keeps what its own tools print about it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runTool } from '../../src/kernel/native-tool.js'
import { inNewNetworkNamespace } from '../../src/kernel/network-namespace.js'
import { BASE_SYSCTLS, writeSysctls } from '../../src/kernel/sysctl.js'
import { TunDevice } from '../../src/kernel/tun.js'

export interface BoxSketch {
  /** Ethernet interfaces with their addresses; `eth0.10` is VLAN 10 on eth0. */
  readonly interfaces: Readonly<Record<string, readonly string[]>>
  /** MAC addresses by interface; 02:00:00:00:01:00, ..:01:01 ... in order where not said. */
  readonly macs?: Readonly<Record<string, string>>
  /** Words for `ip` behind the addresses: `route add default via 10.0.0.254`, `-6 rule add ...`. */
  readonly commands?: readonly string[]
  readonly sysctls?: Readonly<Record<string, string>>
}

export interface BoxRules {
  readonly rules?: string
  readonly rules6?: string
  /** What `ipset save` would print. */
  readonly sets?: string
}

/** The MAC address that the sketch's interface `index` (from 0) has. */
export function sketchMac(index: number): string {
  return `02:00:00:00:01:${index.toString(16).padStart(2, '0')}`
}

/** Writes the box directory of `sketch` with `rules`. */
export function writeBoxDirectory(directory: string, sketch: BoxSketch, { rules, rules6, sets }: BoxRules): void {
  mkdirSync(directory, { recursive: true })
  for (const [name, text] of dump(sketch)) writeFileSync(join(directory, name), text)
  const sysctls = Object.entries(sketch.sysctls ?? {})
  writeFileSync(join(directory, 'sysctl.conf'), sysctls.map(([key, value]) => `${key} = ${value}\n`).join(''))
  if (rules !== undefined) writeFileSync(join(directory, 'iptables-save'), rules)
  if (sets !== undefined) writeFileSync(join(directory, 'ipset-save'), sets)
  if (rules6 !== undefined) writeFileSync(join(directory, 'ip6tables-save'), rules6)
}

const dumps = new Map<BoxSketch, [string, string][]>()

function dump(sketch: BoxSketch): [string, string][] {
  const known = dumps.get(sketch)
  if (known !== undefined) return known
  const made = inNewNetworkNamespace(() => {
    const devices: TunDevice[] = []
    try {
      writeSysctls(BASE_SYSCTLS)
      const commands = ['link set dev lo up']
      Object.entries(sketch.interfaces).forEach(([name, addresses], index) => {
        devices.push(new TunDevice(name, 'tap'))
        const mac = sketch.macs?.[name.split('.')[0]] ?? sketchMac(index)
        commands.push(`link set dev ${name} address ${mac}`)
        commands.push(`link set dev ${name} up`)
        for (const address of addresses) {
          commands.push(`address add ${address} dev ${name} ${address.includes(':') ? 'nodad' : 'broadcast +'}`)
        }
      })
      for (const command of commands) runTool('ip', command.split(' '))
      writeSysctls(Object.entries(sketch.sysctls ?? {}))
      for (const command of sketch.commands ?? []) runTool('ip', command.split(' '))
      return [
        ['ip-address.json', withParents(runTool('ip', ['-j', 'address']))],
        ['ip-route.json', runTool('ip', ['-j', 'route', 'show', 'table', 'all'])],
        ['ip6-route.json', runTool('ip', ['-6', '-j', 'route', 'show', 'table', 'all'])],
        ['ip-rule.json', runTool('ip', ['-j', 'rule'])],
        ['ip6-rule.json', runTool('ip', ['-6', '-j', 'rule'])],
        ['uname', runTool('uname', ['-r'])],
      ] satisfies [string, string][]
    } finally {
      for (const device of devices) device.close()
    }
  })
  dumps.set(sketch, made)
  return made
}

/** VLANs are devices of their own here, since not every kernel has the real ones; `ip` names their parent. */
function withParents(addresses: string): string {
  return addresses.replaceAll(/"ifname":"(\w+)\.\d+"/g, '"link":"$1",$&')
}
