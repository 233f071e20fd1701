/**
 * The rules with -j CLUSTERIP: each must name the address and the interface that it is for, and those for one address
 * must agree about its nodes. Kernel: net/ipv4/netfilter/ipt_CLUSTERIP.c, clusterip_tg_check() (up to v6.2).
 * Differs from the kernel: rules for one address that agree about its MAC address only are refused, where the kernel
 * takes what the first one says.
 */
import type { ClusteripOptions } from './targets/clusterip.js'
import type { KernelProfile } from '../box/profile.js'
import { printAddress } from '../ruleset/address.js'
import type { RulesProblem } from '../ruleset/rules-error.js'
import type { Rule, Ruleset } from '../ruleset/ruleset.js'

export function clusteripProblems({ tables }: Ruleset, kernel: KernelProfile | null): RulesProblem[] {
  const problems: RulesProblem[] = []
  const made = new Map<string, { readonly nodes: string; readonly line: number }>()
  for (const { rules } of tables.flatMap(({ chains }) => chains)) {
    for (const rule of rules) {
      const { target } = rule
      if (target.kind !== 'extension' || target.name !== 'CLUSTERIP') continue
      const { position } = target
      const report = (message: string): number => problems.push({ position, message: `target "CLUSTERIP": ${message}` })
      if (kernel?.clusterIp === false)
        report(`Linux ${kernel.version.join('.')} has none; 6.2 was the last one (--kernel)`)
      const address = addressOf(rule)
      const { cluster } = target.options as ClusteripOptions
      if (address === null) report('-d with one address is missing')
      else if (cluster === null) report('--new is missing: since Linux 5.0, every rule needs it')
      else if (!hasInterface(rule)) report('-i with the name of an interface is missing')
      else {
        const nodes = JSON.stringify(cluster)
        const first = made.get(address)
        if (first === undefined) made.set(address, { nodes, line: position.line })
        else if (first.nodes !== nodes) report(`line ${first.line} says otherwise about ${address}`)
      }
    }
  }
  return problems
}

function addressOf({ destination }: Rule): string | null {
  if (destination === null || destination.mask[0] !== 0xffffffff || destination.address[0] === 0) return null
  return printAddress(destination.address)
}

function hasInterface({ inInterface }: Rule): boolean {
  return inInterface !== null && !inInterface.name.endsWith('+')
}
