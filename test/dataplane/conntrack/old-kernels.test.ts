/**
 * What older kernels do otherwise, each rule beside what the newest one does; written as tcp.test.ts says. The kernel's
 * source is the reference: src/box/profile.ts names it.
 */
import { expect, test } from 'vitest'
import { TcpState } from '../../../src/memory/entry.js'
import { OldRule } from '../../../src/memory/replay.js'
import { packetBytes } from './packet-text.js'
import { runScenario, scenarioLines, TrackUnderTest } from './track-under-test.js'

const HANDSHAKE = `
  0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
  0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101  => ESTABLISHED SYN_RECV 60 1/1
  0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1`

test('up to 4.20, UDP is a stream and ASSURED with the packet behind the first answer', () => {
  const packets = `
    0.0  10.0.0.9:5000 > 10.0.0.1:53 udp  => NEW alive 30 1/0
    0.0  10.0.0.1:53 > 10.0.0.9:5000 udp  => ESTABLISHED alive 30 1/1`
  expectScenario(
    `${packets}
    0.0  10.0.0.9:5000 > 10.0.0.1:53 udp  => ESTABLISHED alive 120 ASSURED 2/1`,
    OldRule.UdpStreamAtOnce | OldRule.UdpAssuredAtOnce,
  )
  expectScenario(`${packets}
    0.0  10.0.0.9:5000 > 10.0.0.1:53 udp  => ESTABLISHED alive 30 2/1`)
})

test('up to 5.3, UDP is ASSURED before it is a stream', () => {
  const packets = `
    0.0  10.0.0.9:5000 > 10.0.0.1:53 udp  => NEW alive 30 1/0
    0.5  10.0.0.1:53 > 10.0.0.9:5000 udp  => ESTABLISHED alive 30 1/1`
  expectScenario(
    `${packets}
    1.0  10.0.0.9:5000 > 10.0.0.1:53 udp  => ESTABLISHED alive 30 ASSURED 2/1
    2.1  10.0.0.9:5000 > 10.0.0.1:53 udp  => ESTABLISHED alive 120 ASSURED 3/1`,
    OldRule.UdpAssuredAtOnce,
  )
  expectScenario(`${packets}
    1.0  10.0.0.9:5000 > 10.0.0.1:53 udp  => ESTABLISHED alive 30 2/1
    2.1  10.0.0.9:5000 > 10.0.0.1:53 udp  => ESTABLISHED alive 120 ASSURED 3/1`)
})

test('up to 5.0, an ICMP error may go anywhere', () => {
  const packet = '0.0  10.0.0.9:5000 > 10.0.0.1:53 udp  => NEW alive 30 1/0'
  const error = '1.0  192.0.2.1 > 10.0.0.1 icmp 3/3 about 10.0.0.9:5000 > 10.0.0.1:53 udp'
  expectScenario(`${packet}\n${error}  => RELATED alive 29 1/0`, OldRule.IcmpErrorAnywhere)
  expectScenario(`${packet}\n${error}  => INVALID alive 29 1/0`)
})

test('up to 5.13, the number of a RST is checked while the connection is being closed', () => {
  const close = `${HANDSHAKE}
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 101 ack 501  => ESTABLISHED FIN_WAIT 120 ASSURED 3/1
    0.3  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 102      => ESTABLISHED CLOSE_WAIT 60 ASSURED 3/2`
  const reset = '0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 50'
  expectScenario(`${close}\n${reset}  => INVALID CLOSE_WAIT 60 ASSURED 3/2`, OldRule.TcpResetChecked)
  expectScenario(`${close}\n${reset}  => ESTABLISHED CLOSE 10 ASSURED 4/2`)
})

test('up to 6.0, what lags behind the window or overshoots it a little is INVALID', () => {
  const old = '0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 4294900000 ack 501 len 10'
  expectScenario(`${HANDSHAKE}\n${old}  => INVALID ESTABLISHED 432000 ASSURED 2/1`, OldRule.TcpWindowStrict)
  expectScenario(`${HANDSHAKE}\n${old}  => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1`)
  const far = '0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 8400 ack 501 len 10'
  expectScenario(`${HANDSHAKE}\n${far}  => INVALID ESTABLISHED 432000 ASSURED 2/1`, OldRule.TcpWindowStrict)
  expectScenario(`${HANDSHAKE}\n${far}  => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1`)
})

test('up to 6.0, FIN out of the window from both sides leaves the timeout alone', () => {
  const fins = (last: string): string => `${HANDSHAKE}
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 900000 ack 501  => INVALID ESTABLISHED 432000 ASSURED 2/1
    0.2  10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 900000 ack 101  => INVALID ESTABLISHED ${last} ASSURED 2/1`
  expectScenario(fins('432000'), OldRule.TcpInvalidStays)
  expectScenario(fins('300'))
})

test('up to 6.0, a RST that answers a challenge ACK to a SYN has to be in the window', () => {
  const packets = `
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.0  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 700000 ack 9000  => ESTABLISHED SYN_SENT 120 1/0`
  const reset = '0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 9000'
  expectScenario(`${packets}\n${reset}  => INVALID SYN_SENT 120 1/0`, OldRule.TcpChallengeUnknown)
  expectScenario(`${packets}\n${reset}  => ESTABLISHED CLOSE 10 2/0`)
})

test('up to 6.1, a redirect of IPv6 is INVALID, and up to 6.9 the search for multicast routers', () => {
  const packet = '0.0  [2001:db8::9]:5000 > [2001:db8::1]:53 udp  => NEW alive 30 1/0'
  const redirect =
    '1.0  fe80::1 > 2001:db8::9 icmp6 137/0 ttl 255 data ' +
    `${'00'.repeat(32)}0407000000000000 about [2001:db8::9]:5000 > [2001:db8::1]:53 udp`
  expectScenario(`${packet}\n${redirect}  => INVALID alive 29 1/0`, OldRule.Icmpv6RedirectUnknown)
  expectScenario(`${packet}\n${redirect}  => RELATED alive 29 1/0`)
  const search = '1.0  fe80::1 > ff02::2 icmp6 152/0'
  expectScenario(`${packet}\n${search}  => INVALID alive 29 1/0`, OldRule.Icmpv6RoutersTracked)
  expectScenario(`${packet}\n${search}  => UNTRACKED alive 29 1/0`)
})

test.each([
  ['up to 6.0, REJECT leaves the entry of the connection alone', OldRule.RejectLeaves, TcpState.Established],
  ['since 6.1, REJECT closes the entry of the connection', 0, TcpState.Close],
])('%s', (_title, oldRules, state) => {
  const track = new TrackUnderTest({ oldRules })
  for (const line of scenarioLines(HANDSHAKE)) {
    const [, seconds, packet] = /^(\S+)\s+(.*?)\s+=>/.exec(line)!
    track.pass(packetBytes(packet), BigInt(Math.round(Number(seconds) * 1e9)))
  }
  const [entry] = track.shard.aliveEntries(track.nowNs)
  track.exports.setClosing(entry.at, track.nowNs)
  expect(entry.state).toBe(state)
})

function expectScenario(text: string, oldRules = 0): void {
  expect(runScenario(text, { oldRules })).toEqual(scenarioLines(text))
}
