/**
 * Rules that look packets up in sets, and change sets.
 */
import { echo, tcp, udp } from '../packets.js'
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
