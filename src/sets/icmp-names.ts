/**
 * The names that `ipset save` prints for types of ICMP and ICMPv6 messages: 256 * type + code of each.
 * ipset: icmp_typecodes in lib/icmp.c, icmpv6_typecodes in lib/icmpv6.c (7.17).
 */

const ICMP = 1
const ICMPV6 = 58

const NAMES: Readonly<Record<number, ReadonlyMap<string, number>>> = {
  [ICMP]: numbered([
    [0, ['echo-reply']],
    [
      3,
      [
        'network-unreachable',
        'host-unreachable',
        'protocol-unreachable',
        'port-unreachable',
        'fragmentation-needed',
        'source-route-failed',
        'network-unknown',
        'host-unknown',
        null,
        'network-prohibited',
        'host-prohibited',
        'TOS-network-unreachable',
        'TOS-host-unreachable',
        'communication-prohibited',
        'host-precedence-violation',
        'precedence-cutoff',
      ],
    ],
    [4, ['source-quench']],
    [5, ['network-redirect', 'host-redirect', 'TOS-network-redirect', 'TOS-host-redirect']],
    [8, ['echo-request']],
    [9, ['router-advertisement']],
    [10, ['router-solicitation']],
    [11, ['ttl-zero-during-transit', 'ttl-zero-during-reassembly']],
    [12, ['ip-header-bad', 'required-option-missing']],
    [13, ['timestamp-request']],
    [14, ['timestamp-reply']],
    [17, ['address-mask-request']],
    [18, ['address-mask-reply']],
  ]),
  [ICMPV6]: numbered([
    [1, ['no-route', 'communication-prohibited', null, 'address-unreachable', 'port-unreachable']],
    [2, ['packet-too-big']],
    [3, ['ttl-zero-during-transit', 'ttl-zero-during-reassembly']],
    [4, ['bad-header', 'unknown-header-type', 'unknown-option']],
    [128, ['echo-request']],
    [129, ['echo-reply']],
    [133, ['router-solicitation']],
    [134, ['router-advertisement']],
    [135, ['neighbour-solicitation']],
    [136, ['neighbour-advertisement']],
    [137, ['redirect']],
  ]),
}

/** 256 * type + code of a message that ipset names so; null when it names none. */
export function namedIcmp(protocol: number, name: string): number | null {
  return NAMES[protocol]?.get(name) ?? null
}

/** Of each type, the names of its codes from 0 on. */
function numbered(types: readonly (readonly [number, readonly (string | null)[]])[]): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const [type, names] of types) {
    names.forEach((name, code) => {
      if (name !== null) numbers.set(name, type * 256 + code)
    })
  }
  return numbers
}
