/**
 * What became of each packet in the kernel against a replay's verdict lines, packet by packet.
 */
import type { Difference } from './difference.js'
import type { Fate, FateVerdict } from './fate.js'

/** The replay's words that agree with what the kernel shows: it does not show who dropped, or to where. */
const AGREEING: Readonly<Record<FateVerdict, readonly string[]>> = {
  ACCEPT: ['ACCEPT'],
  DROP: ['DROP', 'REJECT', 'QUEUE'],
  REJECT: ['REJECT'],
  STOLEN: ['STOLEN'],
  ROUTE: ['ROUTE'],
  IP: ['IP', 'ROUTE'],
}

/** One line of `--verdicts`. */
interface VerdictLine {
  readonly packet: number
  readonly hooks: string
  readonly verdict: string
  readonly where: string
  readonly state: string
  readonly mark: number
}

/**
 * `fates` as a kernel run gives them, null for packets that were not offered to the box; `verdicts` is the text that
 * a replay wrote, with its header line.
 */
export function compareVerdicts(fates: readonly (Fate | null)[], verdicts: string): Difference[] {
  const lines = new Map(readVerdicts(verdicts).map((line) => [line.packet, line]))
  return fates.flatMap((fate, index): Difference[] => {
    const number = index + 1
    const line = lines.get(number)
    if (line === undefined) return [{ where: `packet ${number}`, kernel: 'seen', replay: 'no verdict', note: '' }]
    if (fate === null) return []
    return compareFate(fate, line)
  })
}

function compareFate(fate: Fate, line: VerdictLine): Difference[] {
  const differences: Difference[] = []
  const differs = (what: string, kernel: string, replay: string): void => {
    differences.push({ where: `packet ${fate.number} ${what}`, kernel, replay, note: line.where })
  }
  if (!agrees(fate, line)) differs('verdict', fate.verdict, line.verdict)
  const hooks = fate.hooks.join(',')
  // A fragment that is kept has passed no hook as a whole packet.
  if (fate.verdict !== 'STOLEN' && line.verdict !== 'STOLEN' && hooks !== line.hooks)
    differs('hooks', hooks || 'none', line.hooks || 'none')
  if (fate.state !== null && fate.state !== line.state) differs('ctstate', fate.state, line.state || 'none')
  // Only the whole way shows every change of the mark.
  if (fate.verdict === 'ACCEPT' && fate.mark !== line.mark) differs('mark', hex(fate.mark), hex(line.mark))
  return differences
}

function agrees({ verdict, fragment, hooks }: Fate, line: VerdictLine): boolean {
  if (AGREEING[verdict].includes(line.verdict)) return true
  // Routed again after a rule changed it, to nowhere.
  if (verdict === 'DROP' && line.verdict === 'ROUTE') return hooks.at(-1) === 'OUTPUT'
  if (!fragment) return false
  if (verdict === 'STOLEN') return line.verdict === 'DROP'
  return verdict === 'ROUTE' && (line.verdict === 'STOLEN' || line.verdict === 'DROP')
}

function readVerdicts(text: string): VerdictLine[] {
  const [header, ...lines] = text.split('\n')
  const columns = header.split('\t')
  const column = (name: string): number => columns.indexOf(name)
  const [packet, hooks, verdict] = [column('packet'), column('hooks'), column('verdict')]
  const [where, state, mark] = [column('where'), column('ctstate'), column('mark')]
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const words = line.split('\t')
      return {
        packet: Number(words[packet]),
        hooks: words[hooks].replace(/^-$/, ''),
        verdict: words[verdict],
        where: words[where],
        state: words[state],
        mark: Number(words[mark] === '' || words[mark] === '-' ? 0 : words[mark]),
      }
    })
}

function hex(mark: number): string {
  return `0x${(mark >>> 0).toString(16)}`
}
