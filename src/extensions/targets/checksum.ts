/**
 * -j CHECKSUM: has the checksum of a packet filled in that the hardware was to fill in; captured packets are whole.
 * Kernel: net/netfilter/xt_CHECKSUM.c (v6.18). iptables: extensions/libxt_CHECKSUM.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'

export const checksumTarget: TargetExtension<null> = {
  ...PLAIN_TARGET,
  name: 'CHECKSUM',
  families: [4, 6],
  options: [{ name: 'checksum-fill', key: 'fill', values: 0, required: true }],
  placement: () => ({ tables: ['mangle'], hooks: null }),
  parse: () => null,
  print: () => ' --checksum-fill',
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}
