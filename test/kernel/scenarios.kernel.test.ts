import { test } from 'vitest'
import { describeAgainstKernel, expectAgreement } from './against-kernel.js'
import { CHAINS } from './scenarios/chains.js'
import { CONNLIMIT } from './scenarios/connlimit.js'
import { FRAGMENTS } from './scenarios/fragments.js'
import { HELPERS_BEHIND_NAT } from './scenarios/helpers-nat.js'
import { PPTP } from './scenarios/helpers-pptp.js'
import { OTHER_HELPERS } from './scenarios/helpers-others.js'
import { SIP } from './scenarios/helpers-sip.js'
import { HELPERS } from './scenarios/helpers.js'
import { HEADER_EDGES } from './scenarios/header-edges.js'
import { ICMP_LIMITS } from './scenarios/icmp-limits.js'
import { IPV6 } from './scenarios/ipv6.js'
import { LINK_LAYER } from './scenarios/link-layer.js'
import { LIMITS } from './scenarios/limit.js'
import { NAT } from './scenarios/nat.js'
import { OTHER_TRACKERS } from './scenarios/other-trackers.js'
import { OWN_PACKETS } from './scenarios/own-packets.js'
import { PACKET_EXTENSIONS } from './scenarios/packet-extensions.js'
import { REJECTS } from './scenarios/reject.js'
import { ROUTER_SCENARIOS } from './scenarios/router.js'
import { SCTP } from './scenarios/sctp.js'
import { SENT } from './scenarios/sent.js'
import { SERVER_SCENARIOS } from './scenarios/server.js'
import { SET_HASH_SCENARIOS } from './scenarios/set-hashes.js'
import { SET_SCENARIOS } from './scenarios/sets.js'
import { SURROUNDING_EDGES } from './scenarios/surrounding-edges.js'
import { TARGET_EDGES } from './scenarios/target-edges.js'
import { STATEFUL } from './scenarios/stateful.js'
import { TCP_LIFE } from './scenarios/tcp-life.js'
import { UDP_ICMP } from './scenarios/udp-icmp.js'
import { ZONES } from './scenarios/zones.js'

describeAgainstKernel('the kernel and hookline agree', () => {
  test.each([
    ...SERVER_SCENARIOS,
    ...ROUTER_SCENARIOS,
    ...TCP_LIFE,
    ...UDP_ICMP,
    ...FRAGMENTS,
    ...CHAINS,
    ...REJECTS,
    ...OWN_PACKETS,
    ...ICMP_LIMITS,
    ...IPV6,
    ...HEADER_EDGES,
    ...SURROUNDING_EDGES,
    ...TARGET_EDGES,
    ...LINK_LAYER,
    ...LIMITS,
    ...PACKET_EXTENSIONS,
    ...NAT,
    ...STATEFUL,
    ...CONNLIMIT,
    ...SET_SCENARIOS,
    ...SET_HASH_SCENARIOS,
    ...SENT,
    ...HELPERS,
    ...HELPERS_BEHIND_NAT,
    ...OTHER_HELPERS,
    ...PPTP,
    ...SIP,
    ...ZONES,
    ...SCTP,
    ...OTHER_TRACKERS,
  ])('$title', expectAgreement)
})
