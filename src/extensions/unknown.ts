/**
 * What stands for a match or target that hookline does not know, when the user says how such matches answer: its
 * text is kept for printing; a match answers always the same, a target lets the packet go on.
 */
import { ANYWHERE, type MatchExtension, TargetVerdict, type TargetExtension } from './extension.js'
import { undecidedTest } from './undecided.js'

export interface UnknownOptions {
  /** The options as they stand in the text. */
  readonly raw: string
  readonly answer: 'never' | 'always'
}

const SHARED = {
  families: [4, 6],
  options: [],
  scope: 'packet',
  tracks: false,
  guesses: true,
  placement: () => ANYWHERE,
  print: ({ raw }: UnknownOptions) => (raw === '' ? '' : ` ${raw}`),
  reads: () => [],
} as const

export const unknownMatch: MatchExtension<UnknownOptions> = {
  ...SHARED,
  name: 'unknown',
  protocol: null,
  stateBytes: () => 0,
  parse: () => ({ raw: '', answer: 'never' }),
  prepare: ({ answer }) => undecidedTest({ answer: answer === 'always' }),
}

export const unknownTarget: TargetExtension<UnknownOptions> = {
  ...SHARED,
  name: 'unknown',
  parse: () => ({ raw: '', answer: 'never' }),
  prepare: () => (packet) => {
    packet.guessed = true
    return TargetVerdict.Continue
  },
}
