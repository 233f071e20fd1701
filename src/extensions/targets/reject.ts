/**
 * -j REJECT: drops the packet and answers its sender.
 * Kernel: net/ipv4/netfilter/ipt_REJECT.c, net/ipv6/netfilter/ip6t_REJECT.c (v6.18).
 * iptables: extensions/libipt_REJECT.c, libip6t_REJECT.c.
 */
import { TargetVerdict, type TargetExtension } from '../extension.js'
import { printOption } from '../print-option.js'
import type { RejectWith } from '../../memory/packet.js'
import { type Family, Hook } from '../../ruleset/ruleset.js'

interface RejectOptions {
  readonly with: RejectWith
}

type AnswerName = readonly [name: RejectWith, alias: string]

/** In the order in which they are tried against what is written. */
const ANSWERS: Readonly<Record<Family, readonly AnswerName[]>> = {
  4: [
    ['icmp-net-unreachable', 'net-unreach'],
    ['icmp-host-unreachable', 'host-unreach'],
    ['icmp-proto-unreachable', 'proto-unreach'],
    ['icmp-port-unreachable', 'port-unreach'],
    ['icmp-net-prohibited', 'net-prohib'],
    ['icmp-host-prohibited', 'host-prohib'],
    ['tcp-reset', 'tcp-rst'],
    ['icmp-admin-prohibited', 'admin-prohib'],
  ],
  6: [
    ['icmp6-no-route', 'no-route'],
    ['icmp6-adm-prohibited', 'adm-prohibited'],
    ['icmp6-addr-unreachable', 'addr-unreach'],
    ['icmp6-port-unreachable', 'port-unreach'],
    ['tcp-reset', 'tcp-reset'],
    ['icmp6-policy-fail', 'policy-fail'],
    ['icmp6-reject-route', 'reject-route'],
  ],
}
const DEFAULT: Readonly<Record<Family, RejectWith>> = { 4: 'icmp-port-unreachable', 6: 'icmp6-port-unreachable' }
const TCP = 6

export const rejectTarget: TargetExtension<RejectOptions> = {
  name: 'REJECT',
  families: [4, 6],
  options: [{ name: 'reject-with', key: 'with', values: 1 }],
  scope: 'packet',
  tracks: false,
  placement: () => ({ tables: ['filter'], hooks: [Hook.Input, Hook.Forward, Hook.Output] }),

  parse(reader, { rule }) {
    const use = reader.find('with')
    if (use === undefined) return { with: DEFAULT[reader.family] }
    const answers = ANSWERS[reader.family]
    const written = use.values[0].text.toLowerCase()
    const answer = answers.find(([name, alias]) => name.startsWith(written) || alias.startsWith(written))?.[0]
    if (answer === undefined) reader.unknownName(use.values[0], 'answer', answers.flat())
    const { protocol } = rule
    if (answer === 'tcp-reset' && (protocol === null || protocol.inverted || protocol.number !== TCP)) {
      reader.problem(use.values[0], 'tcp-reset needs -p tcp')
    }
    return { with: answer ?? DEFAULT[reader.family] }
  },

  print: (of) => printOption('reject-with', of.with),
  reads: () => [],

  prepare(of) {
    return (packet) => {
      packet.answer = of.with
      return TargetVerdict.Drop
    }
  },
}
