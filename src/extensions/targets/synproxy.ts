/**
 * -j SYNPROXY: answers SYNs in place of a server, and connects to it later; a capture does not hold those packets.
 * Kernel: net/ipv4/netfilter/ipt_SYNPROXY.c (v6.18). iptables: extensions/libxt_SYNPROXY.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { printOption } from '../print-option.js'
import { checkProtocol } from '../protocol-option.js'
import { Hook } from '../../ruleset/ruleset.js'

interface SynproxyOptions {
  readonly sack: boolean
  readonly timestamp: boolean
  /** Null: not given. */
  readonly windowScale: number | null
  readonly mss: number | null
  readonly ecn: boolean
}

const TCP = 6
const MOST = 0xffffffff

export const synproxyTarget: TargetExtension<SynproxyOptions> = {
  ...PLAIN_TARGET,
  name: 'SYNPROXY',
  guesses: true,
  families: [4, 6],
  options: [
    { name: 'sack-perm', key: 'sack', values: 0 },
    { name: 'timestamp', key: 'timestamp', values: 0 },
    { name: 'wscale', key: 'wscale', values: 1 },
    { name: 'mss', key: 'mss', values: 1 },
    { name: 'ecn', key: 'ecn', values: 0 },
  ],
  tracks: true,
  placement: () => ({ tables: null, hooks: [Hook.Input, Hook.Forward] }),

  parse(reader, place) {
    checkProtocol(reader, reader.name, place, [TCP], 'tcp')
    reader.undecidable('what the box and a server say to each other behind a SYN proxy')
    const low = (key: string, bits: number): number | null => {
      const value = reader.find(key)?.values[0]
      return value === undefined ? null : reader.integer(value, 0, MOST) & bits
    }
    return {
      sack: reader.find('sack') !== undefined,
      timestamp: reader.find('timestamp') !== undefined,
      windowScale: low('wscale', 0xff),
      mss: low('mss', 0xffff),
      ecn: reader.find('ecn') !== undefined,
    }
  },

  print: ({ sack, timestamp, windowScale, mss, ecn }) =>
    (sack ? ' --sack-perm' : '') +
    (timestamp ? ' --timestamp' : '') +
    (windowScale === null ? '' : printOption('wscale', `${windowScale}`)) +
    (mss === null ? '' : printOption('mss', `${mss}`)) +
    (ecn ? ' --ecn' : ''),
  reads: () => [],
  prepare: () => (packet) => {
    packet.guessed = true
    return TargetVerdict.Continue
  },
}
