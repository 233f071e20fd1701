/**
 * TCP connections: how they begin and end, and what does not belong to them.
 */
import { tcp, tcpOptions } from '../packets.js'
import type { Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'

/** One rule for each state, so that the counters show what conntrack said. */
const STATES = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 99 -j DROP
-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED -j ACCEPT
-A INPUT -m conntrack --ctstate INVALID -j DROP
-A INPUT -m conntrack --ctstate NEW -j ACCEPT
-A OUTPUT -m conntrack --ctstate INVALID -j ACCEPT
-A OUTPUT -m conntrack --ctstate NEW,RELATED -j ACCEPT
-A OUTPUT -m conntrack --ctstate ESTABLISHED
COMMIT
`

const CLIENT = '10.0.0.9'
const BOX = '10.0.0.1'
const to = (port: number, flags: string, options = {}): Buffer => tcp(`${CLIENT}:${port} > ${BOX}:22`, flags, options)
const from = (port: number, flags: string, options = {}): Buffer => tcp(`${BOX}:22 > ${CLIENT}:${port}`, flags, options)

/** Three packets that open a connection with sequence numbers 1000 and 5000. */
const opened = (port: number): Buffer[] => [
  to(port, 'S', { seq: 1000, tcpOptions: tcpOptions([{ mss: 1460 }, 'sackok', { wscale: 7 }]) }),
  from(port, 'SA', { seq: 5000, ack: 1001, tcpOptions: tcpOptions([{ mss: 1460 }, 'sackok', { wscale: 7 }]) }),
  to(port, 'A', { seq: 1001, ack: 5001, window: 500 }),
]

export const TCP_LIFE: readonly Scenario[] = [
  {
    title: 'a connection opens, carries data both ways and closes with FINs from both sides',
    box: SERVER,
    rules: STATES,
    packets: [
      ...opened(4000),
      to(4000, 'PA', { seq: 1001, ack: 5001, data: 100, window: 500 }),
      from(4000, 'A', { seq: 5001, ack: 1101, window: 500 }),
      from(4000, 'PA', { seq: 5001, ack: 1101, data: 1400, window: 500 }),
      to(4000, 'A', { seq: 1101, ack: 6401, window: 500 }),
      from(4000, 'FA', { seq: 6401, ack: 1101, window: 500 }),
      to(4000, 'A', { seq: 1101, ack: 6402, window: 500 }),
      to(4000, 'FA', { seq: 1101, ack: 6402, window: 500 }),
      from(4000, 'A', { seq: 6402, ack: 1102, window: 500 }),
    ],
  },
  {
    title: 'each moment of a TCP connection leaves an entry in its own state',
    box: SERVER,
    rules: STATES,
    packets: [
      to(1, 'S', { seq: 1000 }),
      to(2, 'S', { seq: 1000 }),
      from(2, 'SA', { seq: 5000, ack: 1001 }),
      ...opened(3),
      ...opened(4),
      to(4, 'FA', { seq: 1001, ack: 5001 }),
      ...opened(5),
      to(5, 'FA', { seq: 1001, ack: 5001 }),
      from(5, 'A', { seq: 5001, ack: 1002 }),
      ...opened(6),
      to(6, 'FA', { seq: 1001, ack: 5001 }),
      from(6, 'A', { seq: 5001, ack: 1002 }),
      from(6, 'FA', { seq: 5001, ack: 1002 }),
      ...opened(7),
      to(7, 'FA', { seq: 1001, ack: 5001 }),
      from(7, 'FA', { seq: 5001, ack: 1002 }),
      to(7, 'A', { seq: 1002, ack: 5002 }),
    ],
  },
  {
    title: 'resets: exact, inexact, of a half-open connection, of an unknown one',
    box: SERVER,
    rules: STATES,
    packets: [
      ...opened(1),
      from(1, 'R', { seq: 5001 }),
      ...opened(2),
      from(2, 'R', { seq: 5100 }),
      to(2, 'A', { seq: 1001, ack: 5001 }),
      ...opened(3),
      from(3, 'R', { seq: 4000 }),
      to(4, 'S', { seq: 1000 }),
      from(4, 'RA', { seq: 0, ack: 1001 }),
      to(5, 'R', { seq: 77 }),
      ...opened(6),
      from(6, 'A', { seq: 5001, ack: 1001 }),
      from(6, 'RA', { seq: 5001, ack: 1001 }),
    ],
  },
  {
    title: 'data outside the window is INVALID, and the entry stays as it was',
    box: SERVER,
    rules: STATES,
    packets: [
      ...opened(1),
      to(1, 'A', { seq: 1001 + 10_000_000, ack: 5001, data: 10 }),
      to(1, 'A', { seq: 1001, ack: 9_000_000, data: 10 }),
      to(1, 'A', { seq: 1001 - 10_000_000, ack: 5001, data: 10 }),
      to(1, 'A', { seq: 1001, ack: 5001, data: 10 }),
      from(1, 'A', { seq: 5001, ack: 1011 }),
      from(1, 'A', { seq: 5001, ack: 1011 + 10_000_000 }),
    ],
  },
  {
    title: 'be_liberal lets everything but a wrong reset pass',
    box: { ...SERVER, sysctls: { 'net.netfilter.nf_conntrack_tcp_be_liberal': '1' } },
    rules: STATES,
    packets: [
      ...opened(1),
      to(1, 'A', { seq: 1001 + 10_000_000, ack: 5001, data: 10 }),
      to(1, 'A', { seq: 1001, ack: 9_000_000, data: 10 }),
      from(1, 'R', { seq: 4000 }),
      from(1, 'R', { seq: 5001 }),
    ],
  },
  {
    title: 'a capture that begins in mid-stream: picked up loosely, one side only, or from the other side',
    box: SERVER,
    rules: STATES,
    packets: [
      to(1, 'A', { seq: 1001, ack: 5001 }),
      to(1, 'PA', { seq: 1001, ack: 5001, data: 100 }),
      from(1, 'A', { seq: 5001, ack: 1101 }),
      to(1, 'A', { seq: 1101, ack: 5001 }),
      to(2, 'PA', { seq: 1001, ack: 5001, data: 10 }),
      from(3, 'PA', { seq: 5001, ack: 1001, data: 10 }),
      to(3, 'A', { seq: 1001, ack: 5011 }),
      to(4, 'SA', { seq: 1, ack: 1 }),
      to(5, 'FA', { seq: 1, ack: 1 }),
      to(6, '', { seq: 1 }),
      to(7, 'FPU', { seq: 1 }),
      to(8, 'SF', { seq: 1 }),
      to(9, 'SR', { seq: 1 }),
      to(10, 'SU', { seq: 1 }),
      to(11, 'SEC', { seq: 1 }),
    ],
  },
  {
    title: 'without loose pickup a mid-stream packet is INVALID',
    box: { ...SERVER, sysctls: { 'net.netfilter.nf_conntrack_tcp_loose': '0' } },
    rules: STATES,
    packets: [to(1, 'A', { seq: 1001, ack: 5001 }), from(2, 'A', { seq: 1, ack: 1 }), ...opened(3)],
  },
  {
    title: 'repeated SYNs, SYN/ACKs and a SYN inside an open connection',
    box: SERVER,
    rules: STATES,
    packets: [
      to(1, 'S', { seq: 1000 }),
      to(1, 'S', { seq: 1000 }),
      to(1, 'S', { seq: 1000 }),
      from(1, 'SA', { seq: 5000, ack: 1001 }),
      from(1, 'SA', { seq: 5000, ack: 1001 }),
      to(1, 'A', { seq: 1001, ack: 5001 }),
      to(1, 'S', { seq: 3000 }),
      from(1, 'A', { seq: 5001, ack: 1001 }),
      from(1, 'SA', { seq: 9000, ack: 3001 }),
      to(1, 'A', { seq: 3001, ack: 9001 }),
    ],
  },
  {
    title: 'both sides send a SYN at once',
    box: SERVER,
    rules: STATES,
    packets: [
      to(1, 'S', { seq: 1000 }),
      from(1, 'S', { seq: 5000 }),
      to(1, 'SA', { seq: 1000, ack: 5001 }),
      from(1, 'SA', { seq: 5000, ack: 1001 }),
      to(1, 'A', { seq: 1001, ack: 5001 }),
    ],
  },
  {
    title: 'a new SYN on a closed connection begins a new entry',
    box: SERVER,
    rules: STATES,
    packets: [
      ...opened(1),
      to(1, 'FA', { seq: 1001, ack: 5001 }),
      from(1, 'FA', { seq: 5001, ack: 1002 }),
      to(1, 'A', { seq: 1002, ack: 5002 }),
      to(1, 'S', { seq: 90_000 }),
      from(1, 'SA', { seq: 70_000, ack: 90_001 }),
      ...opened(2),
      from(2, 'R', { seq: 5001 }),
      to(2, 'S', { seq: 90_000 }),
    ],
  },
  {
    title: 'the same data sent again and again, a closed window, unacknowledged data',
    box: SERVER,
    rules: STATES,
    packets: [
      ...opened(1),
      ...Array.from({ length: 5 }, () => to(1, 'PA', { seq: 1001, ack: 5001, data: 50, window: 500 })),
      ...opened(2),
      to(2, 'A', { seq: 1001, ack: 5001, window: 0 }),
      ...opened(3),
      from(3, 'A', { seq: 5001, ack: 1001, data: 10, window: 500 }),
      to(3, 'A', { seq: 1001, ack: 5011, window: 500 }),
      to(3, 'A', { seq: 1001, ack: 5011, window: 500, tcpOptions: tcpOptions([{ sack: [[5050, 5080]] }]) }),
      from(3, 'A', { seq: 5011, ack: 1001, window: 500, tcpOptions: tcpOptions(['nop', 'nop', { sack: [[9, 99]] }]) }),
    ],
  },
  {
    title: 'the first packet dropped by a rule leaves no entry',
    box: SERVER,
    rules: STATES,
    packets: [
      tcp(`${CLIENT}:1 > ${BOX}:99`, 'S', { seq: 1 }),
      tcp(`${CLIENT}:1 > ${BOX}:99`, 'S', { seq: 1 }),
      tcp(`${BOX}:99 > ${CLIENT}:1`, 'SA', { seq: 1, ack: 2 }),
    ],
  },
]
