/**
 * Which rules end their chain whatever the packet is.
 * Kernel: unconditional() in net/ipv4/netfilter/ip_tables.c (v6.18).
 */
import type { Family, Rule } from '../ruleset/ruleset.js'

/** True when the rule tests nothing at all. */
export function isUnconditional(rule: Rule, family: Family): boolean {
  return (
    rule.matches.length === 0 &&
    rule.source === null &&
    rule.destination === null &&
    rule.inInterface === null &&
    rule.outInterface === null &&
    rule.fragment === null &&
    // In IPv6, even `-p all` counts as a test.
    (rule.protocol === null || (family === 4 && rule.protocol.number === 0))
  )
}

/** True when no packet goes on behind the rule, in the eyes of the kernel: ACCEPT, DROP, QUEUE or RETURN, untested. */
export function endsForAll(rule: Rule, family: Family): boolean {
  return rule.target.kind === 'verdict' && isUnconditional(rule, family)
}
