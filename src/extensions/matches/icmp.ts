/**
 * -m icmp and -m icmp6: type and code of ICMP and ICMPv6 messages.
 * Kernel: net/netfilter/xt_tcpudp.c, icmp_match(), icmp6_match() (v6.18).
 * iptables: extensions/libipt_icmp.c, libip6t_icmp6.c.
 */
import { ANYWHERE, Field, type FlowTest, type MatchExtension } from '../extension.js'
import { ANY_ICMP_TYPE, ICMP_NAMES, ICMPV6_NAMES, type IcmpType, printIcmpType, readIcmpType } from '../icmp-types.js'
import { printOption } from '../print-option.js'
import { hasHeader } from '../transport.js'

interface IcmpOptions extends IcmpType {
  readonly inverted: boolean
}

const HEADER = 8

export const icmpMatch: MatchExtension<IcmpOptions> = {
  name: 'icmp',
  families: [4],
  protocol: 1,
  ...icmpExtension('icmp-type', ICMP_NAMES),
  print(of) {
    return printOption('icmp-type', of.type === ANY_ICMP_TYPE ? 'any' : printIcmpType(of), of.inverted)
  },
  decidesByFlow: true,
  flowTests(of) {
    if (of.type !== ANY_ICMP_TYPE) return typeTests(of)
    return [{ field: 'destinationPort', ranges: [{ from: [0], to: [0xffff] }], inverted: of.inverted }]
  },
  prepare(of) {
    return of.type === ANY_ICMP_TYPE ? (packet) => hasHeader(packet, HEADER) && !of.inverted : typeTest(of)
  },
}

export const icmp6Match: MatchExtension<IcmpOptions> = {
  name: 'icmp6',
  families: [6],
  protocol: 58,
  ...icmpExtension('icmpv6-type', ICMPV6_NAMES),
  print(of) {
    return printOption('icmpv6-type', printIcmpType(of), of.inverted)
  },
  decidesByFlow: true,
  flowTests: typeTests,
  prepare: typeTest,
}

type Shared = Pick<
  MatchExtension<IcmpOptions>,
  'options' | 'scope' | 'tracks' | 'placement' | 'parse' | 'reads' | 'stateBytes'
>

function icmpExtension(option: string, names: typeof ICMP_NAMES): Shared {
  return {
    options: [{ name: option, key: 'type', values: 1, invertible: true, required: true }],
    scope: 'packet',
    tracks: false,
    placement: () => ANYWHERE,
    parse(reader) {
      const use = reader.find('type')
      if (use === undefined) return { type: 0, codes: [0, 255], inverted: false }
      return { ...readIcmpType(reader, use.values[0], names), inverted: use.inverted }
    },
    reads: () => [Field.IcmpType],
    stateBytes: () => 0,
  }
}

function typeTests({ type, codes, inverted }: IcmpOptions): FlowTest[] {
  const ranges = [{ from: [(type << 8) | codes[0]], to: [(type << 8) | codes[1]] }]
  return [{ field: 'destinationPort', ranges, inverted }]
}

function typeTest({ type, codes, inverted }: IcmpOptions): ReturnType<MatchExtension<IcmpOptions>['prepare']> {
  return (packet) => {
    if (!hasHeader(packet, HEADER)) return false
    const at = packet.at + packet.transport
    const code = packet.memory.u8(at + 1)
    return (packet.memory.u8(at) === type && code >= codes[0] && code <= codes[1]) !== inverted
  }
}
