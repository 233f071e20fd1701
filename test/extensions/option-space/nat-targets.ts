/**
 * The options of the targets of the table nat, and of those that translate prefixes.
 */
import { everywhere, FLAG, type OptionSpace, target, words } from './space.js'

const NAT4 =
  words(`10.0.0.1 10.0.0.1-10.0.0.9 10.0.0.9-10.0.0.1 10.0.0.1-10.0.0.1 10.0.0.1:80 10.0.0.1:80-90 10.0.0.1:90-80
10.0.0.1-10.0.0.9:80-90 :80 :80-90 10.0.0.1:0 10.0.0.1:65535 10.0.0.1:65536 10.0.0.1:ssh 10.0.0.1:ssh-http
10.0.0.1:80- 10.0.0.1:-80 10.0.0.1: 10.0.0.1- -10.0.0.1 x "" 10.0.0.256 10.0.0.1/24 ::1 10.0.0.1:80:90
10.0.0.1:80-90/70 10.0.0.1:80-90/ 10.0.0.1:80-90/70000 10.0.0.1:80-90/ssh 10.1 10.0.0.1:80-80 0.0.0.0
255.255.255.255 :80-90/70 10.0.0.1:0-5 10.0.0.1:0x50`)

const NAT6 = words(`2001:db8::1 2001:db8::1-2001:db8::9 2001:db8::9-2001:db8::1 [2001:db8::1]:80 [2001:db8::1]:80-90
[2001:db8::1-2001:db8::9]:80-90 [2001:db8::1]-[2001:db8::9]:80 [2001:db8::1] [2001:db8::1 2001:db8::1]:80 []:80
:80 [2001:db8::1]:90-80 [2001:db8::1]:x 10.0.0.1 x "" :: [::1]:0 [::1]:65536 [2001:db8::1]:80-90/70 ::1/64`)

const NAT_PORTS = words(
  `80 80-90 90-80 0 65535 65536 ssh ssh-http 80- -80 x "" 80:90 80,90 1-65535 0x50 80-80 0-5 80-90/70 80-90/x`,
)

export const NAT_TARGETS: readonly OptionSpace[] = [
  ...(['-p tcp', '-p udp', '', '-p icmp'] as const).flatMap((header) => [
    target('DNAT', {
      families: [4],
      place: 'nat PREROUTING',
      header,
      needs: { 'to-destination': '10.0.0.1' },
      values: { 'to-destination': header === '-p tcp' ? NAT4 : NAT4.slice(0, 10), random: FLAG, persistent: FLAG },
    }),
    target('SNAT', {
      families: [4],
      place: 'nat POSTROUTING',
      header,
      needs: { 'to-source': '10.0.0.1' },
      values: {
        'to-source': header === '-p tcp' ? NAT4 : NAT4.slice(0, 10),
        random: FLAG,
        'random-fully': FLAG,
        persistent: FLAG,
      },
    }),
    target('DNAT', {
      families: [6],
      place: 'nat PREROUTING',
      header,
      needs: { 'to-destination': '::1' },
      values: { 'to-destination': header === '-p tcp' ? NAT6 : NAT6.slice(0, 6), random: FLAG, persistent: FLAG },
    }),
    target('SNAT', {
      families: [6],
      place: 'nat POSTROUTING',
      header,
      needs: { 'to-source': '::1' },
      values: {
        'to-source': header === '-p tcp' ? NAT6 : NAT6.slice(0, 6),
        random: FLAG,
        'random-fully': FLAG,
        persistent: FLAG,
      },
    }),
    target('MASQUERADE', {
      place: 'nat POSTROUTING',
      header,
      values: { 'to-ports': header === '-p tcp' ? NAT_PORTS : ['80', '80-90'], random: FLAG, 'random-fully': FLAG },
      others: [''],
    }),
    target('REDIRECT', {
      place: 'nat PREROUTING',
      header,
      values: { 'to-ports': header === '-p tcp' ? NAT_PORTS : ['80', '80-90'], random: FLAG },
      others: [''],
    }),
  ]),
  ...everywhere('DNAT', { 'to-destination': ['10.0.0.1'] }, { families: [4] }),
  ...everywhere('SNAT', { 'to-source': ['10.0.0.1'] }, { families: [4] }),
  ...everywhere('MASQUERADE', {}, { others: [''] }),
  ...everywhere('REDIRECT', {}, { others: [''] }),
  ...everywhere('NETMAP', { to: ['10.0.0.0/24'] }, { families: [4] }),
  ...everywhere('NETMAP', { to: ['2001:db8::/64'] }, { families: [6] }),
  target('NETMAP', {
    families: [4],
    place: 'nat PREROUTING',
    needs: { to: '10.0.0.0/24' },
    values: {
      to: words(`10.0.0.0/24 10.0.0.1 10.0.0.1/24 10.0.0.0/255.255.0.0 10.0.0.0/255.0.255.0 10.0.0.0/0 10.0.0.0/33 ::1 x ""
10.0.0.0/ 10.0.0.0/x 10.0.0.0/0x21 10.0.0.0/256 10.1/16`),
    },
  }),
  target('NETMAP', {
    families: [6],
    place: 'nat PREROUTING',
    needs: { to: '2001:db8::/64' },
    values: {
      to: words(`2001:db8::/64 ::1 2001:db8::1/64 ::/0 ::/129 ::/ ::/x ::/ffff::ffff 10.0.0.0/8 x 2001:db8::/ffff::`),
    },
  }),
  target('SNPT', {
    families: [6],
    place: 'mangle POSTROUTING',
    needs: { 'src-pfx': '2001:db8:1::/64', 'dst-pfx': '2001:db8:2::/64' },
    values: {
      'src-pfx': words(
        `2001:db8:1::/64 2001:db8:1::/48 2001:db8:1::1/64 ::/0 ::/65 ::/128 2001:db8:: x "" 10.0.0.0/8 ::/x`,
      ),
      'dst-pfx': ['2001:db8:2::/64', '2001:db8:2::/48', '::/32'],
    },
  }),
  target('DNPT', {
    families: [6],
    place: 'mangle PREROUTING',
    needs: { 'src-pfx': '2001:db8:1::/64', 'dst-pfx': '2001:db8:2::/64' },
    values: {
      'src-pfx': ['2001:db8:1::/64', '2001:db8:1::/48', '::/64'],
      'dst-pfx': ['2001:db8:2::/64', '::/0', '::/65'],
    },
  }),
  ...everywhere(
    'SNPT',
    { 'src-pfx': ['::/64'] },
    { families: [6], needs: { 'src-pfx': '::/64', 'dst-pfx': '1::/64' } },
  ),
  ...everywhere(
    'DNPT',
    { 'src-pfx': ['::/64'] },
    { families: [6], needs: { 'src-pfx': '::/64', 'dst-pfx': '1::/64' } },
  ),
]
