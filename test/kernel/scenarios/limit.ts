/**
 * Rates, in real time. Packets come every 90 ms: for these rates, none is so near to the moment at which the next
 * token is there that a tick of the kernel's clock (4 ms) would decide.
 */
import { tcp, udp } from '../packets.js'
import type { PlacedPacket, Scenario } from '../scenario.js'
import { SERVER } from './boxes.js'

const RATES = ['5/sec', '4/sec', '3/sec', '2/sec', '1/min', '30/hour']

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:over - [0:0]
${RATES.map((rate, index) => `-A INPUT -m limit --limit ${rate} --limit-burst ${(index % 3) + 1}`).join('\n')}
-A INPUT -p tcp -m limit --limit 5/sec --limit-burst 1
-A INPUT -m limit --limit 4/sec --limit-burst 1 -p udp
-A INPUT -p udp -m limit --limit 2/sec --limit-burst 2 -m udp --dport 53
-A INPUT -p tcp -j over
-A over -m limit --limit 3/sec --limit-burst 4 -j RETURN
-A over -j DROP
COMMIT
`

/** Asked while the rate is 20 packets a second, before the first of them, and long after the last one. */
const ASKED = [
  '--rateest all --rateest-gt --rateest-pps 10',
  '--rateest all --rateest-gt --rateest-pps 30',
  '--rateest all --rateest-lt --rateest-pps 10',
  '--rateest all ! --rateest-lt --rateest-pps 10',
  '--rateest all --rateest-eq --rateest-pps 0',
  '--rateest all ! --rateest-eq --rateest-pps 0 --rateest-bps 0',
  '--rateest all --rateest-gt --rateest-bps 5kbit',
  '--rateest all --rateest-gt --rateest-bps 5kbit --rateest-pps 30',
  '--rateest all --rateest-lt --rateest-bps 1MBps',
  '--rateest slow --rateest-gt --rateest-pps 2',
  '--rateest slow --rateest-eq --rateest-pps 0',
  '--rateest1 all --rateest-gt --rateest-pps --rateest2 half',
  '--rateest1 half --rateest-gt --rateest-bps --rateest2 all',
  '--rateest1 all ! --rateest-eq --rateest-pps --rateest-bps --rateest2 half',
  '--rateest all --rateest-delta --rateest-pps1 100 --rateest-gt --rateest-pps2 50',
  '--rateest all --rateest-delta --rateest-pps1 100 --rateest-gt --rateest-pps2 90',
  '--rateest all --rateest-delta --rateest-pps1 5 --rateest-eq --rateest-pps2 0',
  '--rateest1 all --rateest-delta --rateest-bps1 1mbit --rateest-lt --rateest-bps2 1mbit --rateest2 half',
]

const MEASURED = `*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 9 -j RATEEST --rateest-name all --rateest-interval 250ms --rateest-ewmalog 500ms
-A PREROUTING -p udp -m udp --dport 9 -m statistic --mode nth --every 2 --packet 0 -j RATEEST --rateest-name half --rateest-interval 250ms --rateest-ewmalog 1s
-A PREROUTING -p udp -m udp --dport 9 -j RATEEST --rateest-name slow --rateest-interval 1s --rateest-ewmalog 4s
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
${ASKED.map((options) => `-A INPUT -p udp -m udp --dport 7 -m rateest ${options}`).join('\n')}
COMMIT
`

const asking = (afterMs: number): PlacedPacket => ({ afterMs, bytes: udp('10.0.0.9:5 > 10.0.0.1:7', 1) })
const measured = (afterMs: number): PlacedPacket => ({ afterMs, bytes: udp('10.0.0.9:5 > 10.0.0.1:9', 72) })

export const LIMITS: readonly Scenario[] = [
  {
    title: 'rates are measured while packets come, compared, and forgotten',
    edges: ['rateest'],
    box: SERVER,
    rules: MEASURED,
    realTime: true,
    packets: [
      asking(0),
      ...Array.from({ length: 80 }, (_, index) =>
        index > 60 && index % 10 === 0 ? [asking(0)] : [measured(50)],
      ).flat(),
      asking(40),
      asking(12000),
    ],
  },
  {
    title: 'limit lets bursts pass, refills with time, and spends only where the matches before it hold',
    edges: ['limit'],
    box: SERVER,
    rules: RULES,
    realTime: true,
    packets: Array.from({ length: 18 }, (_, index) => ({
      afterMs: index === 0 ? 0 : 90,
      bytes:
        index % 3 === 2
          ? udp(`10.0.0.9:${index} > 10.0.0.1:${index % 2 === 0 ? 53 : 54}`, 10)
          : tcp(`10.0.0.9:${index} > 10.0.0.1:80`, 'S', { seq: 1 }),
    })),
  },
]
