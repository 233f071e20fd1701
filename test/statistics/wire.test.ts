import { expect, test } from 'vitest'
import { merge } from '../../src/statistics/merge.js'
import { decodeReport, decodeShard, encodeReport, encodeShard, reportJson } from '../../src/statistics/wire.js'
import * as made from './shards.js'

const report = merge([made.shard([made.established, made.noRoute])], made.facts, made.places)

test('a shard survives the way over the wire', () => {
  const shard = made.shard([made.established, made.rejected, made.noRoute])
  expect(decodeShard(encodeShard(shard))).toEqual(shard)
})

test('a report survives the way over the wire', () => {
  expect(decodeReport(encodeReport(report))).toEqual(report)
})

test('numbers beyond 53 bits are exact', () => {
  const packets = 0xffff_ffff_ffff_fffen
  const shard = made.shard([{ ...made.established, packets }])
  expect(decodeShard(encodeShard(shard)).paths[0].packets).toBe(packets)
})

test('JSON is in proto3 form: 64-bit numbers as text, enums by name, every field there', () => {
  const json = reportJson(report)
  expect(json).toMatchObject({
    captures: ['eth0=server.pcap'],
    packets: '109',
    firstNs: '1795391549000000001',
    plan: { shards: 16 },
    verdicts: [
      { verdict: 'ACCEPT', packets: '90', bytes: '9000' },
      { verdict: 'STOLEN', packets: '2', bytes: '0' },
      { verdict: 'ROUTE', packets: '4', bytes: '400' },
      { verdict: 'IP', packets: '3', bytes: '0' },
    ],
  })
  expect(json).toMatchObject({ problem: '', answers: '0', ending: 'COMPLETE' })
})
