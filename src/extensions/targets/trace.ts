/**
 * -j TRACE: has the kernel log the packet's way through the rules; here it only counts.
 * Kernel: net/netfilter/xt_TRACE.c (v6.18). iptables: extensions/libxt_TRACE.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'

export const traceTarget: TargetExtension<null> = {
  ...PLAIN_TARGET,
  name: 'TRACE',
  families: [4, 6],
  options: [],
  placement: () => ({ tables: ['raw'], hooks: null }),
  parse: () => null,
  print: () => '',
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}
