/**
 * Rate limits on REJECT's ICMP errors: six at once to one destination, then one for each interval; resets and what
 * goes by loopback are free.
 */
import { tcp, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const RULES = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A OUTPUT -d 192.168.1.9/32 -p icmp
-A OUTPUT -p icmp
-A OUTPUT -p tcp
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -j REJECT --reject-with icmp-port-unreachable
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A FORWARD -p udp -j REJECT --reject-with icmp-admin-prohibited
-A OUTPUT -p udp -j REJECT --reject-with icmp-net-prohibited
COMMIT
`

const RULES6 = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A OUTPUT -d 2001:db8::9/128 -p ipv6-icmp
-A OUTPUT -p ipv6-icmp
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -j REJECT --reject-with icmp6-port-unreachable
-A OUTPUT -p udp -j REJECT --reject-with icmp6-adm-prohibited
COMMIT
`

/** `count` datagrams, the first so many milliseconds after what came before. */
function burst(ends: string, count: number, afterMs = 0): PlacedPacket[] {
  return Array.from({ length: count }, (_, index) => ({
    bytes: udp(ends, 10 + index),
    ...(index === 0 ? { afterMs } : {}),
  }))
}

export const ICMP_LIMITS: readonly Scenario[] = [
  {
    title: 'one destination gets six ICMP errors at once, then one for each interval; others have their own',
    box: SERVER,
    rules: RULES,
    sysctls: ['net.ipv4.icmp_ratelimit=200', 'net.ipv4.icmp_ratemask=6168'],
    realTime: true,
    packets: [
      ...burst('10.0.0.9:5 > 10.0.0.1:9', 9),
      ...burst('10.0.0.8:5 > 10.0.0.1:9', 8),
      ...burst('10.0.0.9:5 > 10.0.0.1:9', 3, 300),
      ...burst('10.0.0.9:5 > 10.0.0.1:9', 3, 200),
      ...burst('10.0.0.8:5 > 10.0.0.1:9', 3, 30),
      ...Array.from({ length: 9 }, (_, index) => tcp(`10.0.0.9:${index + 1} > 10.0.0.1:9`, 'S')),
      // To itself: the answers go by loopback.
      ...burst('10.0.0.1:5 > 10.0.0.9:9', 9),
    ],
  },
  {
    title: 'answers to what is forwarded and to what is received come from one bucket',
    box: ROUTER,
    rules: RULES,
    sysctls: ['net.ipv4.icmp_ratelimit=1000'],
    packets: [
      ...burst('192.168.1.9:5 > 192.168.1.1:9', 4).map(({ bytes }) => on('lan0', bytes)),
      ...burst('192.168.1.9:5 > 8.8.8.8:53', 4).map(({ bytes }) => on('lan0', bytes)),
      ...burst('8.8.8.8:5 > 203.0.113.2:53', 8).map(({ bytes }) => on('wan0', bytes)),
    ],
  },
  {
    title: 'ICMPv6 errors are limited alike, whatever prefix the route has',
    box: SERVER,
    rules6: RULES6,
    sysctls: ['net.ipv6.icmp.ratelimit=200', 'net.ipv6.icmp.ratemask=0-1,3-127'],
    realTime: true,
    packets: [
      ...burst('[2001:db8::9]:5 > [2001:db8::1]:9', 9),
      ...burst('[2001:4860::8]:5 > [2001:db8::1]:9', 9),
      ...burst('[2001:db8::9]:5 > [2001:db8::1]:9', 3, 300),
      ...burst('[2001:4860::8]:5 > [2001:db8::1]:9', 3, 0),
      ...burst('[2001:db8::1]:5 > [2001:db8::9]:9', 9),
    ],
  },
  {
    title: 'a mask without unreachable errors limits none of them',
    box: SERVER,
    rules: RULES,
    rules6: RULES6,
    sysctls: [
      'net.ipv4.icmp_ratelimit=1000',
      'net.ipv4.icmp_ratemask=6160',
      'net.ipv6.icmp.ratelimit=1000',
      'net.ipv6.icmp.ratemask=3-127',
    ],
    packets: [...burst('10.0.0.9:5 > 10.0.0.1:9', 9), ...burst('[2001:db8::9]:5 > [2001:db8::1]:9', 9)],
  },
]
