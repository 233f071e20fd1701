/**
 * How rules are walked: user chains, goto, RETURN, policies, rules without a target, marks, NOTRACK.
 */
import { icmpError, tcp, udp } from '../packets.js'
import type { Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'

const PORTS = [1, 2, 3, 4, 5, 6, 7, 8].map((port) => udp(`10.0.0.9:100 > 10.0.0.1:${port}`, port))

const asked = udp('10.0.0.9:100 > 10.0.0.1:53', 9)

export const CHAINS: readonly Scenario[] = [
  {
    title: 'jumps, gotos and returns, out of a base chain and out of each other',
    box: SERVER,
    rules: `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:deep - [0:0]
:empty - [0:0]
:gone - [0:0]
:hop - [0:0]
:side - [0:0]
-A INPUT -j empty
-A INPUT -p udp -m udp --dport 1 -j RETURN
-A INPUT -p udp -m udp --dport 2:4 -j hop
-A INPUT -p udp -m udp --dport 5 -g side
-A INPUT -p udp -m udp --dport 6 -g gone
-A INPUT -p udp
-A INPUT -p udp -m udp --dport 7 -j ACCEPT
-A deep -p udp -m udp --dport 3 -g side
-A deep -p udp -m udp --dport 4 -j RETURN
-A deep -j side
-A gone -j gone2
-A hop -p udp -m udp --dport 2 -j RETURN
-A hop -j deep
-A hop -p udp -m udp --dport 4 -j ACCEPT
-A side -p udp -m udp --dport 5 -j RETURN
-A side
COMMIT
`.replace(':hop', ':gone2 - [0:0]\n:hop'),
    packets: PORTS,
  },
  {
    title: 'tables and hooks in order, ACCEPT ends only its table',
    box: SERVER,
    rules: `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 1 -j DROP
-A PREROUTING -p udp -m udp --dport 2 -j ACCEPT
-A PREROUTING
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 3 -j DROP
-A INPUT -p udp -m udp --dport 4 -j DROP
-A INPUT -p udp -m udp ! --dport 8 -j ACCEPT
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT DROP [0:0]
-A INPUT -p udp -m udp --dport 5 -j DROP
-A OUTPUT -p udp -m udp --sport 9 -j ACCEPT
COMMIT
*security
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 6 -j ACCEPT
COMMIT
`,
    packets: [...PORTS, udp('10.0.0.1:9 > 10.0.0.9:1', 1), udp('10.0.0.1:8 > 10.0.0.9:1', 1)],
  },
  {
    title: 'marks on packets and connections, set, combined, saved, restored and tested',
    box: SERVER,
    rules: `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff
-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT
-A PREROUTING -p udp -m udp --dport 1:4 -j MARK --set-xmark 0x12/0xff
-A PREROUTING -p udp -m udp --dport 2 -j MARK --set-xmark 0x100/0x0
-A PREROUTING -p udp -m udp --dport 3 -j MARK --set-xmark 0x0/0x2
-A PREROUTING -m mark --mark 0x12/0xff -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff
-A INPUT -m connmark --mark 0x12/0xff -j CONNMARK --set-xmark 0x1000/0xf000
-A OUTPUT -m connmark ! --mark 0x0 -j MARK --set-xmark 0x7/0xffffffff
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m mark --mark 0x12
-A INPUT -m mark --mark 0x112
-A INPUT -m mark --mark 0x10
-A INPUT -m connmark --mark 0x1012
-A OUTPUT -m mark --mark 0x7
COMMIT
`,
    packets: [
      ...PORTS,
      ...PORTS.slice(0, 3),
      ...[1, 2, 3, 4, 5].map((port) => udp(`10.0.0.1:${port} > 10.0.0.9:100`, port)),
    ],
  },
  {
    title: 'NOTRACK on the way in only, on both ways, and errors about untracked packets',
    box: SERVER,
    rules: `*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 53 -j CT --notrack
-A OUTPUT -p udp -m udp --sport 53 -j CT --notrack
-A PREROUTING -p tcp -m tcp --dport 80 -j CT --notrack
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate UNTRACKED
-A INPUT -m conntrack --ctstate INVALID
-A INPUT -m conntrack --ctstate NEW
-A OUTPUT -m conntrack --ctstate UNTRACKED
-A OUTPUT -m conntrack --ctstate INVALID
-A OUTPUT -m conntrack --ctstate NEW
COMMIT
`,
    packets: [
      asked,
      udp('10.0.0.1:53 > 10.0.0.9:100', 30),
      icmpError('10.0.0.9 > 10.0.0.1', 3, 3, udp('10.0.0.1:53 > 10.0.0.9:100', 30)),
      tcp('10.0.0.9:1 > 10.0.0.1:80', 'S', { seq: 1 }),
      tcp('10.0.0.1:80 > 10.0.0.9:1', 'SA', { seq: 1, ack: 2 }),
      tcp('10.0.0.9:1 > 10.0.0.1:80', 'A', { seq: 2, ack: 2 }),
      tcp('10.0.0.1:80 > 10.0.0.9:1', 'PA', { seq: 2, ack: 2, data: 10 }),
      tcp('10.0.0.1:53 > 10.0.0.1:53', 'S', { seq: 2, ack: 2, data: 10 }),
      udp('10.0.0.1:53 > 10.0.0.1:54', 3),
    ],
  },
]
