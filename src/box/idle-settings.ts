/**
 * Settings of connection tracking that change nothing in a replay. In a box's `sysctl.conf` they may stand; who asks
 * for one on the command line is told.
 */

/** By the name behind net.netfilter.nf_conntrack_, why. */
export const IDLE_SETTINGS: Readonly<Record<string, string>> = {
  acct: 'packets and bytes of connections are always counted',
  count: 'it tells how many connections there are, and is no setting',
  events: 'nobody listens to events',
  frag6_low_thresh: 'the kernel goes by frag6_high_thresh alone',
  log_invalid: 'nothing is logged',
  timestamp: 'the listing has no times',
}

const PREFIX = /^net[./]netfilter[./]nf_conntrack_/

/** What to say about settings (KEY=VALUE) of the command line. */
export function idleSettingsAmong(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => {
    const key = setting.slice(0, setting.indexOf('=')).trim()
    const reason = PREFIX.test(key) ? IDLE_SETTINGS[key.replace(PREFIX, '')] : undefined
    return reason === undefined ? [] : [`${key} changes nothing here: ${reason}`]
  })
}
