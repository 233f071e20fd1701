/**
 * Rates, in real time. Packets come every 90 ms: for these rates, none is so near to the moment at which the next
 * token is there that a tick of the kernel's clock (4 ms) would decide.
 */
import { tcp, udp } from '../packets.js'
import type { Scenario } from '../scenario.js'
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

export const LIMITS: readonly Scenario[] = [
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
