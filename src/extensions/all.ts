/**
 * The matches and targets that hookline knows, by name.
 */
import type { Family } from '../ruleset/ruleset.js'
import type { MatchExtension, TargetExtension } from './extension.js'
import { addrtypeMatch } from './matches/addrtype.js'
import { commentMatch } from './matches/comment.js'
import { conntrackMatch, stateMatch } from './matches/conntrack.js'
import { dscpMatch } from './matches/dscp.js'
import { icmp6Match, icmpMatch } from './matches/icmp.js'
import { iprangeMatch } from './matches/iprange.js'
import { lengthMatch } from './matches/length.js'
import { limitMatch } from './matches/limit.js'
import { macMatch } from './matches/mac.js'
import { connmarkMatch, markMatch } from './matches/mark.js'
import { multiportMatch } from './matches/multiport.js'
import { pkttypeMatch } from './matches/pkttype.js'
import { tcpMatch } from './matches/tcp.js'
import { tosMatch } from './matches/tos.js'
import { hlMatch, ttlMatch } from './matches/ttl.js'
import { udpMatch } from './matches/udp.js'
import { connmarkTarget } from './targets/connmark.js'
import { ctTarget, notrackTarget } from './targets/ct.js'
import { dscpTarget } from './targets/dscp.js'
import { logTarget } from './targets/log.js'
import { markTarget } from './targets/mark.js'
import { dnatTarget, masqueradeTarget, redirectTarget, snatTarget } from './targets/nat.js'
import { netmapTarget } from './targets/netmap.js'
import { nflogTarget } from './targets/nflog.js'
import { dnptTarget, snptTarget } from './targets/npt.js'
import { rejectTarget } from './targets/reject.js'
import { tosTarget } from './targets/tos.js'
import { hlTarget, ttlTarget } from './targets/ttl.js'
import { connbytesMatch } from './matches/connbytes.js'
import { connlabelMatch } from './matches/connlabel.js'
import { connlimitMatch } from './matches/connlimit.js'
import { hashlimitMatch } from './matches/hashlimit.js'
import { quotaMatch } from './matches/quota.js'
import { recentMatch } from './matches/recent.js'
import { statisticMatch } from './matches/statistic.js'
import { ahMatch } from './matches/ah.js'
import { bpfMatch } from './matches/bpf.js'
import { cgroupMatch } from './matches/cgroup.js'
import { clusterMatch } from './matches/cluster.js'
import { cpuMatch } from './matches/cpu.js'
import { dccpMatch } from './matches/dccp.js'
import { devgroupMatch } from './matches/devgroup.js'
import { dstMatch, hbhMatch } from './matches/hbh.js'
import { ecnMatch } from './matches/ecn.js'
import { espMatch, ipcompMatch } from './matches/esp.js'
import { eui64Match } from './matches/eui64.js'
import { fragMatch } from './matches/frag.js'
import { helperMatch } from './matches/helper.js'
import { ipvsMatch } from './matches/ipvs.js'
import { ipv6headerMatch } from './matches/ipv6header.js'
import { mhMatch } from './matches/mh.js'
import { nfacctMatch } from './matches/nfacct.js'
import { osfMatch } from './matches/osf.js'
import { ownerMatch } from './matches/owner.js'
import { physdevMatch } from './matches/physdev.js'
import { policyMatch } from './matches/policy.js'
import { rateestMatch } from './matches/rateest.js'
import { realmMatch } from './matches/realm.js'
import { rpfilterMatch } from './matches/rpfilter.js'
import { rtMatch } from './matches/rt.js'
import { sctpMatch } from './matches/sctp.js'
import { socketMatch } from './matches/socket.js'
import { srhMatch } from './matches/srh.js'
import { stringMatch } from './matches/string.js'
import { tcpmssMatch } from './matches/tcpmss.js'
import { timeMatch } from './matches/time.js'
import { u32Match } from './matches/u32.js'
import { auditTarget } from './targets/audit.js'
import { checksumTarget } from './targets/checksum.js'
import { classifyTarget } from './targets/classify.js'
import { connsecmarkTarget, secmarkTarget } from './targets/secmark.js'
import { clusteripTarget } from './targets/clusterip.js'
import { ecnTarget } from './targets/ecn.js'
import { hmarkTarget } from './targets/hmark.js'
import { idletimerTarget, ledTarget } from './targets/idletimer.js'
import { nfqueueTarget } from './targets/nfqueue.js'
import { rateestTarget } from './targets/rateest.js'
import { synproxyTarget } from './targets/synproxy.js'
import { tcpmssTarget } from './targets/tcpmss.js'
import { tcpoptstripTarget } from './targets/tcpoptstrip.js'
import { teeTarget } from './targets/tee.js'
import { tproxyTarget } from './targets/tproxy.js'
import { traceTarget } from './targets/trace.js'
import { ulogTarget } from './targets/ulog.js'
import { setMatch } from './matches/set.js'
import { setTarget } from './targets/set.js'
import { unknownMatch, unknownTarget } from './unknown.js'

