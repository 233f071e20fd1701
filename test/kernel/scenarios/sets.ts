/**
 * Rules that look packets up in sets, and change sets.
 */
import { echo, fragmentsOf, other, tcp, udp } from '../packets.js'
import { on, type PlacedPacket, type Scenario } from '../scenario.js'
import { ROUTER, SERVER } from './boxes.js'

const SETS = `create ip hash:ip family inet hashsize 1024 maxelem 65536
add ip 10.0.0.9
add ip 10.0.0.10
create wide hash:ip family inet hashsize 1024 maxelem 65536 netmask 30
add wide 10.0.0.8
create bits bitmap:ip range 10.0.0.0-10.0.0.255
add bits 10.0.0.11
create ports bitmap:port range 0-1023
add ports 53
add ports 80
create service hash:ip,port family inet hashsize 1024 maxelem 65536
add service 10.0.0.1,udp:53
add service 10.0.0.1,tcp:80
add service 10.0.0.1,icmp:echo-request
create pair hash:ip,port,ip family inet hashsize 1024 maxelem 65536
add pair 10.0.0.9,udp:53,10.0.0.1
create far hash:ip,port,net family inet hashsize 1024 maxelem 65536
add far 10.0.0.1,udp:53,10.0.0.8/29
add far 10.0.0.1,udp:53,10.0.0.10 nomatch
create net hash:net family inet hashsize 1024 maxelem 65536
add net 10.0.0.0/24
add net 10.0.0.8/31 nomatch
add net 10.0.0.9
create netport hash:net,port family inet hashsize 1024 maxelem 65536
add netport 10.0.0.8/30,udp:53
create device hash:net,iface family inet hashsize 1024 maxelem 65536
add device 10.0.0.8/30,eth0
create counted hash:ip family inet hashsize 1024 maxelem 65536 counters
add counted 10.0.0.9 packets 3 bytes 100
add counted 10.0.0.10 packets 0 bytes 0
create list list:set size 8
add list ip
add list net
create six hash:net family inet6 hashsize 1024 maxelem 65536
add six 2001:db8::/64
`

