/**
 * A benchmark on the terminal: how fast each ruleset is, how they compare, where the time goes, which rules the kernel
 * asks most, and how the cost grows with the rules. Fits 80 columns.
 */
import { formatCount } from '../report/number.js'
import { cut, type Style, styleOf, wrap } from '../report/terminal/style.js'
import { tableLines } from '../report/terminal/table.js'
import type { BenchmarkResult, HalfResult, RuleCost, RulesetResult, StageTimes } from './result.js'
import type { Spread } from './spread.js'

const BAR_WIDTH = 24
/** Below this, start-up and noise are most of what a run takes. */
const FEW_PACKETS = 100_000
/** What a line of a rule has in front of its text. */
const BESIDES_RULE = 51

const STAGES: readonly (readonly [keyof StageTimes, string])[] = [
  ['read', 'reading the capture'],
  ['index', 'headers, flow hash, shards'],
  ['defragment', 'putting fragments together'],
  ['replay', 'entries, trackers, counting'],
  ['walk', 'walking the rules'],
]

export function printBenchmark(result: BenchmarkResult, stream: NodeJS.WriteStream): void {
  stream.write(benchmarkText(result, styleOf(stream)))
}

export function benchmarkText(result: BenchmarkResult, style: Style): string {
  const { captures, packets, workers, node, rulesets } = result
  const { colors, width } = style
  const runs = rulesets[0].packetsPerSecond.length
  const facts = `${formatCount(packets)} packets, ${counted(workers, 'worker')}, ${counted(runs, 'run')}, Node ${node}`
  const head = [...wrap(captures.join(' '), width).map((line) => colors.bold(line)), `  ${facts}`]
  if (packets === 0) return [...head, colors.yellow('  no packets: there is nothing to measure'), ''].join('\n')
  const lines = [
    ...head,
    ...(packets < FEW_PACKETS ? [colors.yellow('  so few packets that most of what is measured is noise')] : []),
    ...rulesets.flatMap((ruleset) => ['', ...rulesetLines(ruleset, result.halved, style)]),
    ...comparison(rulesets, style),
    '',
  ]
  return lines.join('\n')
}

function rulesetLines(ruleset: RulesetResult, halved: boolean, style: Style): string[] {
  const { spread, rules, walks, evaluatedPerPacket, setUpMs, plan } = ruleset
  const { colors, width } = style
  const perPacket = 1e9 / spread.median
  return [
    ...wrap(nameOf(ruleset), width).map((line) => colors.bold(line)),
    `  ${colors.green(`${formatCount(Math.round(spread.median))} packets/s`)}  (${range(spread)}), ${perPacket.toFixed(0)} ns/packet`,
    `  ${counted(rules, 'rule')}, ready in ${setUpMs.toFixed(0)} ms; the kernel asks a packet ${rounded(evaluatedPerPacket)} of them on average`,
    `  ${percent(walks.pathHits)} of the packets followed a remembered path, ${percent(walks.walked)} walked the rules`,
    ...wrap(plan, width - 2).map((line) => colors.dim(`  ${line}`)),
    ...stageLines(ruleset.stages, style),
    ...ruleLines(ruleset.costliest, style),
    ...curveLines(ruleset.halves, halved, style),
  ]
}

function stageLines(stages: StageTimes, { colors }: Style): string[] {
  const most = Math.max(...STAGES.map(([stage]) => stages[stage]))
  const rows = STAGES.filter(([stage]) => stages[stage] > 0).map(([stage, what]) => [
    stages[stage].toFixed(1),
    what,
    bar(stages[stage] / most),
  ])
  return [colors.dim('  ns/packet, all workers together'), ...tableLines('rll', rows)]
}

function ruleLines(costliest: readonly RuleCost[], { colors, width }: Style): string[] {
  if (costliest.length === 0) return []
  const rows = costliest.map(({ family, table, chain, rule, text, evaluated, matched }) => [
    formatCount(evaluated),
    formatCount(matched),
    cut(`IPv${family} ${table} ${chain} ${rule}`, 29),
    cut(text.replace(/^-A \S+ ?/, ''), Math.max(10, width - BESIDES_RULE)),
  ])
  return [colors.dim('  rules that are asked most: packets asked, packets that matched'), ...tableLines('rrll', rows)]
}

function curveLines(halves: readonly HalfResult[], halved: boolean, { colors }: Style): string[] {
  if (halves.length < 2) return halved ? [colors.dim('  not cut in halves: there are too few IPv4 rules')] : []
  const most = Math.max(...halves.map(({ nsPerPacket }) => nsPerPacket.median))
  const rows = halves.map(({ rules, nsPerPacket, evaluatedPerPacket }) => [
    formatCount(rules),
    nsPerPacket.median.toFixed(1),
    rounded(evaluatedPerPacket),
    bar(nsPerPacket.median / most),
  ])
  return [colors.dim('  cut in halves: rules, ns/packet, rules the kernel asks a packet'), ...tableLines('rrrl', rows)]
}

/** Against the first ruleset. */
function comparison(rulesets: readonly RulesetResult[], { colors }: Style): string[] {
  const [first, ...others] = rulesets
  if (others.length === 0) return []
  const rows = others.map((ruleset) => [
    nameOf(ruleset),
    `${ruleset.againstFirst.median.toFixed(2)} times as fast`,
    `(${ruleset.againstFirst.least.toFixed(2)} to ${ruleset.againstFirst.most.toFixed(2)})`,
  ])
  return ['', colors.bold(`Against ${nameOf(first)}, round by round`), ...tableLines('lrl', rows)]
}

function nameOf({ file }: RulesetResult): string {
  return file ?? "the box's rules"
}

function range({ least, most, deviation }: Spread): string {
  const [from, to] = [least, most].map((value) => formatCount(Math.round(value)))
  return `${from} to ${to}, ± ${(deviation * 100).toFixed(1)} %`
}

function bar(share: number): string {
  return '█'.repeat(Math.max(1, Math.round(share * BAR_WIDTH)))
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function rounded(value: number): string {
  return value < 100 ? value.toFixed(1) : formatCount(Math.round(value))
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`
}
