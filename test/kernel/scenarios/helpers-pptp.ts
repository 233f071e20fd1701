/**
 * The helper of PPTP: control connections that agree on GRE calls, without and behind NAT.
 */
import { other } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { TcpTalk } from '../tcp-talk.js'
import { ROUTER } from './boxes.js'
import { helperRules } from './helpers.js'

const GRE = 47
const RULES = helperRules('-p tcp -m tcp --dport 1723 -j CT --helper pptp')
const MASQUERADE = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 203.0.113.2/32 -p tcp -m tcp --dport 1723 -j DNAT --to-destination 192.168.1.10
-A POSTROUTING -o wan0 -j MASQUERADE
COMMIT
`

function half(value: number): string {
  return String.fromCharCode(value >> 8, value & 255)
}

/** A control message: its type, and what follows the header, padded to `bytes`. */
function message(type: number, body: string, bytes: number): string {
  const padded = body.padEnd(bytes, '\0')
  return `${half(12 + padded.length)}\0\u0001\u001a\u002b\u003c\u004d${half(type)}\0\0${padded}`
}

const startRequest = message(1, '\u0001\0', 144)
const startReply = message(2, '\u0001\0\u0001\0', 144)
const stopRequest = message(3, '\u0001', 4)
const stopReply = message(4, '\u0001', 4)
const callRequest = (id: number): string => message(7, half(id), 156)
const callReply = (id: number, peer: number, result = 1): string =>
  message(8, half(id) + half(peer) + String.fromCharCode(result), 20)
const incomingRequest = (id: number): string => message(9, half(id), 208)
const incomingReply = (id: number, peer: number): string => message(10, `${half(id)}${half(peer)}\u0001`, 12)
const incomingConnect = (peer: number): string => message(11, half(peer), 16)
const clearRequest = (id: number): string => message(12, half(id), 4)
const disconnect = (id: number): string => message(13, half(id), 136)

/** A packet of a call: version 1, with the receiver's id. */
function gre(from: 'lan0' | 'wan0', ends: string, receiver: number, payload = 'data'): PlacedPacket {
  const header = Buffer.from([0x30, 0x01, 0x88, 0x0b, 0, payload.length, receiver >> 8, receiver & 255, 0, 0, 0, 1])
  return on(from, other(ends, GRE, Buffer.concat([header, Buffer.from(payload)])))
}

function opened(control: TcpTalk): PlacedPacket[] {
  return [...control.open(), control.say('client', startRequest), control.say('server', startReply)]
}

function plainTalk(): TcpTalk {
  return new TcpTalk('192.168.1.5:4000 > 198.51.100.7:1723', '198.51.100.7:1723 > 192.168.1.5:4000', 'lan0', 'wan0')
}

const [there, back] = ['192.168.1.5 > 198.51.100.7', '198.51.100.7 > 192.168.1.5']

function pptpScenario(title: string, packets: (control: TcpTalk) => readonly PlacedPacket[]): Scenario {
  const control = plainTalk()
  return { title: `pptp: ${title}`, box: ROUTER, rules: RULES, packets: [...opened(control), ...packets(control)] }
}

export const PPTP: readonly Scenario[] = [
  pptpScenario('a call that the client makes, and its end', (control) => [
    gre('lan0', there, 77),
    control.say('client', callRequest(55)),
    control.say('server', callReply(66, 55)),
    gre('lan0', there, 66),
    gre('wan0', back, 55),
    gre('lan0', there, 66),
    gre('lan0', there, 67),
    control.say('client', clearRequest(55)),
    control.say('server', disconnect(66)),
    gre('lan0', there, 66),
    gre('wan0', back, 55),
  ]),
  pptpScenario('the server’s packet comes first; the client hangs up without a word', (control) => [
    control.say('client', callRequest(55)),
    control.say('server', callReply(66, 55)),
    control.repeat('server', callReply(66, 55)),
    gre('wan0', back, 55),
    gre('lan0', there, 66),
    gre('wan0', '198.51.100.8 > 192.168.1.5', 55),
    control.reset(),
    gre('lan0', there, 66),
  ]),
  pptpScenario('a call that the server announces', (control) => [
    control.say('server', incomingRequest(66)),
    control.say('client', incomingReply(55, 66)),
    control.say('server', incomingConnect(55)),
    gre('wan0', back, 55),
    gre('lan0', there, 66),
  ]),
  pptpScenario('replies that fit nothing, are refused, or too short', (control) => [
    control.say('server', callReply(66, 55)),
    control.say('client', callRequest(55)),
    control.say('server', callReply(66, 56)),
    control.say('server', callReply(66, 55, 2)),
    gre('lan0', there, 66),
    control.say('client', callRequest(57)),
    control.say('server', callReply(68, 57).slice(0, 30)),
    gre('lan0', there, 68),
    control.say('server', 'x'.repeat(40)),
    control.say('client', stopRequest),
    control.say('server', stopReply),
    control.say('client', callRequest(58)),
    control.say('server', callReply(69, 58)),
    gre('lan0', there, 69),
  ]),
  {
    title: 'pptp: a masqueraded client',
    box: ROUTER,
    rules: RULES + MASQUERADE,
    packets: ((): PlacedPacket[] => {
      const ends = ['192.168.1.5:4000 > 198.51.100.7:1723', '198.51.100.7:1723 > 203.0.113.2:4000'] as const
      const control = new TcpTalk(ends[0], ends[1], 'lan0', 'wan0')
      return [
        ...opened(control),
        control.say('client', callRequest(55)),
        control.say('server', callReply(66, 4000)),
        gre('lan0', there, 66),
        gre('wan0', '198.51.100.7 > 203.0.113.2', 4000),
        gre('lan0', there, 66),
        control.say('client', clearRequest(55)),
        control.say('server', disconnect(66)),
        gre('lan0', there, 66),
      ]
    })(),
  },
  {
    title: 'pptp: a masqueraded client to whom the server sends first',
    box: ROUTER,
    rules: RULES + MASQUERADE,
    packets: ((): PlacedPacket[] => {
      const ends = ['192.168.1.5:4000 > 198.51.100.7:1723', '198.51.100.7:1723 > 203.0.113.2:4000'] as const
      const control = new TcpTalk(ends[0], ends[1], 'lan0', 'wan0')
      return [
        ...opened(control),
        control.say('client', callRequest(55)),
        control.say('server', callReply(66, 4000)),
        gre('wan0', '198.51.100.7 > 203.0.113.2', 4000),
        gre('lan0', there, 66),
        gre('wan0', '198.51.100.7 > 203.0.113.2', 4000),
      ]
    })(),
  },
  {
    title: 'pptp: a server behind a port forward',
    box: ROUTER,
    rules: RULES + MASQUERADE,
    packets: ((): PlacedPacket[] => {
      const ends = ['198.51.100.7:4000 > 203.0.113.2:1723', '192.168.1.10:1723 > 198.51.100.7:4000'] as const
      const control = new TcpTalk(ends[0], ends[1], 'wan0', 'lan0')
      return [
        ...opened(control),
        control.say('client', callRequest(55)),
        control.say('server', callReply(66, 4000)),
        gre('wan0', '198.51.100.7 > 203.0.113.2', 66),
        gre('lan0', '192.168.1.10 > 198.51.100.7', 4000),
        gre('wan0', '198.51.100.7 > 203.0.113.2', 66),
      ]
    })(),
  },
]
