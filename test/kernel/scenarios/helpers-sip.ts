/**
 * The helper of SIP: calls with their media streams, registrations, and both behind NAT.
 */
import { udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { TcpTalk } from '../tcp-talk.js'
import { ROUTER } from './boxes.js'
import { helperRules } from './helpers.js'

const RULES = helperRules(
  '-p udp -m udp --dport 5060 -j CT --helper sip',
  '-p tcp -m tcp --dport 5060 -j CT --helper sip',
)
const MASQUERADE = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 203.0.113.2/32 -p udp -m udp --dport 5060 -j DNAT --to-destination 192.168.1.10
-A POSTROUTING -o wan0 -j MASQUERADE
COMMIT
`
const PHONE = '192.168.1.5'
const REGISTRAR = '198.51.100.7'
const OUTSIDE = '203.0.113.2'

/** Lines with their ends; Content-Length counts the body. */
function message(first: string, headers: readonly string[], body: readonly string[] = []): string {
  const text = body.map((line) => `${line}\r\n`).join('')
  const lines = [first, ...headers, ...(body.length === 0 ? [] : ['Content-Type: application/sdp'])]
  return `${lines.map((line) => `${line}\r\n`).join('')}Content-Length: ${text.length}\r\n\r\n${text}`
}

function session(address: string, ...media: readonly string[]): string[] {
  return ['v=0', `o=alice 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', ...media]
}

const audio = (port: number): string => `m=audio ${port} RTP/AVP 0`

function headers(number: number, method: string, from: string, ...more: readonly string[]): string[] {
  return [
    `Via: SIP/2.0/UDP ${from}:5060;branch=z9hG4bK;rport`,
    `From: <sip:alice@${from}>;tag=1`,
    `To: <sip:bob@${REGISTRAR}>`,
    `Call-ID: 1@${from}`,
    `CSeq: ${number} ${method}`,
    ...more,
  ]
}

function invite(number: number, body: readonly string[], from = PHONE): string {
  const contact = `Contact: <sip:alice@${from}:5060>`
  return message(`INVITE sip:bob@${REGISTRAR} SIP/2.0`, headers(number, 'INVITE', from, contact), body)
}

function answer(code: string, number: number, method: string, body: readonly string[] = [], ...more: string[]): string {
  return message(`SIP/2.0 ${code}`, headers(number, method, PHONE, ...more), body)
}

function register(number: number, contact: string, ...more: readonly string[]): string {
  return message(`REGISTER sip:${REGISTRAR} SIP/2.0`, headers(number, 'REGISTER', PHONE, contact, ...more))
}

const says = (text: string): PlacedPacket => on('lan0', udp(`${PHONE}:5060 > ${REGISTRAR}:5060`, text))
const hears = (text: string): PlacedPacket => on('wan0', udp(`${REGISTRAR}:5060 > ${PHONE}:5060`, text))
const fromOutside = (ends: string): PlacedPacket => on('wan0', udp(ends, 20))
const fromInside = (ends: string): PlacedPacket => on('lan0', udp(ends, 20))

