/**
 * Fragments: put together where connections are tracked, seen one by one where they are not.
 */
import { fragmentsOf, tcp, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const COUNTING = (tracked: boolean): string => `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -f
-A PREROUTING ! -f
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -f
-A INPUT -p udp -m udp --dport 53${tracked ? ' -m conntrack --ctstate NEW' : ''}
-A INPUT -p udp -m length --length 500:65535
-A FORWARD -f
-A FORWARD -p udp -m udp --dport 53
-A FORWARD -p udp -m length --length 500:65535
-A OUTPUT -f
-A OUTPUT -p udp -m udp --sport 53
COMMIT
`

const big = (ends: string): Buffer => udp(ends, 1000)
const whole = (ends: string, id: number, size = 400): Buffer[] => fragmentsOf(big(ends), size, id)
const last = <Item>(items: readonly Item[]): Item => items[items.length - 1]

const MIXED = [
  ...whole('10.0.0.9:1 > 10.0.0.1:53', 1),
  ...whole('10.0.0.9:2 > 10.0.0.1:53', 2).reverse(),
  whole('10.0.0.9:3 > 10.0.0.1:53', 3)[0],
  whole('10.0.0.9:4 > 10.0.0.1:53', 4)[0],
  whole('10.0.0.9:3 > 10.0.0.1:53', 3)[1],
  last(whole('10.0.0.9:4 > 10.0.0.1:53', 4)),
  whole('10.0.0.9:4 > 10.0.0.1:53', 4)[1],
  // The same fragment twice, then the rest.
  whole('10.0.0.9:5 > 10.0.0.1:53', 5)[0],
  whole('10.0.0.9:5 > 10.0.0.1:53', 5)[0],
  ...whole('10.0.0.9:5 > 10.0.0.1:53', 5).slice(1),
  // Fragments that overlap.
  whole('10.0.0.9:6 > 10.0.0.1:53', 6)[0],
  whole('10.0.0.9:6 > 10.0.0.1:53', 6, 320)[1],
  last(whole('10.0.0.9:6 > 10.0.0.1:53', 6)),
  ...fragmentsOf(tcp('10.0.0.9:7 > 10.0.0.1:80', 'S', { data: 100 }), 8, 7),
]

export const FRAGMENTS: readonly Scenario[] = [
  {
    title: 'fragments reach the rules as one datagram when connections are tracked',
    box: SERVER,
    rules: COUNTING(true),
    packets: MIXED,
  },
  {
    title: 'without tracking, rules see each fragment until local delivery',
    box: SERVER,
    rules: COUNTING(false),
    packets: MIXED,
  },
  {
    title: 'the box sends fragments itself',
    box: SERVER,
    rules: COUNTING(true),
    packets: [...whole('10.0.0.1:53 > 10.0.0.9:1', 1), whole('10.0.0.1:53 > 10.0.0.9:2', 2)[0]],
  },
  {
    title: 'forwarded fragments are counted once when tracked',
    box: ROUTER,
    rules: COUNTING(true),
    packets: [
      ...whole('192.168.1.5:1 > 198.51.100.7:53', 1).map((packet) => on('lan0', packet)),
      ...whole('198.51.100.7:53 > 192.168.1.5:1', 2).map((packet) => on('wan0', packet)),
    ],
  },
  {
    title: 'forwarded fragments are counted one by one when not tracked',
    box: ROUTER,
    rules: COUNTING(false),
    packets: whole('192.168.1.5:1 > 198.51.100.7:53', 1).map((packet) => on('lan0', packet)),
  },
]