const matches = byName<MatchExtension<unknown>>([
  setMatch,
  ahMatch,
  bpfMatch,
  cgroupMatch,
  clusterMatch,
  cpuMatch,
  dccpMatch,
  devgroupMatch,
  dstMatch,
  ecnMatch,
  espMatch,
  eui64Match,
  fragMatch,
  hbhMatch,
  helperMatch,
  ipcompMatch,
  ipv6headerMatch,
  ipvsMatch,
  mhMatch,
  nfacctMatch,
  osfMatch,
  ownerMatch,
  physdevMatch,
  policyMatch,
  rateestMatch,
  realmMatch,
  rpfilterMatch,
  rtMatch,
  sctpMatch,
  socketMatch,
  srhMatch,
  stringMatch,
  tcpmssMatch,
  timeMatch,
  u32Match,
  connbytesMatch,
  connlabelMatch,
  connlimitMatch,
  hashlimitMatch,
  quotaMatch,
  recentMatch,
  statisticMatch,
  addrtypeMatch,
  commentMatch,
  conntrackMatch,
  connmarkMatch,
  dscpMatch,
  hlMatch,
  icmpMatch,
  icmp6Match,
  iprangeMatch,
  lengthMatch,
  limitMatch,
  macMatch,
  markMatch,
  multiportMatch,
  pkttypeMatch,
  stateMatch,
  tcpMatch,
  tosMatch,
  ttlMatch,
  udpMatch,
])

const targets = byName<TargetExtension<unknown>>([
  setTarget,
  auditTarget,
  checksumTarget,
  classifyTarget,
  clusteripTarget,
  connsecmarkTarget,
  ecnTarget,
  hmarkTarget,
  idletimerTarget,
  ledTarget,
  nfqueueTarget,
  rateestTarget,
  secmarkTarget,
  synproxyTarget,
  tcpmssTarget,
  tcpoptstripTarget,
  teeTarget,
  tproxyTarget,
  traceTarget,
  connmarkTarget,
  ctTarget,
  dnatTarget,
  dnptTarget,
  dscpTarget,
  hlTarget,
  logTarget,
  markTarget,
  masqueradeTarget,
  netmapTarget,
  nflogTarget,
  notrackTarget,
  redirectTarget,
  rejectTarget,
  snatTarget,
  snptTarget,
  tosTarget,
  ttlTarget,
  ulogTarget,
])

/** Other names of -m. */
const MATCH_ALIASES: Readonly<Record<string, string>> = { icmpv6: 'icmp6', 'ipv6-icmp': 'icmp6' }

/** The name under which a match is known, printed and found: `icmp6` for `icmpv6`. */
export function matchName(written: string): string {
  return Object.hasOwn(MATCH_ALIASES, written) ? MATCH_ALIASES[written] : written
}

/** The match of that name for the family, or null when hookline has none. */
export function findMatch(name: string, family: Family): MatchExtension<unknown> | null {
  const match = matches.get(name)
  return match !== undefined && match.families.includes(family) ? match : null
}

export function findTarget(name: string, family: Family): TargetExtension<unknown> | null {
  const target = targets.get(name)
  return target !== undefined && target.families.includes(family) ? target : null
}

/** What evaluates a rule's `-m name`. */
export function matchExtension(name: string, family: Family): MatchExtension<unknown> {
  return findMatch(name, family) ?? unknownMatch
}

/** What evaluates a rule's `-j name`. */
export function targetExtension(name: string, family: Family): TargetExtension<unknown> {
  return findTarget(name, family) ?? unknownTarget
}

/** Families that have a match of this name; none when hookline has none. */
export function matchFamilies(name: string): readonly Family[] {
  return matches.get(name)?.families ?? []
}

export function targetFamilies(name: string): readonly Family[] {
  return targets.get(name)?.families ?? []
}

export function matchNames(family: Family): string[] {
  return namesOf(matches, family)
}

export function targetNames(family: Family): string[] {
  return namesOf(targets, family)
}

interface Named {
  readonly name: string
  readonly families: readonly Family[]
}

function byName<Extension extends Named>(extensions: readonly Extension[]): ReadonlyMap<string, Extension> {
  return new Map(extensions.map((extension) => [extension.name, extension]))
}

function namesOf(extensions: ReadonlyMap<string, Named>, family: Family): string[] {
  return [...extensions.values()].filter((each) => each.families.includes(family)).map(({ name }) => name)
}
