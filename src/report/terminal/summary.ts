/**
 * The head of the report: what was replayed, how fast, and what became of the packets.
 */
import type { Report, Verdict } from '../../statistics/report.js'
import { formatBytes, formatCount, formatShare, formatSpan, formatTime } from '../number.js'
import { type Style, wrap, wrapParts } from './style.js'
import { tableLines } from './table.js'

/** What only this run of the replay knows. */
export interface Speed {
  readonly elapsedMs: number
  readonly workers: number
}

const BAR_WIDTH = 24
/** What a line has besides its count and its bar: verdict, share, meaning, and the gaps. */
const BESIDES_BAR = 49

const MEANINGS: Readonly<Partial<Record<Verdict, string>>> = {
  STOLEN: 'fragments kept until whole',
  ROUTE: 'dropped between the hooks',
  IP: 'dropped before any hook',
  NONE: 'sent by the box, seen again',
}

export function summaryLines(report: Report, speed: Speed, style: Style): string[] {
  const { colors } = style
  const { packets, wireBytes, firstNs, lastNs, captures } = report
  const facts = [`${formatCount(packets)} packets`, `${formatBytes(wireBytes)} on the wire`]
  if (packets > 0n) facts.push(formatSpan(lastNs - firstNs), `from ${formatTime(firstNs)} UTC`)
  return [
    ...wrap(captures.join(' '), style.width).map((line) => colors.bold(line)),
    ...wrapParts(facts, ', ', style.width - 2).map((line) => `  ${line}`),
    `  ${speedWords(packets, speed)}`,
    ...wrap(report.plan.reason, style.width - 2).map((line) => colors.dim(`  ${line}`)),
    ...endingLines(report, style),
  ]
}

export function verdictLines(report: Report, style: Style): string[] {
  const { colors } = style
  const countWidth = formatCount(report.packets).length
  const barWidth = Math.max(1, Math.min(BAR_WIDTH, style.width - BESIDES_BAR - countWidth))
  const rows = report.verdicts.map(({ verdict, packets }) => [
    paint(verdict, style)(verdict === 'NONE' ? '-' : verdict),
    formatCount(packets),
    formatShare(packets, report.packets),
    paint(verdict, style)(bar(packets, report.packets, barWidth)),
    colors.dim(MEANINGS[verdict] ?? ''),
  ])
  const states = report.states
    .filter(({ state }) => state !== 'NO_STATE')
    .map(({ state, packets }) => `${state} ${formatCount(packets)}`)
  const answers = [
    ...(report.answers > 0n ? [`${formatCount(report.answers)} answers sent by REJECT`] : []),
    ...(report.answersSuppressed > 0n
      ? [`${formatCount(report.answersSuppressed)} held back by ICMP rate limits`]
      : []),
  ]
  const below = [...wrapParts(states, ', ', style.width - 2), ...wrapParts(answers, ', ', style.width - 2)]
  return [...tableLines('lrrll', rows), ...below.map((line) => `  ${line}`)]
}

/** Colours a word by the verdict. */
export function paint(verdict: Verdict, { colors }: Style): (text: string) => string {
  switch (verdict) {
    case 'ACCEPT':
      return colors.green
    case 'DROP':
    case 'REJECT':
      return colors.red
    case 'QUEUE':
      return colors.blue
    case 'ROUTE':
    case 'IP':
      return colors.yellow
    default:
      return colors.dim
  }
}

function speedWords(packets: bigint, { elapsedMs, workers }: Speed): string {
  const perSecond = Math.round(Number(packets) / (Math.max(elapsedMs, 1) / 1000))
  const seconds = (elapsedMs / 1000).toFixed(elapsedMs < 10_000 ? 2 : 1)
  return `replayed in ${seconds} s: ${formatCount(perSecond)} packets/s, ${workers} worker${workers === 1 ? '' : 's'}`
}

function endingLines(report: Report, { colors, width }: Style): string[] {
  switch (report.ending) {
    case 'COMPLETE':
      return []
    case 'BROKEN_OFF':
      return wrap(`broke off: ${report.problem}`, width - 2).map((line) => colors.red(`  ${line}`))
    case 'INTERRUPTED':
      return [colors.yellow('  interrupted: the rest of the capture was not replayed')]
  }
}

/** At least a sliver for what is there at all. */
function bar(part: bigint, whole: bigint, width: number): string {
  if (part === 0n || whole === 0n) return ''
  const eighths = Math.max(1, Math.round((Number(part) / Number(whole)) * width * 8))
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7]
}
