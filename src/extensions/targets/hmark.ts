/**
 * -j HMARK: sets the packet's mark by a hash of its flow, the same for both directions.
 * Kernel: net/netfilter/xt_HMARK.c (v6.18). iptables: extensions/libxt_HMARK.c.
 */
import { ANYWHERE, Field, TargetVerdict, type TargetExtension } from '../extension.js'
import { type HmarkFlow, hmarkFlowOf, hmarkFlowOfConnection } from '../hmark-flow.js'
import { HMARK_OPTIONS, type HmarkOptions, printHmark, readHmark } from '../hmark-options.js'
import { jenkinsHash, scaledHash } from '../../memory/jenkins-hash.js'

export const hmarkTarget: TargetExtension<HmarkOptions> = {
  name: 'HMARK',
  families: [4, 6],
  options: HMARK_OPTIONS,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,
  parse: readHmark,
  print: printHmark,
  reads: ({ connection }) => (connection ? [Field.CtState, Field.ConnectionTuple] : [Field.Payload]),

  prepare(of) {
    return (packet) => {
      const flow = of.connection ? hmarkFlowOfConnection(of, packet) : hmarkFlowOf(of, packet)
      if (flow !== null) packet.skb.mark = hashOf(of, flow)
      return TargetVerdict.Continue
    }
  },
}

function hashOf({ seed, protocolMask, modulus, offset }: HmarkOptions, flow: HmarkFlow): number {
  const { source, destination, ports, protocol } = flow
  const words = source <= destination ? [source, destination, ports] : [destination, source, ports]
  const hash = (jenkinsHash(words, seed) ^ (protocol & protocolMask)) >>> 0
  return (scaledHash(hash, modulus) + (offset ?? 0)) >>> 0
}
