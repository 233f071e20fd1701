/**
 * Packets of the box itself that change their way, come back to it, or are answered: what rules see of them then.
 */
import { echo, icmpError, tcp, udp } from '../packets.js'
import { on, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const TABLES: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}

/** A table with empty policies and these rules. */
function table(name: string, ...rules: readonly string[]): string {
  const chains = TABLES[name].map((chain) => `:${chain} ACCEPT [0:0]\n`).join('')
  return `*${name}\n${chains}${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n`
}

const STATES = ['INVALID', 'UNTRACKED', 'RELATED'].map((state) => `OUTPUT -m conntrack --ctstate ${state}`)
/** A SYN without options. */
const BARE_SYN = tcp('10.0.0.1:53 > 10.0.0.255:443', 'S', { seq: 1 })

export const OWN_PACKETS: readonly Scenario[] = [
  {
    title: 'an answer to what is untracked is tracked, whatever the table raw says',
    box: SERVER,
    rules:
      table('raw', 'OUTPUT -j CT --notrack', 'PREROUTING -j NOTRACK') +
      table('filter', ...STATES, 'OUTPUT -p tcp -j REJECT --reject-with tcp-reset', 'OUTPUT -p udp -j REJECT'),
    rules6:
      table('raw', 'OUTPUT -p ipv6-icmp -j CT --notrack') +
      table('filter', ...STATES, 'OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type echo-request -j REJECT'),
    packets: [
      udp('10.0.0.1:5 > 10.0.0.9:53', 20),
      udp('10.0.0.1:5 > 10.0.0.1:53', 20),
      tcp('10.0.0.1:5 > 10.0.0.9:80', 'S', { seq: 1 }),
      echo('2001:db8::1 > 2001:db8::9', 'request', 1, 1),
      echo('2001:db8::1 > 2001:db8::1', 'request', 1, 1),
    ],
  },
  {
    title: 'the copy of an own broadcast is made longer by itself',
    edges: ['TCPMSS'],
    box: SERVER,
    rules: table(
      'mangle',
      'POSTROUTING -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
      'POSTROUTING -m length --length 44',
      'PREROUTING -m length --length 44',
    ),
    packets: [BARE_SYN, tcp('10.0.0.1:54 > 10.0.0.9:443', 'S', { seq: 1 }), BARE_SYN],
  },
  {
    title: 'a mark, or a drop, is that of the broadcast or of its copy',
    box: SERVER,
    rules:
      table(
        'mangle',
        'POSTROUTING -m statistic --mode nth --every 3 --packet 2 -j MARK --set-mark 0x3',
        'POSTROUTING -m statistic --mode nth --every 5 --packet 3 -j DROP',
        'INPUT -m mark --mark 0x3',
      ) + table('filter', 'INPUT -m conntrack --ctstate NEW'),
    packets: [1, 2, 3, 4, 5, 6, 7, 8].map((port) => udp(`10.0.0.1:${port} > 10.0.0.255:53`, 20)),
  },
  {
    title: 'a broadcast that NAT turns to one host is answered',
    box: SERVER,
    rules:
      table('nat', 'OUTPUT -j DNAT --to-destination 10.0.0.9') +
      table('filter', 'OUTPUT -p tcp -j REJECT --reject-with tcp-reset', 'OUTPUT -p udp -j REJECT'),
    packets: [
      tcp('10.0.0.1:5 > 10.0.0.255:80', 'S', { seq: 1 }),
      udp('10.0.0.1:5 > 10.0.0.255:53', 20),
      udp('10.0.0.1:6 > 224.0.0.9:53', 20),
    ],
  },
  {
    title: 'what NAT gives a multicast source does not come back',
    box: SERVER,
    rules6:
      table('nat', 'OUTPUT -d ff02::1 -j DNAT --to-destination 2001:db8::1') +
      table('mangle', 'PREROUTING -i lo') +
      table('filter', 'INPUT -j REJECT --reject-with icmp6-no-route'),
    packets: [
      echo('2001:db8::1 > ff02::1', 'request', 3, 1),
      udp('[2001:db8::1]:5 > [ff02::1]:53', 20),
      udp('[2001:db8::1]:6 > [2001:db8::1]:53', 20),
    ],
  },
  {
    title: 'an answer to a link-local address that is routed again stays on its device',
    box: SERVER,
    rules6:
      table('mangle', 'OUTPUT -p ipv6-icmp -j MARK --set-xmark 0x1/0xffffffff') +
      table('filter', 'OUTPUT', 'OUTPUT -p udp -j REJECT', 'OUTPUT -p tcp -j REJECT --reject-with tcp-reset'),
    packets: [
      udp('[fe80::1]:1024 > [fe80::9]:5000', 100),
      tcp('[fe80::1]:1024 > [fe80::9]:5000', 'S', { seq: 1 }),
      udp('[2001:db8::1]:1024 > [2001:db8::9]:5000', 100),
    ],
  },
  {
    title: 'a prefix that the translation was not made for breaks the checksum',
    edges: ['DNPT'],
    box: SERVER,
    rules6:
      table('mangle', 'OUTPUT -j DNPT --src-pfx 2001:db8:77::/64 --dst-pfx 2001:db8::/64') +
      table('filter', 'OUTPUT -j REJECT'),
    packets: [
      udp('[2001:db8::1]:1024 > [2001:db8:55::9]:5000', 100),
      udp('[2001:db8::1]:1024 > [2001:db8:77::9]:5000', 100),
      echo('2001:db8::1 > 2001:db8:55::9', 'request', 1, 1),
      echo('2001:db8::1 > 2001:db8:77::9', 'request', 1, 1),
    ],
  },
  {
    title: 'prefixes are translated inside of ICMP errors, too',
    edges: ['SNPT', 'DNPT'],
    box: ROUTER,
    rules6: table(
      'mangle',
      'PREROUTING -i wan0 -j DNPT --src-pfx 2001:db8:5::/48 --dst-pfx 2001:db8:1::/48',
      'POSTROUTING -o wan0 -j SNPT --src-pfx 2001:db8:1::/48 --dst-pfx 2001:db8:5::/48',
    ),
    packets: [
      on(
        'wan0',
        icmpError('2001:db8:9::1 > 2001:db8:5:4::5', 1, 4, udp('[2001:db8:5:4::5]:4000 > [2001:db8:9::1]:99', 30)),
      ),
      on(
        'wan0',
        icmpError('2001:db8:9::1 > 2001:db8:5:4::5', 1, 4, udp('[2001:db8:6:4::5]:4000 > [2001:db8:9::1]:99', 30)),
      ),
      on(
        'lan0',
        icmpError('2001:db8:1::5 > 2001:db8:9::1', 1, 4, udp('[2001:db8:9::1]:99 > [2001:db8:1::5]:4000', 30)),
      ),
    ],
  },
  {
    title: 'a RST that is routed again has the device of the socket that it answers, an ICMP error has none',
    box: SERVER,
    rules6:
      table('mangle', 'OUTPUT -p tcp -m tcp --tcp-flags RST RST -j MARK --set-xmark 0x1/0xffffffff') +
      table('filter', 'INPUT', 'OUTPUT', 'OUTPUT -p udp -j REJECT', 'OUTPUT -p tcp -j REJECT --reject-with tcp-reset'),
    packets: [
      tcp('[fe80::1]:1024 > [fe80::9]:5000', 'S', { seq: 1 }),
      tcp('[fe80::1]:1025 > [fe80::9]:5000', 'A', { seq: 1, ack: 1 }),
      tcp('[2001:db8::1]:1024 > [2001:db8::9]:5000', 'S', { seq: 1 }),
      udp('[fe80::1]:1024 > [fe80::9]:5000', 100),
      udp('[2001:db8::1]:1024 > [fe80::1]:5000', 100),
    ],
  },
]
