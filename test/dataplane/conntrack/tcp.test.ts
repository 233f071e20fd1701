/**
 * The TCP tracker, one connection a scenario. Behind `=>`: the state that rules see, then the entry: its state, the
 * seconds it has left, ASSURED, and the packets that it counted each way. All of it as Linux 6.18 does it.
 */
import { expect, test } from 'vitest'
import { ReplayFlag } from '../../../src/memory/replay.js'
import { runScenario, scenarioLines, type Settings } from './track-under-test.js'

test('a connection lives from SYN to TIME_WAIT, and each segment sets the timeout that fits', () => {
  expectScenario(`
    0.0    10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100                     => NEW SYN_SENT 120 1/0
    0.1    10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101         => ESTABLISHED SYN_RECV 60 1/1
    0.2    10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501             => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3    10.0.0.9:4000 > 10.0.0.1:22 tcp PSH,ACK seq 101 ack 501 len 10  => ESTABLISHED ESTABLISHED 300 ASSURED 3/1
    0.4    10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 111             => ESTABLISHED ESTABLISHED 432000 ASSURED 3/2
    0.5    10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 111 ack 501         => ESTABLISHED FIN_WAIT 120 ASSURED 4/2
    0.6    10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 112             => ESTABLISHED CLOSE_WAIT 60 ASSURED 4/3
    0.7    10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 501 ack 112         => ESTABLISHED LAST_ACK 30 ASSURED 4/4
    0.8    10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 112 ack 502             => ESTABLISHED TIME_WAIT 120 ASSURED 5/4
    119.9  10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 501 ack 112         => ESTABLISHED TIME_WAIT 120 ASSURED 5/5
    239.9  10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 501 ack 112         => INVALID -
  `)
})

test('a SYN in TIME_WAIT begins another connection', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101  => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 101 ack 501  => ESTABLISHED FIN_WAIT 120 ASSURED 3/1
    0.4  10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 501 ack 102  => ESTABLISHED LAST_ACK 30 ASSURED 3/2
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 102 ack 502      => ESTABLISHED TIME_WAIT 120 ASSURED 4/2
    0.6  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 9000             => NEW SYN_SENT 120 1/0
  `)
})

test('in TIME_WAIT the server may open the next connection', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101  => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 101 ack 501  => ESTABLISHED FIN_WAIT 120 ASSURED 3/1
    0.4  10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 501 ack 102  => ESTABLISHED LAST_ACK 30 ASSURED 3/2
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 102 ack 502      => ESTABLISHED TIME_WAIT 120 ASSURED 4/2
    0.6  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN seq 9000             => NEW SYN_SENT 120 1/0
    0.7  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN,ACK seq 50 ack 9001  => ESTABLISHED SYN_RECV 60 1/1
  `)
})

test('a RST closes with the exact number, shortens the timeout with another, and is INVALID before what was acknowledged', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101  => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 150              => ESTABLISHED ESTABLISHED 10 ASSURED 3/1
    0.4  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 90               => INVALID ESTABLISHED 9.9 ASSURED 3/1
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 101              => ESTABLISHED CLOSE 10 ASSURED 4/1
    0.6  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 7000             => NEW SYN_SENT 120 1/0
  `)
})

test('a refused connection leaves no entry, and the RST counts as ESTABLISHED', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100            => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp RST,ACK seq 0 ack 101  => ESTABLISHED -
    0.2  10.0.0.1:22 > 10.0.0.9:4000 tcp RST,ACK seq 0 ack 101  => INVALID -
  `)
})

test('a repeated SYN is NEW, but keeps nothing alive and is not counted', () => {
  expectScenario(`
    0.0      10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100  => NEW SYN_SENT 120 1/0
    1.0      10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100  => NEW SYN_SENT 119 1/0
    119.999  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100  => NEW SYN_SENT 0.001 1/0
    120.0    10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100  => NEW SYN_SENT 120 1/0
  `)
})

