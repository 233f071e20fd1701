/**
 * The trackers of UDP, ICMP, ICMPv6, GRE and the rest, one connection a scenario; written as tcp.test.ts says.
 */
import { expect, test } from 'vitest'
import { runScenario, scenarioLines } from './track-under-test.js'

test('UDP is a stream once it is answered and older than two seconds; an entry lives up to its timeout, not longer', () => {
  expectScenario(`
    0.0          10.0.0.9:5000 > 10.0.0.1:53 udp        => NEW alive 30 1/0
    1.0          10.0.0.9:5000 > 10.0.0.1:53 udp        => NEW alive 30 2/0
    2.0          10.0.0.1:53 > 10.0.0.9:5000 udp len 3  => ESTABLISHED alive 30 2/1
    2.0          10.0.0.1:53 > 10.0.0.9:5000 udp        => ESTABLISHED alive 30 2/2
    2.000000001  10.0.0.1:53 > 10.0.0.9:5000 udp        => ESTABLISHED alive 120 ASSURED 2/3
    122.0        10.0.0.9:5000 > 10.0.0.1:53 udp        => ESTABLISHED alive 120 ASSURED 3/3
    242.0        10.0.0.1:53 > 10.0.0.9:5000 udp        => NEW alive 30 1/0
  `)
})

test('unanswered UDP stays NEW, and a late packet begins anew', () => {
  expectScenario(`
    0.0           10.0.0.9:5000 > 10.0.0.1:53 udp  => NEW alive 30 1/0
    29.999999999  10.0.0.9:5000 > 10.0.0.1:53 udp  => NEW alive 30 2/0
    59.999999999  10.0.0.9:5000 > 10.0.0.1:53 udp  => NEW alive 30 1/0
  `)
})

test('an echo reply belongs to its request; other answers and unknown types are INVALID', () => {
  expectScenario(`
    0.0  10.0.0.9 > 10.0.0.1 icmp 8/0 id 7  => NEW alive 30 1/0
    0.1  10.0.0.1 > 10.0.0.9 icmp 0/0 id 7  => ESTABLISHED alive 30 1/1
    0.2  10.0.0.9 > 10.0.0.1 icmp 8/0 id 7  => ESTABLISHED alive 30 2/1
    0.3  10.0.0.1 > 10.0.0.9 icmp 0/0 id 8  => INVALID alive 29.9 2/1
    0.4  10.0.0.1 > 10.0.0.9 icmp 0/1 id 7  => INVALID alive 29.8 2/1
    0.5  10.0.0.9 > 10.0.0.1 icmp 9/0       => INVALID alive 29.7 2/1
    0.6  10.0.0.9 > 10.0.0.1 icmp 40/0      => INVALID alive 29.6 2/1
  `)
})

test('an ICMP error is RELATED to the connection that it quotes, if it goes where that one goes, and changes nothing', () => {
  expectScenario(`
    0.0   10.0.0.9:5000 > 10.0.0.1:53 udp                                              => NEW alive 30 1/0
    0.1   10.0.0.1 > 10.0.0.9 icmp 3/3 about 10.0.0.9:5000 > 10.0.0.1:53 udp           => RELATED alive 29.9 1/0
    0.2   192.0.2.1 > 10.0.0.9 icmp 11/0 about 10.0.0.9:5000 > 10.0.0.1:53 udp         => RELATED alive 29.8 1/0
    0.3   10.0.0.9 > 10.0.0.1 icmp 3/3 about 10.0.0.1:53 > 10.0.0.9:5000 udp           => RELATED alive 29.7 1/0
    0.4   192.0.2.1 > 10.0.0.1 icmp 3/3 about 10.0.0.9:5000 > 10.0.0.1:53 udp          => INVALID alive 29.6 1/0
    0.5   10.0.0.1 > 10.0.0.9 icmp 3/3 about 10.0.0.9:5001 > 10.0.0.1:53 udp           => INVALID alive 29.5 1/0
    0.6   10.0.0.1 > 10.0.0.9 icmp 3/3 quote 23 about 10.0.0.9:5000 > 10.0.0.1:53 udp  => INVALID alive 29.4 1/0
    0.7   10.0.0.1 > 10.0.0.9 icmp 3/3 quote 24 about 10.0.0.9:5000 > 10.0.0.1:53 udp  => RELATED alive 29.3 1/0
    30.0  10.0.0.1 > 10.0.0.9 icmp 3/3 about 10.0.0.9:5000 > 10.0.0.1:53 udp           => INVALID -
  `)
})

