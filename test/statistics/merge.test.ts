import { expect, test } from 'vitest'
import { Reason } from '../../src/memory/reason.js'
import { merge } from '../../src/statistics/merge.js'
import * as made from './shards.js'
import { At } from './shards.js'

const { established, ssh, rejected, answer, policyDrop, noRoute } = made
const shards = [made.shard([established, ssh, policyDrop]), made.shard([established, rejected, answer, noRoute])]
const report = merge(shards, made.facts, made.places)

test('each path is added to every counter that its walk bumped', () => {
  const counted = report.rules.map(({ packets, bytes }) => `${packets}:${bytes}`)
  expect(counted[At.RawPrerouting]).toBe('194:18980')
  expect(counted[At.InputEstablished]).toBe('180:18000')
  expect(counted[At.InputSsh]).toBe('2:100')
  expect(counted[At.InputLog]).toBe('8:480')
  expect(counted[At.InputReject]).toBe('5:300')
  expect(counted[At.InputPolicy]).toBe('3:180')
  expect(counted[At.OutputPolicy]).toBe('5:200')
  expect(counted[At.Input6Policy]).toBe('0:0')
})

test('a counter that a walk bumped twice counts twice', () => {
  const twice = { ...ssh, counters: [At.InputSsh, At.InputSsh] }
  const { rules } = merge([made.shard([twice])], made.facts, made.places)
  expect(rules[At.InputSsh]).toMatchObject({ packets: 4n, bytes: 200n, decided: 2n })
})

test('verdicts count every record once, and leave out what the box answered', () => {
  expect(report.verdicts).toEqual([
    { verdict: 'ACCEPT', packets: 182n, bytes: 18_100n },
    { verdict: 'DROP', packets: 3n, bytes: 180n },
    { verdict: 'REJECT', packets: 5n, bytes: 300n },
    { verdict: 'STOLEN', packets: 2n, bytes: 0n },
    { verdict: 'ROUTE', packets: 4n, bytes: 400n },
    { verdict: 'IP', packets: 3n, bytes: 0n },
  ])
  expect(report.answers).toBe(5n)
})

test('each hook and table says how packets left it', () => {
  const lines = report.hooks.flatMap(({ family, hook, verdicts, tables }) =>
    [{ table: '*', verdicts }, ...tables].map(
      (passage) =>
        `${family} ${hook} ${passage.table}: ` +
        passage.verdicts.map(({ verdict, packets }) => `${verdict} ${packets}`).join(' '),
    ),
  )
  expect(lines).toEqual([
    '4 PREROUTING *: ACCEPT 194',
    '4 PREROUTING raw: ACCEPT 194',
    '4 INPUT *: ACCEPT 182 DROP 3 REJECT 5',
    '4 INPUT filter: ACCEPT 182 DROP 3 REJECT 5',
    '4 OUTPUT *: ACCEPT 5',
    '4 OUTPUT raw: ACCEPT 5',
    '4 OUTPUT filter: ACCEPT 5',
    '4 POSTROUTING *: ACCEPT 5',
  ])
})

test('a packet dropped by a full conntrack table passed raw and no table behind it', () => {
  const places = [...made.places, { ...made.places[0], table: 'mangle' as const }]
  const { hooks } = merge([made.shard([made.tableFull])], made.facts, places)
  expect(hooks).toEqual([
    {
      family: 4,
      hook: 'PREROUTING',
      verdicts: [{ verdict: 'DROP', packets: 1n, bytes: 100n }],
      tables: [
        { table: 'raw', verdicts: [{ verdict: 'ACCEPT', packets: 1n, bytes: 100n }] },
        { table: 'mangle', verdicts: [] },
      ],
    },
  ])
})

test('the table nat saw only the packets that asked it', () => {
  const nat = { ...made.places[0], table: 'nat' as const }
  const asks = { ...made.ssh, counters: [...made.ssh.counters, made.places.length] }
  const { hooks } = merge([made.shard([made.established, asks])], made.facts, [...made.places, nat])
  expect(hooks[0].tables).toEqual([
    { table: 'raw', verdicts: [{ verdict: 'ACCEPT', packets: 92n, bytes: 9100n }] },
    { table: 'nat', verdicts: [{ verdict: 'ACCEPT', packets: 2n, bytes: 100n }] },
  ])
})

test('a table behind the one that dropped a packet never saw it', () => {
  const places = [...made.places, { ...made.places[At.InputPolicy], table: 'security' as const, text: ':INPUT ACCEPT' }]
  const { hooks } = merge([made.shard([policyDrop])], made.facts, places)
  const input = hooks.find(({ hook }) => hook === 'INPUT')
  expect(input?.tables).toEqual([
    { table: 'filter', verdicts: [{ verdict: 'DROP', packets: 3n, bytes: 180n }] },
    { table: 'security', verdicts: [] },
  ])
})

test('reasons come from records that no shard saw and from paths', () => {
  expect(report.reasons).toEqual([
    { reason: Reason.NotIp, text: 'not IP', packets: 3n },
    { reason: Reason.FragmentKept, text: 'fragment kept until its datagram is whole', packets: 2n },
    { reason: Reason.NoRoute, text: 'no route', packets: 4n },
  ])
})

test('states are those of captured packets', () => {
  expect(report.states.map(({ state, packets }) => [state, packets])).toEqual([
    ['NEW', 14n],
    ['ESTABLISHED', 180n],
  ])
})

test('connections of all shards are added up by protocol and state', () => {
  expect(report.conntrack).toMatchObject({ invalid: 2n, confirmed: 20n, died: 8n, alive: 12n })
  expect(report.conntrack.connections).toEqual([
    { family: 4, protocol: 'tcp', state: 'ESTABLISHED', entries: 8n },
    { family: 4, protocol: 'udp', state: 'UNREPLIED', entries: 4n },
  ])
  expect([report.pathHits, report.walks]).toEqual([160n, 40n])
})

test('answers that rate limits let go count like those that no limit touches', () => {
  const limited = { ...made.facts, limitedAnswers: [answer], answersSuppressed: 7n }
  const both = merge(shards, limited, made.places)
  expect([both.answers, both.answersSuppressed]).toEqual([10n, 7n])
  expect(both.rules[At.OutputPolicy]).toMatchObject({ packets: 10n, bytes: 400n, decided: 0n })
  expect(both.verdicts).toEqual(report.verdicts)
})

test('the order of the shards does not matter', () => {
  expect(merge(shards.toReversed(), made.facts, made.places)).toEqual(report)
})

test('it says when checksums were not verified, and how the trace ended', () => {
  expect(report.warnings[0]).toContain('net.netfilter.nf_conntrack_checksum=1')
  expect(report.ending).toBe('COMPLETE')
  const verified = merge(shards, { ...made.facts, checksums: true, problem: 'x.pcap: byte 9: cut' }, made.places)
  expect(verified).toMatchObject({ warnings: [], ending: 'BROKEN_OFF', problem: 'x.pcap: byte 9: cut' })
  expect(merge(shards, { ...made.facts, interrupted: true }, made.places).ending).toBe('INTERRUPTED')
})
