import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { IDLE_SETTINGS, idleSettingsAmong } from '../../src/box/idle-settings.js'
import { type KernelProfile, profileOf } from '../../src/box/profile.js'
import { readBox } from '../../src/box/read-box.js'

const KERNEL_SETTINGS = '/proc/sys/net/netfilter'
const PREFIX = 'nf_conntrack_'
/** What else they size is not the trackers' business. */
const SIZES = new Set(['buckets', 'expect_max'])

function idleAmong(...settings: readonly string[]): string[] {
  return idleSettingsAmong(settings, profileOf(null) as KernelProfile)
}

describe('settings of connection tracking', () => {
  test('that change nothing are named when they are asked for on the command line', () => {
    expect(idleAmong('net.netfilter.nf_conntrack_acct=0', 'net/netfilter/nf_conntrack_events = 1')).toEqual([
      'net.netfilter.nf_conntrack_acct changes nothing here: packets and bytes of connections are always counted',
      'net/netfilter/nf_conntrack_events changes nothing here: nobody listens to events',
    ])
    expect(idleAmong('net.netfilter.nf_conntrack_udp_timeout=5', 'net.nf_conntrack_max=5')).toEqual([])
  })

  test('that nobody reads are named, with the one that may be meant', () => {
    const nothing = 'changes nothing here: no setting of this name is read'
    expect(idleAmong('net.ipv4.ip_foward=1', 'net.ipv4.conf.eth0.rp_fliter=1', 'kernel.x=1')).toEqual([
      `net.ipv4.ip_foward ${nothing}; did you mean "net.ipv4.ip_forward"?`,
      `net.ipv4.conf.eth0.rp_fliter ${nothing}; did you mean "net.ipv4.conf.eth0.rp_filter"?`,
      `kernel.x ${nothing}`,
    ])
    const right = ['net.ipv4.ip_forward=1', 'net.ipv4.conf.eth0/7.rp_filter=1', 'net/ipv6/conf/all/forwarding=1']
    expect(idleAmong(...right, 'net.netfilter.nf_conntrack_checksum=1', 'net.ipv4.icmp_ratelimit=0')).toEqual([])
  })

  test.skipIf(!existsSync(KERNEL_SETTINGS))(
    'that this kernel has change something, or are known to change nothing',
    () => {
      const names = readdirSync(KERNEL_SETTINGS)
        .filter((name) => name.startsWith(PREFIX))
        .map((name) => name.slice(PREFIX.length))
      const settings = (set: readonly string[]): string => JSON.stringify(readBox(null, { sysctls: set }).conntrack)
      const without = settings([])
      const changes = (name: string): boolean =>
        [0, 1, 7].some((value) => settings([`net.netfilter.nf_conntrack_${name}=${value}`]) !== without)
      const unknown = names.filter((name) => !(name in IDLE_SETTINGS) && !SIZES.has(name) && !changes(name))
      expect(unknown).toEqual([])
    },
  )
})