test('ICMPv6 errors are RELATED, neighbour discovery and group membership UNTRACKED, stray answers INVALID', () => {
  expectScenario(`
    0.0  [2001:db8::9]:5000 > [2001:db8::1]:53 udp                                                                    => NEW alive 30 1/0
    0.1  [2001:db8::1]:53 > [2001:db8::9]:5000 udp                                                                    => ESTABLISHED alive 30 1/1
    0.2  2001:db8::77 > 2001:db8::9 icmp6 1/4 about [2001:db8::9]:5000 > [2001:db8::1]:53 udp                         => RELATED alive 29.9 1/1
    0.3  2001:db8::77 > 2001:db8::8 icmp6 1/4 about [2001:db8::9]:5000 > [2001:db8::1]:53 udp                         => INVALID alive 29.8 1/1
    0.4  fe80::1 > fe80::2 icmp6 135/0 ttl 255                                                                        => UNTRACKED alive 29.7 1/1
    0.5  fe80::1 > ff02::16 icmp6 143/0                                                                               => UNTRACKED alive 29.6 1/1
    0.6  fe80::1 > ff02::6a icmp6 151/0                                                                               => UNTRACKED alive 29.5 1/1
    0.7  fe80::1 > fe80::2 icmp6 137/0 ttl 255 data 0000000000000000000000000000000000000000000000000000000000000000  => INVALID alive 29.4 1/1
    0.8  2001:db8::9 > 2001:db8::1 icmp6 129/0 id 3                                                                   => INVALID alive 29.3 1/1
    0.9  2001:db8::9 > 2001:db8::1 icmp6 138/0                                                                        => INVALID alive 29.2 1/1
  `)
})

test('an ICMPv6 redirect from a router is RELATED by the packet in its option', () => {
  expectScenario(`
    0.0  [2001:db8::9]:5000 > [2001:db8::1]:53 udp                                                                                                                                        => NEW alive 30 1/0
    0.1  fe80::1 > 2001:db8::9 icmp6 137/0 ttl 255 data 00000000000000000000000000000000000000000000000000000000000000000407000000000000 about [2001:db8::9]:5000 > [2001:db8::1]:53 udp  => RELATED alive 29.9 1/0
    0.2  fe80::1 > 2001:db8::9 icmp6 137/0 ttl 64 data 00000000000000000000000000000000000000000000000000000000000000000407000000000000 about [2001:db8::9]:5000 > [2001:db8::1]:53 udp   => INVALID alive 29.8 1/0
  `)
})

test('UDP-Lite is a stream once it is answered, and must have a checksum', () => {
  expectScenario(`
    0.0  10.0.0.9 > 10.0.0.1 proto 136 data 1388003500000001  => NEW alive 30 1/0
    0.1  10.0.0.1 > 10.0.0.9 proto 136 data 0035138800000001  => ESTABLISHED alive 30 1/1
    0.2  10.0.0.9 > 10.0.0.1 proto 136 data 1388003500080001  => ESTABLISHED alive 120 ASSURED 2/1
    0.3  10.0.0.9 > 10.0.0.1 proto 136 data 1388003500080000  => INVALID alive 119.9 ASSURED 2/1
  `)
})

test('GRE is a stream once it is answered', () => {
  expectScenario(`
    0.0  10.0.0.9 > 10.0.0.1 proto 47  => NEW alive 30 1/0
    0.1  10.0.0.1 > 10.0.0.9 proto 47  => ESTABLISHED alive 30 1/1
    0.2  10.0.0.9 > 10.0.0.1 proto 47  => ESTABLISHED alive 180 ASSURED 2/1
  `)
})

test('GRE version 1 must carry PPP', () => {
  expectScenario(`
    0.0  10.0.0.9 > 10.0.0.1 proto 47 data 3001880b00040007  => NEW alive 30 1/0
    0.1  10.0.0.9 > 10.0.0.1 proto 47 data 3001880000040007  => INVALID alive 29.9 1/0
  `)
})

test('protocols without a tracker live ten minutes and are never ASSURED', () => {
  expectScenario(`
    0.0    10.0.0.9 > 10.0.0.1 proto 50  => NEW alive 600 1/0
    599.9  10.0.0.1 > 10.0.0.9 proto 50  => ESTABLISHED alive 600 1/1
    599.9  10.0.0.9 > 10.0.0.1 proto 50  => ESTABLISHED alive 600 2/1
  `)
})

test('a packet from an address to itself is the reply to the one before', () => {
  expectScenario(`
    0.0  127.0.0.1 > 127.0.0.1 proto 50  => NEW alive 600 1/0
    0.1  127.0.0.1 > 127.0.0.1 proto 50  => ESTABLISHED alive 600 1/1
  `)
})

function expectScenario(text: string): void {
  expect(runScenario(text)).toEqual(scenarioLines(text))
}
