/**
 * The ends of a packet's way: what is confirmed, what is freed, what REJECT does, and what `conntrack -S` counts.
 */
import { beforeEach, expect, test } from 'vitest'
import { Reason } from '../../../src/memory/reason.js'
import { ConntrackCounter } from '../../../src/memory/shard.js'
import { SKB_OFFSET, SKB_SIZE, SkbView } from '../../../src/memory/skb.js'
import { packetBytes } from './packet-text.js'
import { runScenario, scenarioLines, TrackUnderTest } from './track-under-test.js'

const SECOND = 1_000_000_000n
const SYN = packetBytes('10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100')
const QUERY = packetBytes('10.0.0.9:5000 > 10.0.0.1:53 udp')

let track: TrackUnderTest

beforeEach(() => {
  track = new TrackUnderTest()
})

test('a new packet that is dropped leaves no entry, a later one of the connection leaves its mark', () => {
  const text = `
    0.0  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              =| NEW -
    0.1  10.0.0.9:4000 > 10.0.0.1:22 tcp SYN seq 100              => NEW SYN_SENT 120 1/0
    0.2  10.0.0.1:22 > 10.0.0.9:4000 tcp SYN,ACK seq 500 ack 101  =| ESTABLISHED SYN_RECV 60 1/1
    0.3  10.0.0.9:4000 > 10.0.0.1:22 tcp ACK seq 101 ack 501      => ESTABLISHED ESTABLISHED 432000 ASSURED 2/1
  `
  expect(runScenario(text)).toEqual(scenarioLines(text))
})

test('the timeout runs from the confirmation, not from the arrival', () => {
  track.begin(SYN, SECOND)
  track.exports.track(track.skb.at)
  track.memory.setU64(track.skb.at + SKB_OFFSET.nowNs, 3n * SECOND)
  track.exports.confirm(track.skb.at)
  track.nowNs = 3n * SECOND
  expect(track.entries()).toEqual(['SYN_SENT 120 1/0'])
})

test('a packet that has an entry keeps it when it passes conntrack again', () => {
  track.begin(SYN, 0n)
  track.exports.track(track.skb.at)
  const { entry } = track.skb
  track.exports.track(track.skb.at)
  expect(track.skb.entry).toBe(entry)
  track.exports.confirm(track.skb.at)
  expect(track.exports.confirm(track.skb.at)).toBe(Reason.None)
  expect(track.entries()).toEqual(['SYN_SENT 120 1/0'])
})

test('NOTRACK leaves a packet alone', () => {
  track.begin(SYN, 0n)
  track.skb.ctInfo = 7
  track.exports.track(track.skb.at)
  expect(track.ctState).toBe('UNTRACKED')
})

test('two UDP packets that were new at once share the entry that is confirmed first', () => {
  track.begin(QUERY, 0n)
  track.exports.track(track.skb.at)
  const second = copyOfSkb()
  second.entry = 0
  track.exports.track(second.at)
  expect(second.entry).not.toBe(track.skb.entry)
  expect(track.exports.confirm(track.skb.at)).toBe(Reason.None)
  expect(track.exports.confirm(second.at)).toBe(Reason.None)
  expect(second.entry).toBe(track.skb.entry)
  expect(track.entries()).toEqual(['alive 30 2/0'])
  expect(track.counter(ConntrackCounter.ClashResolve)).toBe(1)
})

test('the second of two TCP packets that were new at once is dropped', () => {
  track.begin(SYN, 0n)
  track.exports.track(track.skb.at)
  const second = copyOfSkb()
  second.entry = 0
  track.exports.track(second.at)
  track.exports.confirm(track.skb.at)
  expect(track.exports.confirm(second.at)).toBe(Reason.ConntrackClash)
  track.exports.release(second.at)
  expect(track.entries()).toEqual(['SYN_SENT 120 1/0'])
  expect(track.counter(ConntrackCounter.InsertFailed)).toBe(1)
  expect(track.counter(ConntrackCounter.Drop)).toBe(1)
})

test('the answer of REJECT carries the entry in the other direction, and does not confirm it', () => {
  track.begin(SYN, 0n)
  track.exports.track(track.skb.at)
  const answer = copyOfSkb()
  answer.ctInfo = 4
  expect(track.exports.confirm(answer.at)).toBe(Reason.None)
  track.exports.release(track.skb.at)
  expect(track.entries()).toEqual([])
  expect(track.counter(ConntrackCounter.Confirmed)).toBe(0)
})

test('an entry killed by its own packet is freed when that packet is released, and used again', () => {
  track.pass(SYN, 0n)
  track.begin(packetBytes('10.0.0.1:22 > 10.0.0.9:4000 tcp RST,ACK seq 0 ack 101'), SECOND)
  track.exports.track(track.skb.at)
  const { entry } = track.skb
  expect(track.ctState).toBe('ESTABLISHED')
  expect(track.exports.confirm(track.skb.at)).toBe(Reason.None)
  track.exports.release(track.skb.at)
  expect(track.skb.entry).toBe(0)
  track.begin(QUERY, SECOND)
  track.exports.track(track.skb.at)
  expect(track.skb.entry).toBe(entry)
})

test('REJECT with tcp-reset closes a confirmed connection, and only such', () => {
  track.begin(SYN, 0n)
  track.exports.track(track.skb.at)
  track.exports.setClosing(track.skb.entry, 0n)
  track.exports.confirm(track.skb.at)
  expect(track.entries()).toEqual(['SYN_SENT 120 1/0'])
  track.exports.setClosing(track.skb.entry, 0n)
  expect(track.entries()).toEqual(['CLOSE 10 1/0'])
})

test('INVALID packets and ICMP errors about nothing are counted apart', () => {
  track.pass(packetBytes('10.0.0.9:4000 > 10.0.0.1:22 tcp FIN,ACK seq 1'), 0n)
  track.pass(packetBytes('10.0.0.9 > 10.0.0.1 icmp 9/0'), 0n)
  track.pass(packetBytes('10.0.0.9 > 10.0.0.1 icmp 0/0 id 1'), 0n)
  track.pass(packetBytes('10.0.0.9 > 10.0.0.1 icmp 40/0'), 0n)
  track.pass(packetBytes('10.0.0.1 > 10.0.0.9 icmp 3/3 about 10.0.0.9:5000 > 10.0.0.1:53 udp'), 0n)
  expect(track.counter(ConntrackCounter.Invalid)).toBe(3)
  expect(track.counter(ConntrackCounter.IcmpError)).toBe(2)
})

/** Another packet like the one under way, after it. */
function copyOfSkb(): SkbView {
  const { memory, skb } = track
  const at = track.address(track.exports.allocate(SKB_SIZE))
  memory.bytes.copyWithin(at, skb.at, skb.at + SKB_SIZE)
  return new SkbView(memory, at)
}