const LOOKUPS = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m set --match-set ip src
-A INPUT -m set ! --match-set ip src
-A INPUT -m set --match-set ip src,dst
-A INPUT -m set --match-set wide src
-A INPUT -m set --match-set bits src
-A INPUT -m set --match-set ports dst
-A INPUT -m set --match-set service dst,dst
-A INPUT -m set --match-set service dst
-A INPUT -m set --match-set pair src,dst,dst
-A INPUT -m set --match-set far dst,dst,src
-A INPUT -m set --match-set far dst,dst,src --return-nomatch
-A INPUT -m set --match-set net src
-A INPUT -m set --match-set net src --return-nomatch
-A INPUT -m set --match-set netport src,dst
-A INPUT -m set --match-set device src,src
-A INPUT -m set --match-set list src
COMMIT
`

const CLIENTS = [2, 8, 9, 10, 11, 12]

function lookedUp(): PlacedPacket[] {
  return CLIENTS.flatMap((host) => [
    { bytes: udp(`10.0.0.${host}:4000 > 10.0.0.1:53`, 9) },
    { bytes: udp(`10.0.0.${host}:53 > 10.0.0.1:5353`, 9) },
    { bytes: tcp(`10.0.0.${host}:4000 > 10.0.0.1:80`, 'S', { seq: 1 }) },
    { bytes: echo(`10.0.0.${host} > 10.0.0.1`, 'request', 1, 1) },
  ])
}

export const SET_SCENARIOS: readonly Scenario[] = [
  { title: 'sets of every kind, looked up', box: SERVER, sets: SETS, rules: LOOKUPS, packets: lookedUp() },
  {
    title: 'sets with counters',
    box: SERVER,
    sets: SETS,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m set --match-set counted src --packets-gt 4
-A INPUT -m set --match-set counted src --packets-eq 2 ! --update-counters
-A INPUT -m set --match-set counted src ! --packets-eq 3 --bytes-lt 200
-A INPUT -m set --match-set counted src
COMMIT
`,
    packets: [...lookedUp(), ...lookedUp()],
  },
  {
    title: 'lists of sets count for themselves, and take and give by the first member that does',
    box: SERVER,
    sets: `create first hash:ip family inet hashsize 64 maxelem 65536 counters
add first 10.0.0.9 packets 9 bytes 900
create second hash:ip family inet hashsize 64 maxelem 65536
add second 10.0.0.9
add second 10.0.0.10
create counted list:set size 8 counters timeout 600
add counted first packets 3 bytes 100 timeout 0
add counted second packets 0 bytes 0 timeout 600
`,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m set --match-set counted src --packets-lt 6
-A INPUT -m set --match-set counted src ! --update-counters --packets-eq 5
-A INPUT -m set --match-set counted src ! --update-subcounters --bytes-gt 300
-A INPUT -m set --match-set first src --packets-gt 11
-A INPUT -p tcp -j SET --del-set counted src
-A INPUT -p icmp -j SET --add-set counted src
COMMIT
`,
    packets: [...lookedUp(), ...lookedUp()],
  },
  {
    title: 'a network known with another interface hides shorter ones, and interfaces may be beginnings of names',
    box: ROUTER,
    sets: `create device hash:net,iface family inet hashsize 64 maxelem 65536
add device 192.168.1.0/24,lan0
add device 192.168.1.8/29,wan0
add device 198.51.100.0/24,wa wildcard
add device 198.51.100.7/32,la wildcard
add device 203.0.113.0/24,elsewhere
`,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m set --match-set device src,src
-A FORWARD -m set --match-set device src,dst
-A FORWARD -m set --match-set device dst,dst
COMMIT
`,
    packets: [2, 9, 20].flatMap((host) => [
      on('lan0', udp(`192.168.1.${host}:4000 > 198.51.100.7:53`, 9)),
      on('lan0', udp(`192.168.1.${host}:4000 > 198.51.100.8:53`, 9)),
      on('wan0', udp(`198.51.100.7:53 > 192.168.1.${host}:4000`, 9)),
      on('wan0', udp(`198.51.100.8:53 > 192.168.1.${host}:4000`, 9)),
    ]),
  },
  {
    title: 'what a rule adds again, or gives a MAC address, begins anew, its mark too',
    box: SERVER,
    sets: `create marked hash:ip family inet hashsize 64 maxelem 65536 counters skbinfo
add marked 10.0.0.9 packets 7 bytes 700 skbmark 0x5
`,
    rules: `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -j SET --map-set marked src --map-mark
-A PREROUTING -m mark --mark 0x5
-A PREROUTING -p tcp -j SET --add-set marked src --exist
-A PREROUTING -m set --match-set marked src ! --update-counters --packets-lt 3
COMMIT
`,
    packets: [...lookedUp(), ...lookedUp()],
  },
  {
    title: 'beginnings of interface names stand for names when rules add, remove and look up',
    box: ROUTER,
    sets: `create gone hash:net,iface family inet hashsize 64 maxelem 65536
add gone 192.168.1.0/24,la wildcard
create kept hash:net,iface family inet hashsize 64 maxelem 65536
add kept 192.168.1.0/24,la wildcard
create ordered hash:net,iface family inet hashsize 64 maxelem 65536
add ordered 203.0.113.0/24,l wildcard
add ordered 192.168.1.0/24,lan wildcard nomatch
add ordered 192.168.1.0/24,l wildcard
create counted hash:net,iface family inet hashsize 64 maxelem 65536 counters
add counted 192.168.1.0/24,lan0 packets 100 bytes 100
add counted 192.168.1.8/29,lan0 packets 0 bytes 0
`,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A FORWARD -m set --match-set ordered src,src
-A FORWARD -m set --match-set counted src,src --packets-gt 50
-A FORWARD -p tcp -j SET --del-set gone src,src
-A FORWARD -m set --match-set gone src,src
-A FORWARD -p tcp -j SET --add-set kept src,src
-A FORWARD -p tcp -j SET --del-set kept src,src
-A FORWARD -m set --match-set kept src,src
COMMIT
`,
    packets: [2, 9, 20].flatMap((host) => [
      on('lan0', udp(`192.168.1.${host}:4000 > 198.51.100.7:53`, 9)),
      on('lan0', tcp(`192.168.1.${host}:4000 > 198.51.100.7:80`, 'S', { seq: 1 })),
      on('lan0', udp(`192.168.1.${host}:4001 > 198.51.100.8:53`, 9)),
    ]),
  },
  {
    title: 'fragments have no port in sets, in IPv6 not even where their protocol has none',
    box: SERVER,
    sets: `create four hash:ip,port family inet hashsize 64 maxelem 65536
add four 10.0.0.9,esp:0
add four 10.0.0.9,udp:53
create six hash:ip,port family inet6 hashsize 64 maxelem 65536
add six 2001:db8::9,esp:0
add six 2001:db8::9,udp:53
`,
    rules:
      '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -m set --match-set four src,dst\nCOMMIT\n',
    rules6:
      '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A PREROUTING -m set --match-set six src,dst\nCOMMIT\n',
    packets: [
      ...fragmentsOf(other('10.0.0.9 > 10.0.0.1', 50, Buffer.alloc(64, 1)), 32),
      ...fragmentsOf(udp('10.0.0.9:5 > 10.0.0.1:53', 64), 32),
      ...fragmentsOf(other('2001:db8::9 > 2001:db8::1', 50, Buffer.alloc(64, 1)), 32),
      ...fragmentsOf(udp('[2001:db8::9]:5 > [2001:db8::1]:53', 64), 32),
    ],
  },
  {
    title: 'rules add to sets and remove from them',
    edges: ['set', 'SET'],
    box: SERVER,
    realTime: true,
    sets: `create seen hash:ip family inet hashsize 1024 maxelem 65536 timeout 1
create few hash:ip,port family inet hashsize 64 maxelem 4
create nets hash:net family inet hashsize 1024 maxelem 65536
add nets 10.0.0.8/30
create list list:set size 8
add list seen
`,
    rules: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m set --match-set seen src
-A INPUT -m set --match-set list src
-A INPUT -p udp -m udp --dport 53 -j SET --add-set seen src
-A INPUT -p tcp -j SET --add-set seen src --exist --timeout 3
-A INPUT -p icmp -j SET --del-set seen src
-A INPUT -j SET --add-set few src,src
-A INPUT -m set --match-set few src,src
-A INPUT -m set --match-set nets src
-A INPUT -p udp -m udp --dport 5353 -j SET --add-set nets src
-A INPUT -m set --match-set nets src
COMMIT
`,
    packets: [
      ...lookedUp(),
      { bytes: udp('10.0.0.2:4000 > 10.0.0.1:53', 9), afterMs: 100 },
      ...lookedUp().filter((_, index) => index % 4 < 3),
      { bytes: udp('10.0.0.2:4000 > 10.0.0.1:54', 9), afterMs: 1500 },
      ...lookedUp(),
    ],
  },
  {
    title: 'sets, lists and rates of IPv6 addresses',
    box: SERVER,
    sets: SETS,
    rules6: `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m set --match-set six src
-A INPUT -m set --match-set six dst,src
-A INPUT -m set --match-set ports dst
-A INPUT -m recent --set --name six --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe
-A INPUT -m recent --rcheck --name six --hitcount 3 --mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe
-A INPUT -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-mode srcip,dstport --hashlimit-srcmask 126 --hashlimit-name six
-A INPUT -p tcp -m connlimit --connlimit-above 2 --connlimit-mask 64
-A INPUT -m connbytes --connbytes 50:70 --connbytes-mode avgpkt --connbytes-dir original
COMMIT
`,
    packets: CLIENTS.flatMap((host) => [
      udp(`[2001:db8::${host}]:4000 > [2001:db8::1]:53`, 9),
      udp(`[2001:db8:1::${host}]:4000 > [2001:db8::1]:5353`, 19),
      tcp(`[2001:db8::${host}]:4000 > [2001:db8::1]:80`, 'S', { seq: 1 }),
    ]),
  },
]