test('both ends may send their SYN at once', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN seq 500              => ESTABLISHED SYN_SENT2 119.9 1/0
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN,ACK seq 100 ack 501  => ESTABLISHED SYN_RECV 60 2/0
    0.3  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 101      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
  `)
})

test('a connection picked up in the middle is NEW until it is answered, and ASSURED after that', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp PSH,ACK seq 100 ack 200 len 3  => NEW ESTABLISHED 300 1/0
    0.1  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 103 ack 200            => NEW ESTABLISHED 300 2/0
    0.2  10.0.0.1:22 > 10.0.0.9:4000 tcp PSH,ACK seq 200 ack 103 len 4  => ESTABLISHED ESTABLISHED 300 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 103 ack 204            => ESTABLISHED ESTABLISHED 432000 ASSURED 3/1
  `)
})

test('without tcp_loose only a SYN begins a connection', () => {
  expectScenario(
    `
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp PSH,ACK seq 100 ack 200 len 3  => INVALID -
    0.1  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100                    => NEW SYN_SENT 120 1/0
  `,
    { flags: 0 },
  )
})

test('illegal flags, and segments that begin nothing, are INVALID', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp none seq 1           => INVALID -
    0.1  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,PSH,URG seq 1    => INVALID -
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN,FIN seq 1        => INVALID -
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN,RST seq 1        => INVALID -
    0.4  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 1 ack 1  => INVALID -
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 1            => INVALID -
    0.6  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN,ACK seq 1 ack 1  => INVALID -
  `)
})

test('beyond the window a little is let through, more is INVALID; so is an ACK or SACK of what was never sent', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100 win 1000 wscale 2 sackok              => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101 win 1000 wscale 3 sackok  => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501 win 1000                      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 101 win 1000                      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/2
    0.4  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 8101 ack 501 win 1000                     => ESTABLISHED ESTABLISHED 300 ASSURED 3/2
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 8102 ack 501 win 1000                     => ESTABLISHED ESTABLISHED 299.9 ASSURED 3/2
    0.6  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 502 win 1000                      => INVALID ESTABLISHED 299.8 ASSURED 3/2
    0.7  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501 win 1000 sack 502-600         => INVALID ESTABLISHED 299.7 ASSURED 3/2
    0.8  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 4294959396 ack 501 win 1000               => ESTABLISHED ESTABLISHED 299.6 ASSURED 3/2
    1.0  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 99999 ack 501                         => INVALID ESTABLISHED 299.4 ASSURED 3/2
    1.1  10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 99999 ack 101                         => INVALID ESTABLISHED 299.3 ASSURED 3/2
  `)
})

test('windows are scaled only if both ends offer it', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100 win 1000 wscale 2        => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101 win 1000     => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501 win 1000         => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 1501 ack 101 win 1000        => ESTABLISHED ESTABLISHED 300 ASSURED 2/2
    0.4  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 1502 ack 101 win 1000        => ESTABLISHED ESTABLISHED 299.9 ASSURED 2/2
    0.5  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 2502 ack 101 win 1000 len 1  => INVALID ESTABLISHED 299.8 ASSURED 2/2
  `)
})

test('SACK blocks may reach as far as the data that was seen', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100 sackok                => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101 sackok    => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501 len 300       => ESTABLISHED ESTABLISHED 300 ASSURED 2/1
    0.3  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 101 sack 201-401  => ESTABLISHED ESTABLISHED 300 ASSURED 2/2
    0.4  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 101 sack 201-402  => INVALID ESTABLISHED 299.9 ASSURED 2/2
  `)
})