export const SIP: readonly Scenario[] = [
  {
    title: 'sip: a call with audio and video, and its end',
    box: ROUTER,
    rules: RULES,
    packets: [
      says(invite(1, session(PHONE, audio(5004), 'm=video 5006 RTP/AVP 31', 'm=application 5008 x'))),
      hears(answer('100 Trying', 1, 'INVITE')),
      hears(answer('200 OK', 1, 'INVITE', session(REGISTRAR, audio(7004)))),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5004`),
      fromInside(`${PHONE}:5004 > ${REGISTRAR}:7004`),
      fromInside(`${PHONE}:5005 > ${REGISTRAR}:7005`),
      fromOutside(`${REGISTRAR}:7005 > ${PHONE}:5006`),
      fromOutside(`${REGISTRAR}:7005 > ${PHONE}:5008`),
      says(message(`BYE sip:bob@${REGISTRAR} SIP/2.0`, headers(2, 'BYE', PHONE))),
      fromOutside(`${REGISTRAR}:7006 > ${PHONE}:5007`),
    ],
  },
  {
    title: 'sip: calls that are refused, media elsewhere, ports that are none',
    box: ROUTER,
    rules: RULES,
    packets: [
      says(invite(1, session(PHONE, audio(5004)))),
      hears(answer('486 Busy Here', 1, 'INVITE')),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5004`),
      says(invite(2, session('192.168.1.6', audio(5014)))),
      fromOutside(`${REGISTRAR}:7004 > 192.168.1.6:5014`),
      says(invite(3, session(PHONE, audio(0), 'm=image 5025 udptl t38'))),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5025`),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5024`),
      says(invite(4, session(PHONE, audio(80)))),
      says(invite(5, session(PHONE, 'm=audio 70000 x'))),
      says(invite(6, ['v=0', 'o=a 1 1 IN IP4 x', audio(5034)])),
      says(invite(7, ['v=0', 'm=audio 5036 x', `c=IN IP4 ${PHONE}`])),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5036`),
      says(invite(8, session(PHONE, audio(5038))).replace('CSeq', 'XSeq')),
      says(invite(9, session(PHONE, audio(5040))).replaceAll('\r\n', '\n')),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5040`),
      says(message('OPTIONS sip:x SIP/2.0', [])),
      says('keep alive'),
      says(''),
      hears('SIP/2.0 xxx\r\nCSeq: 1 INVITE\r\n'),
      hears('SIP/2.0 200\r\n'),
      // The same stream again; more of them than are expected.
      says(message(`ACK sip:bob@${REGISTRAR} SIP/2.0`, headers(9, 'ACK', PHONE), session(PHONE, audio(5040)))),
      says(invite(10, session(PHONE, audio(5050), audio(5052), audio(5054)))),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5050`),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5052`),
      fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5054`),
    ],
  },
  {
    title: 'sip: registrations, and the calls that come in for them',
    box: ROUTER,
    rules: RULES,
    packets: [
      says(register(1, `Contact: <sip:alice@${PHONE}:5070>`, 'Expires: 600')),
      fromOutside(`${REGISTRAR}:6000 > ${PHONE}:5070`),
      hears(answer('200 OK', 1, 'REGISTER', [], `Contact: <sip:alice@${PHONE}:5070>;expires=600`)),
      on('wan0', udp(`${REGISTRAR}:6001 > ${PHONE}:5070`, invite(1, session(REGISTRAR, audio(7004)), REGISTRAR))),
      fromOutside(`${REGISTRAR}:6002 > ${PHONE}:5070`),
      fromOutside(`198.51.100.8:6002 > ${PHONE}:5070`),
      fromInside(`${PHONE}:5004 > ${REGISTRAR}:7004`),
      says(register(2, `m: <sip:alice@${PHONE}:5070>;expires=0`)),
      hears(answer('200 OK', 2, 'REGISTER', [], `Contact: <sip:alice@${PHONE}:5070>;expires=0`)),
      fromOutside(`${REGISTRAR}:6003 > ${PHONE}:5070`),
      says(register(3, `Contact: <sip:alice@${PHONE}:5071>;transport=tcp`, 'Expires: 600')),
      says(register(4, `Contact: <sip:alice@192.168.1.6:5071>`, 'Expires: 600')),
      says(register(5, `Contact: <sip:alice@${PHONE}:80>`, 'Expires: 600')),
      says(register(6, `Contact: <sip:alice@${PHONE}:5072>;expires=x`, 'Expires: 600')),
      says(register(7, `Contact: "a" <sip:b@host>, <sip:alice@${PHONE}:5073>`, 'Expires: 600')),
      hears(answer('401 No', 7, 'REGISTER')),
      fromOutside(`${REGISTRAR}:6003 > ${PHONE}:5073`),
      says(register(8, 'Contact: *', 'Expires: 0')),
      says(register(9, `Contact:\r\n  <sip:alice@${PHONE}>`, 'Expires: 600')),
      hears(
        answer('200 OK', 9, 'REGISTER', [], `Contact: <sip:x@198.51.100.9>,\r\n <sip:alice@${PHONE}>;expires=0x10`),
      ),
      fromOutside(`${REGISTRAR}:6004 > ${PHONE}:5060`),
      says(register(10, `Contact: <sip:alice@${PHONE}:0>`, 'Expires: 600')),
      says(register(11, `Contact: <sip:alice@${PHONE}:65536>`, 'Expires: 600')),
      says(register(12, `Contact: <sip:alice@${PHONE}:1>`, 'Expires: 600')),
      says(register(13, `Contact: <sip:alice@${PHONE}:>`, 'Expires: 600')),
      says(register(14, `Contact: <sip:alice@${PHONE}:005075>`, 'Expires: 600')),
      hears(answer('200 OK', 14, 'REGISTER', [], `Contact: <sip:alice@${PHONE}:5075>`, 'Expires: 60')),
      fromOutside(`${REGISTRAR}:6005 > ${PHONE}:5075`),
      says(register(15, `Contact: <sip:alice@${PHONE}:5076>;expires=4294967296`, 'Expires: 600')),
      hears(answer('200 OK', 15, 'REGISTER', [], `Contact: <sip:alice@${PHONE}:5076>;expires=70`)),
      fromOutside(`${REGISTRAR}:6006 > ${PHONE}:5076`),
    ],
  },
  {
    title: 'sip: over TCP, several messages in one segment and one in two',
    box: ROUTER,
    rules: RULES,
    packets: ((): PlacedPacket[] => {
      const sip = new TcpTalk(`${PHONE}:4000 > ${REGISTRAR}:5060`, `${REGISTRAR}:5060 > ${PHONE}:4000`, 'lan0', 'wan0')
      const first = invite(1, session(PHONE, audio(5004)))
      const second = message(`ACK sip:bob@${REGISTRAR} SIP/2.0`, headers(1, 'ACK', PHONE), session(PHONE, audio(5014)))
      const third = invite(2, session(PHONE, audio(5024)))
      return [
        ...sip.open(),
        sip.say('client', first + second),
        fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5004`),
        fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5014`),
        sip.say('client', third.slice(0, 300)),
        sip.say('client', third.slice(300)),
        fromOutside(`${REGISTRAR}:7004 > ${PHONE}:5024`),
      ]
    })(),
  },
  {
    title: 'sip: over IPv6',
    box: ROUTER,
    rules6: RULES,
    packets: ((): PlacedPacket[] => {
      const [phone, registrar] = ['[2001:db8:1::5]', '[2001:db8:9::7]']
      const plain = phone.slice(1, -1)
      const body = ['v=0', `o=a 1 1 IN IP6 ${plain}`, `c=IN IP6 ${plain}`, audio(5004)]
      return [
        on('lan0', udp(`${phone}:5060 > ${registrar}:5060`, message('INVITE sip:x SIP/2.0', ['CSeq: 1 INVITE'], body))),
        on('wan0', udp(`${registrar}:7004 > ${phone}:5004`, 20)),
        on(
          'lan0',
          udp(
            `${phone}:5060 > ${registrar}:5060`,
            message('REGISTER sip:x SIP/2.0', ['CSeq: 2 REGISTER', `Contact: <sip:a@${phone}:5070>;expires=60`]),
          ),
        ),
        on(
          'wan0',
          udp(
            `${registrar}:5060 > ${phone}:5060`,
            message('SIP/2.0 200 OK', ['CSeq: 2 REGISTER', `Contact: <sip:a@${phone}:5070>;expires=60`]),
          ),
        ),
        on('wan0', udp(`${registrar}:5061 > ${phone}:5070`, 20)),
      ]
    })(),
  },
  {
    title: 'sip: a masqueraded phone calls',
    box: ROUTER,
    rules: RULES + MASQUERADE,
    packets: [
      says(invite(1, session(PHONE, audio(5004), 'm=video 5006 RTP/AVP 31', `c=IN IP4 ${PHONE}`))),
      on(
        'wan0',
        udp(
          `${REGISTRAR}:5060 > ${OUTSIDE}:5060`,
          answer('200 OK', 1, 'INVITE', session(REGISTRAR, audio(7004))).replaceAll(PHONE, OUTSIDE),
        ),
      ),
      fromOutside(`${REGISTRAR}:7004 > ${OUTSIDE}:5004`),
      fromInside(`${PHONE}:5004 > ${REGISTRAR}:7004`),
      fromInside(`${PHONE}:5005 > ${REGISTRAR}:7005`),
      says(message(`BYE sip:bob@${REGISTRAR} SIP/2.0`, headers(2, 'BYE', PHONE))),
    ],
  },
  {
    title: 'sip: a masqueraded phone registers, and is called',
    box: ROUTER,
    rules: RULES + MASQUERADE,
    packets: [
      says(register(1, `Contact: <sip:alice@${PHONE}:5060>;expires=600`)),
      on(
        'wan0',
        udp(
          `${REGISTRAR}:5060 > ${OUTSIDE}:5060`,
          answer('200 OK', 1, 'REGISTER', [], `Contact: <sip:alice@${PHONE}:5060>;expires=600`)
            .replaceAll(PHONE, OUTSIDE)
            .replace(';rport', `;received=${OUTSIDE};rport=5060`),
        ),
      ),
      on(
        'wan0',
        udp(
          `${REGISTRAR}:6001 > ${OUTSIDE}:5060`,
          invite(1, session(REGISTRAR, audio(7004)), REGISTRAR).replaceAll('sip:bob', `sip:alice@${OUTSIDE}:5060;x=`),
        ),
      ),
      on('lan0', udp(`${PHONE}:5060 > ${REGISTRAR}:6001`, answer('200 OK', 1, 'INVITE', session(PHONE, audio(5004))))),
      fromOutside(`${REGISTRAR}:7004 > ${OUTSIDE}:5004`),
    ],
  },
]
