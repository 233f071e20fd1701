/**
 * Report and shard statistics to protobuf and back, and to proto3's JSON form: the only file that knows the code
 * generated from report.proto.
 */
import { hookline } from './generated/report.js'
import type { Report, ShardStatistics } from './report.js'

/** Every field there, also empty and zero ones; 64-bit numbers as bigint, enums as names. */
const PLAIN = { longs: BigInt, enums: String, defaults: true, arrays: true } as const

export function encodeShard(shard: ShardStatistics): Uint8Array {
  return hookline.ShardStatistics.encode(hookline.ShardStatistics.fromObject(shard)).finish()
}

export function decodeShard(bytes: Uint8Array): ShardStatistics {
  return hookline.ShardStatistics.toObject(hookline.ShardStatistics.decode(bytes), PLAIN) as ShardStatistics
}

export function encodeReport(report: Report): Uint8Array {
  return hookline.Report.encode(hookline.Report.fromObject(report)).finish()
}

export function decodeReport(bytes: Uint8Array): Report {
  return hookline.Report.toObject(hookline.Report.decode(bytes), PLAIN) as Report
}

/** The report in proto3's JSON form, with empty and zero fields too. */
export function reportJson(report: Report): object {
  return hookline.Report.toObject(hookline.Report.fromObject(report), { ...PLAIN, longs: String, json: true })
}
