import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { IDLE_SETTINGS, idleSettingsAmong } from '../../src/box/idle-settings.js'
import { readBox } from '../../src/box/read-box.js'

const KERNEL_SETTINGS = '/proc/sys/net/netfilter'
const PREFIX = 'nf_conntrack_'
/** What else they size is not the trackers' business. */
const SIZES = new Set(['buckets', 'expect_max'])

describe('settings of connection tracking', () => {
  test('that change nothing are named when they are asked for on the command line', () => {
    expect(
      idleSettingsAmong(['net.netfilter.nf_conntrack_acct=0', 'net/netfilter/nf_conntrack_events = 1', 'net.ipv4.x=1']),
    ).toEqual([
      'net.netfilter.nf_conntrack_acct changes nothing here: packets and bytes of connections are always counted',
      'net/netfilter/nf_conntrack_events changes nothing here: nobody listens to events',
    ])
    expect(idleSettingsAmong(['net.netfilter.nf_conntrack_udp_timeout=5'])).toEqual([])
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
