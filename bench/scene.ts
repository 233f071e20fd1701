/**
 * Captures and rules files that benchmarks share, made when they are first asked for and thrown away at the end.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replay, type ReplayOptions, type ReplayResult } from '../src/replay.js'
import { linearRules } from './rulesets.js'
import { BOX_ADDRESS, BOX_ADDRESS6, type Traffic, writeTraffic } from './traffic.js'

const made = new Map<string, string>()
const folder = mkdtempSync(join(tmpdir(), 'hookline-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true }))

/** A file whose text does not depend on anything but its name. */
export function file(name: string, write: (path: string) => void): string {
  const known = made.get(name)
  if (known !== undefined) return known
  const path = join(folder, name)
  write(path)
  made.set(name, path)
  return path
}

export function capture(traffic: Traffic): string {
  return file(`${traffic.kind}-${traffic.flows}-${traffic.packets}.pcap`, (path) => writeTraffic(path, traffic))
}

export function linear(rules: number): string {
  return file(`linear-${rules}.rules`, (path) => writeFileSync(path, linearRules(rules)))
}

/** Addresses of the box, as --local takes them. */
export const LOCAL = [BOX_ADDRESS, BOX_ADDRESS6]

/** One replay in this process with one worker, so that a stage's time is its cost. */
export async function replayed(traffic: Traffic, options: Partial<ReplayOptions>): Promise<ReplayResult> {
  return replay({ captures: [capture(traffic)], local: LOCAL, workers: 1, ...options })
}
