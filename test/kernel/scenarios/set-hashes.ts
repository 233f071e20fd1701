/**
 * Sets that are full, or whose buckets are: what finds room depends on where the kernel's hash puts it.
 */
import { echo, tcp, udp } from '../packets.js'
import type { PlacedPacket, Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'

const HOSTS = Array.from({ length: 120 }, (_, index) => index + 2)

function table(...rules: readonly string[]): string {
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...rules,
    'COMMIT',
    '',
  ].join('\n')
}

/** Asks once more about each host, which no rule changes. */
const lookups = HOSTS.map((host) => tcp(`10.0.0.${host}:4000 > 10.0.0.1:80`, 'S', { seq: 1 }))
const adds = HOSTS.map((host) => udp(`10.0.0.${host}:4000 > 10.0.0.1:53`, 9))
const removes = (every: number): Buffer[] =>
  HOSTS.filter((host) => host % every === 0).map((host) => echo(`10.0.0.${host} > 10.0.0.1`, 'request', 1, 1))

/** Rules that tell the hosts in the set apart, by halves of their number. */
function heldHosts(...sets: readonly string[]): string[] {
  return sets.flatMap((set) =>
    [1, 2, 4, 8, 16, 32, 64].map((bit) => `-A INPUT -p tcp -s 0.0.0.${bit}/0.0.0.${bit} -m set --match-set ${set} src`),
  )
}

function after(afterMs: number, packets: readonly Buffer[]): PlacedPacket[] {
  return packets.map((bytes, index) => (index === 0 ? { bytes, afterMs } : { bytes }))
}

export const SET_HASH_SCENARIOS: readonly Scenario[] = [
  {
    title: 'a full set takes what finds the slot of a removed element, and nothing else',
    box: SERVER,
    sets: `create few hash:ip family inet hashsize 64 maxelem 20 bucketsize 12 initval 0x00000007
create wide hash:ip family inet hashsize 4096 maxelem 40 bucketsize 12 initval 0x00000003
`,
    rules: table(
      '-A INPUT -p udp -j SET --add-set few src',
      '-A INPUT -p icmp -j SET --del-set few src',
      '-A INPUT -p udp -j SET --add-set wide src',
      '-A INPUT -p icmp -j SET --del-set wide src',
      ...heldHosts('few', 'wide'),
    ),
    packets: [...adds, ...removes(2), ...[...adds].reverse(), ...removes(3), ...adds, ...lookups],
  },
  {
    title: 'a bucket without room refuses although the set is far from full, and a set may drop one for another',
    box: SERVER,
    sets: `create narrow hash:ip,port family inet hashsize 64 maxelem 65536 bucketsize 2 initval 0x00001234
create forced hash:net family inet hashsize 64 maxelem 30 forceadd bucketsize 12 initval 0x00000009
add forced 10.0.0.77
`,
    rules: table(
      '-A INPUT -p udp -j SET --add-set narrow src,dst',
      '-A INPUT -p udp -j SET --add-set forced src',
      '-A INPUT -p icmp -j SET --del-set forced src',
      ...heldHosts('forced'),
      '-A INPUT -m set --match-set narrow src,dst',
    ),
    packets: [...adds, ...removes(3), ...adds, ...lookups],
  },
  {
    title: 'expired elements leave their slots to others when the set is full',
    box: SERVER,
    realTime: true,
    sets: `create brief hash:ip family inet hashsize 64 maxelem 12 timeout 1 bucketsize 12 initval 0x00000007
create many hash:ip family inet hashsize 4096 maxelem 40 timeout 1 bucketsize 12 initval 0x00000003
`,
    rules: table('-A INPUT -p udp -j SET --add-set brief src', ...heldHosts('brief')),
    packets: [
      ...adds.slice(0, 30),
      ...after(600, adds.slice(20, 90)),
      ...after(600, [...adds.slice(60), ...lookups]),
      ...after(600, [...adds.slice(0, 40).reverse(), ...lookups]),
      ...after(600, [...adds, ...lookups]),
    ],
  },
]