test('a SYN in an open connection is let through, and the SYN/ACK that answers it starts anew', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100                          => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101              => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501                  => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 70000 wscale 7               => ESTABLISHED ESTABLISHED 431999.9 ASSURED 2/1
    0.4  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 9000 ack 70001 wscale 7  => ESTABLISHED SYN_RECV 60 ASSURED 2/2
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 70001 ack 9001               => ESTABLISHED ESTABLISHED 432000 ASSURED 3/2
  `)
})

test('a RST that answers a stray SYN closes the connection', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100                      => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101          => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501              => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 70000                    => ESTABLISHED ESTABLISHED 431999.9 ASSURED 2/1
    0.5  10.0.0.1:22 > 10.0.0.9:4000 tcp RST,ACK seq 999999999 ack 70001  => ESTABLISHED CLOSE 10 ASSURED 2/2
  `)
})

test('a RST from the side that sent the stray SYN does not; two out-of-window RSTs shorten a long timeout', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100                      => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101          => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501              => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 70000                    => ESTABLISHED ESTABLISHED 431999.9 ASSURED 2/1
    0.4  10.0.0.9:4000 > 10.0.0.1:22 tcp RST,ACK seq 999999999 ack 70001  => INVALID ESTABLISHED 431999.8 ASSURED 2/1
    0.5  10.0.0.1:22 > 10.0.0.9:4000 tcp RST,ACK seq 999999999 ack 70001  => INVALID ESTABLISHED 300 ASSURED 2/1
  `)
})

test('an ACK that does not fit a SYN is let through, and the RST that answers it closes', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100            => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 9000 ack 5555  => ESTABLISHED SYN_SENT 119.9 1/0
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 5555           => ESTABLISHED CLOSE 10 2/0
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 101            => NEW SYN_SENT 120 1/0
  `)
})

test('in LAST_ACK the challenge to a stray SYN is not the last ACK', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101  => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.1:22 > 10.0.0.9:4000 tcp FIN,ACK seq 501 ack 101  => ESTABLISHED FIN_WAIT 120 ASSURED 2/2
    0.4  10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 101 ack 502  => ESTABLISHED LAST_ACK 30 ASSURED 3/2
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 70000            => ESTABLISHED LAST_ACK 29.9 ASSURED 3/2
    0.6  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 502 ack 102      => ESTABLISHED LAST_ACK 29.8 ASSURED 3/2
    0.7  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 502 ack 102      => ESTABLISHED TIME_WAIT 120 ASSURED 3/3
  `)
})

test('three repeated ACKs, or a closed window, shorten the timeout', () => {
  expectScenario(`
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100                 => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101     => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501         => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501         => ESTABLISHED ESTABLISHED 432000 ASSURED 3/1
    0.4  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501         => ESTABLISHED ESTABLISHED 432000 ASSURED 4/1
    0.5  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501         => ESTABLISHED ESTABLISHED 300 ASSURED 5/1
    0.6  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501 win 0   => ESTABLISHED ESTABLISHED 300 ASSURED 6/1
    0.7  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501 win 99  => ESTABLISHED ESTABLISHED 432000 ASSURED 7/1
  `)
})

test('tcp_be_liberal waives the window, but not the number of a RST', () => {
  expectScenario(
    `
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100                     => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101         => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501             => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 99999999 ack 501 len 5  => ESTABLISHED ESTABLISHED 432000 ASSURED 3/1
    0.4  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 50                      => INVALID ESTABLISHED 431999.9 ASSURED 3/1
  `,
    { flags: ReplayFlag.TcpLoose | ReplayFlag.TcpBeLiberal },
  )
})

test('tcp_ignore_invalid_rst lets any RST close', () => {
  expectScenario(
    `
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.1  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101  => ESTABLISHED SYN_RECV 60 1/1
    0.2  10.0.0.1:22 > 10.0.0.9:4000 tcp ACK seq 501 ack 101      => ESTABLISHED SYN_RECV 60 1/2
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp RST seq 99               => ESTABLISHED CLOSE 10 2/2
    `,
    { flags: ReplayFlag.TcpLoose | ReplayFlag.TcpIgnoreInvalidRst },
  )
})

function expectScenario(text: string, settings?: Settings): void {
  expect(runScenario(text, settings)).toEqual(scenarioLines(text))
}
