/**
 * `--json F` and `--pb F`: the whole report, as report.proto says it.
 */
import type { Report } from '../statistics/report.js'
import { encodeReport, reportJson } from '../statistics/wire.js'
import { writeOutput } from './output.js'

export function writeJson(path: string, report: Report): void {
  writeOutput(path, `${JSON.stringify(reportJson(report), null, 2)}\n`)
}

export function writeProtobuf(path: string, report: Report): void {
  writeOutput(path, encodeReport(report))
}
