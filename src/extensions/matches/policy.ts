/**
 * -m policy: the IPsec transformations by which a packet came, or is to go.
 * Kernel: net/netfilter/xt_policy.c, policy_mt() (v6.18). iptables: extensions/libxt_policy.c.
 * Differs from the kernel: the box has no IPsec, so no packet came or goes by a policy.
 */
import { type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { type PolicyElement, printPolicyElement, readPolicyElements } from '../policy-element.js'
import { printOption } from '../print-option.js'
import { Hook } from '../../ruleset/ruleset.js'

interface PolicyOptions {
  readonly direction: 'in' | 'out'
  readonly policy: 'none' | 'ipsec'
  readonly strict: boolean
  readonly elements: readonly PolicyElement[]
}

export const policyMatch: MatchExtension<PolicyOptions> = {
  ...PLAIN_MATCH,
  name: 'policy',
  families: [4, 6],
  options: [
    { name: 'dir', key: 'direction', values: 1 },
    { name: 'pol', key: 'policy', values: 1 },
    { name: 'strict', key: 'strict', values: 0 },
    { name: 'reqid', key: 'reqid', values: 1, invertible: true, repeatable: true },
    { name: 'spi', key: 'spi', values: 1, invertible: true, repeatable: true },
    { name: 'tunnel-src', key: 'source', values: 1, invertible: true, repeatable: true },
    { name: 'tunnel-dst', key: 'destination', values: 1, invertible: true, repeatable: true },
    { name: 'proto', key: 'protocol', values: 1, invertible: true, repeatable: true },
    { name: 'mode', key: 'mode', values: 1, invertible: true, repeatable: true },
    { name: 'next', key: 'next', values: 0, repeatable: true },
  ],

  placement: ({ direction }) => ({
    tables: null,
    hooks:
      direction === 'in' ? [Hook.Prerouting, Hook.Input, Hook.Forward] : [Hook.Forward, Hook.Output, Hook.Postrouting],
  }),

  parse(reader) {
    const direction = reader.find('direction')?.values[0]
    const policy = reader.find('policy')?.values[0]
    const strict = reader.find('strict') !== undefined
    if (direction === undefined) reader.problem(reader.name, '--dir in or --dir out is needed')
    else if (direction.text !== 'in' && direction.text !== 'out') {
      reader.unknownName(direction, 'direction', ['in', 'out'])
    }
    if (policy !== undefined && policy.text !== 'none' && policy.text !== 'ipsec') {
      reader.unknownName(policy, 'policy', ['none', 'ipsec'])
    }
    const elements = readPolicyElements(reader, strict, policy?.text === 'none')
    return {
      direction: direction?.text === 'out' ? 'out' : 'in',
      policy: policy?.text === 'none' ? 'none' : 'ipsec',
      strict,
      elements,
    }
  },

  print: ({ direction, policy, strict, elements }) =>
    printOption('dir', direction) +
    printOption('pol', policy) +
    (strict ? ' --strict' : '') +
    elements.map(printPolicyElement).join(' --next'),

  reads: () => [],
  prepare:
    ({ policy }) =>
    () =>
      policy === 'none',
}
