/**
 * -j TEE: sends a copy of the packet to another machine of the link.
 * Kernel: net/netfilter/xt_TEE.c; nf_dup_ipv4(), net/ipv4/netfilter/nf_dup_ipv4.c (v6.18).
 * iptables: extensions/libxt_TEE.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { readHost } from '../host-option.js'
import { cutToBytes, printOption } from '../print-option.js'
import { printAddress } from '../../ruleset/address.js'

interface TeeOptions {
  readonly gateway: readonly number[]
  /** Empty: any. */
  readonly outInterface: string
}

/** Kernel: IFNAMSIZ - 1. */
const LONGEST_NAME = 15

export const teeTarget: TargetExtension<TeeOptions> = {
  ...PLAIN_TARGET,
  name: 'TEE',
  families: [4, 6],
  options: [
    { name: 'gateway', key: 'gateway', values: 1, required: true },
    { name: 'oif', key: 'interface', values: 1 },
  ],

  parse(reader) {
    const value = reader.find('gateway')?.values[0]
    const gateway = value === undefined ? [] : readHost(reader, value)
    if (value !== undefined && gateway.every((word) => word === 0))
      reader.problem(value, 'it is no address of a machine')
    return { gateway, outInterface: cutToBytes(reader.find('interface')?.values[0].text ?? '', LONGEST_NAME) }
  },

  print: ({ gateway, outInterface }) =>
    printOption('gateway', printAddress(gateway)) + (outInterface === '' ? '' : printOption('oif', outInterface)),
  reads: () => [],

  prepare({ gateway, outInterface }, box) {
    const id = box.interfaceId(outInterface)
    return (packet) => {
      packet.duplicate(gateway, id)
      return TargetVerdict.Continue
    }
  },
}
