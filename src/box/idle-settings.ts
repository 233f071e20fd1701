/**
 * Settings that change nothing in a replay. In a box's `sysctl.conf` they may stand; who asks for one on the command line
 * is told.
 */
import { conntrackSettings } from './conntrack-settings.js'
import type { KernelProfile } from './profile.js'
import { canonicalKey } from './sysctl.js'
import { suggestion } from '../ruleset/nearest-name.js'

/** Of connection tracking, by the name behind net.netfilter.nf_conntrack_, why. */
export const IDLE_SETTINGS: Readonly<Record<string, string>> = {
  acct: 'packets and bytes of connections are always counted',
  count: 'it tells how many connections there are, and is no setting',
  events: 'nobody listens to events',
  frag6_low_thresh: 'the kernel goes by frag6_high_thresh alone',
  log_invalid: 'nothing is logged',
  timestamp: 'the listing has no times',
}

/** What is read besides the settings of connection tracking. */
const OTHERS: readonly string[] = (
  'ip_forward ip_default_ttl ip_local_port_range fwmark_reflect ' +
  'icmp_ratelimit icmp_ratemask icmp_msgs_per_sec icmp_msgs_burst'
)
  .split(' ')
  .map((name) => `net.ipv4.${name}`)
const OTHERS6: readonly string[] = ['fwmark_reflect', 'icmp.ratelimit', 'icmp.ratemask'].map(
  (name) => `net.ipv6.${name}`,
)
/** Of each interface. */
const OF_INTERFACES: Readonly<Record<string, readonly string[]>> = {
  ipv4: (
    'accept_local accept_source_route bc_forwarding forwarding ignore_routes_with_linkdown route_localnet rp_filter ' +
    'send_redirects src_valid_mark'
  ).split(' '),
  ipv6: ['force_forwarding', 'forwarding', 'hop_limit', 'ignore_routes_with_linkdown'],
}
const PREFIX = 'net.netfilter.nf_conntrack_'

/** What to say about settings (KEY=VALUE) of the command line. */
export function idleSettingsAmong(settings: readonly string[], profile: KernelProfile): string[] {
  const asked = new AskedSettings()
  conntrackSettings(asked, profile, false)
  const read = new Set([...asked.keysAsked, ...OTHERS, ...OTHERS6])
  return settings.flatMap((setting) => {
    const written = setting.slice(0, setting.indexOf('=')).trim()
    const key = canonicalKey(written)
    const reason = whyIdle(key, read)
    return reason === null ? [] : [`${written} changes nothing here: ${reason}`]
  })
}

/** Null when it changes something. */
function whyIdle(key: string, read: ReadonlySet<string>): string | null {
  if (read.has(key) || key === `${PREFIX}checksum`) return null
  const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : ''
  if (Object.hasOwn(IDLE_SETTINGS, name)) return IDLE_SETTINGS[name]
  const [, family, device, own] = /^net\.(ipv[46])\.conf\.([^.]+)\.(.+)$/.exec(key) ?? []
  const names = family === undefined ? [...read] : OF_INTERFACES[family]
  if (own !== undefined && names.includes(own)) return null
  const near = names.map((each) => (own === undefined ? each : `net.${family}.conf.${device}.${each}`))
  return `no setting of this name is read${suggestion(key, near)}`
}

/** Knows which settings somebody asked for. */
class AskedSettings extends Map<string, string> {
  readonly keysAsked = new Set<string>()

  override get(key: string): string | undefined {
    this.keysAsked.add(key)
    return super.get(key)
  }
}
