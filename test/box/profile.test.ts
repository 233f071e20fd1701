import { describe, expect, test } from 'vitest'
import { type KernelProfile, type KernelRules, profileOf } from '../../src/box/profile.js'

function profile(release: string | null): KernelProfile {
  const found = profileOf(release)
  if (typeof found === 'string') throw new Error(found)
  return found
}

/** The rules that the version lacks. */
function lacks(release: string): string[] {
  const { rules } = profile(release)
  return Object.keys(rules).filter((name) => !rules[name as keyof KernelRules])
}

describe('the profile of a kernel', () => {
  test('without a release is the newest, and so is that of a newer one', () => {
    expect(profile(null)).toEqual(profile('6.18.1'))
    expect(profile('7.4.0-1-default').version).toEqual([6, 18])
    expect(lacks('7.4')).toEqual([])
  })

  test.each([
    ['6.12', ['tcpResetFromOtherSide']],
    ['6.6', ['tcpResetFromOtherSide', 'icmpv6RoutersUntracked']],
    ['6.1.0-28-amd64', ['tcpResetFromOtherSide', 'icmpv6RedirectRelated', 'icmpv6RoutersUntracked']],
    [
      '5.15.0-91-generic',
      [
        'tcpWindowIgnores',
        'tcpInvalidCloses',
        'tcpChallengedSyn',
        'rejectCloses',
        'tcpResetFromOtherSide',
        'icmpv6RedirectRelated',
        'icmpv6RoutersUntracked',
      ],
    ],
    [
      '5.10.0',
      [
        'tcpResetTrusted',
        'tcpWindowIgnores',
        'tcpInvalidCloses',
        'tcpChallengedSyn',
        'rejectCloses',
        'tcpResetFromOtherSide',
        'icmpv6RedirectRelated',
        'icmpv6RoutersUntracked',
      ],
    ],
  ])('%s lacks %j', (release, missing) => {
    expect(lacks(release)).toEqual(missing)
  })

  test('takes each rule from its version on, between the long-lived lines, too', () => {
    expect(profile('4.20').timeouts).toEqual({ udpStream: 180, sctpEstablished: 432000 })
    expect(profile('5.0').timeouts).toEqual({ udpStream: 120, sctpEstablished: 432000 })
    expect(profile('5.10').timeouts).toEqual({ udpStream: 120, sctpEstablished: 210 })
    expect(lacks('4.20')).toContain('udpStreamLater')
    expect(lacks('5.0')).not.toContain('udpStreamLater')
    expect(lacks('5.0')).toEqual(expect.arrayContaining(['udpAssuredAsStream', 'icmpErrorDestination']))
    expect(lacks('5.1')).not.toContain('icmpErrorDestination')
    expect(lacks('5.3')).toContain('udpAssuredAsStream')
    expect(lacks('5.4')).not.toContain('udpAssuredAsStream')
    expect(lacks('5.13')).toContain('tcpResetTrusted')
    expect(lacks('5.14')).not.toContain('tcpResetTrusted')
  })

  test('of a text without a version, or of one older than 4.19, there is none', () => {
    expect(profileOf('new')).toBe('no version')
    expect(profileOf('4.18.0-553.el8_10.x86_64')).toBe('too old')
    expect(profileOf('3.10')).toBe('too old')
  })

  test.each([
    ['6.1.0-28-amd64', 250],
    ['5.14.0-427.el9.x86_64', 1000],
    ['6.5.6-300.fc39.x86_64', 1000],
    ['6.8.0-45-generic', 250],
    ['6.11.0-9-generic', 1000],
    ['6.18.44-fc-v782', 250],
  ])('%s ticks %d times a second', (release, hz) => {
    expect(profile(release).hz).toBe(hz)
  })
})
