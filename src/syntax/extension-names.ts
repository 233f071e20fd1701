/**
 * What stands behind -m, -j and -g: the extension, verdict or chain that a name means in this place.
 */
import {
  findMatch,
  findTarget,
  matchFamilies,
  matchName,
  matchNames,
  targetFamilies,
  targetNames,
} from '../extensions/all.js'
import type { Token } from '../extensions/option-reader.js'
import type { Target } from '../ruleset/ruleset.js'
import type { Instance } from './loaded-extensions.js'
import type { RuleContext } from './rule-context.js'

/** Kernel: XT_EXTENSION_MAXNAMELEN - 1. */
export const LONGEST_NAME = 28

const VERDICTS = ['ACCEPT', 'DROP', 'QUEUE', 'RETURN'] as const
type Verdict = (typeof VERDICTS)[number]
const VERDICT_TARGETS: Readonly<Record<Verdict, Target>> = {
  ACCEPT: { kind: 'verdict', verdict: 'ACCEPT' },
  DROP: { kind: 'verdict', verdict: 'DROP' },
  QUEUE: { kind: 'verdict', verdict: 'QUEUE' },
  RETURN: { kind: 'verdict', verdict: 'RETURN' },
}

export function isVerdict(name: string): name is Verdict {
  return (VERDICTS as readonly string[]).includes(name)
}

/** True for the name of any target, known to hookline or not. */
export function isTargetName(name: string, { family }: RuleContext): boolean {
  return isVerdict(name) || findTarget(name, family) !== null
}

/** `written` is the name, which stands at the token or is implied there. */
export function namedMatch(written: string, token: Token, context: RuleContext): Instance {
  const { family, unknown, report } = context
  const name = matchName(written)
  const extension = findMatch(name, family)
  if (extension === null && unknown === 'error') {
    const families = matchFamilies(name)
    if (families.length > 0) report(token, `match "${name}" is for IPv${families[0]} only`)
    else report({ ...token, text: name }, `match "${name}" is not known to hookline`, matchNames(family))
  }
  return { kind: 'match', extension, name, token, uses: [], foreign: [] }
}

/** The target of `-j`: a chain goes before an extension of the same name. */
export function namedTarget(token: Token, context: RuleContext): Target | Instance | null {
  if (!isName(token, context)) return null
  const name = token.text
  if (context.table.hasChain(name)) return jumpTo('jump', token, context)
  if (isVerdict(name)) return VERDICT_TARGETS[name]
  const { family, unknown, report, table } = context
  const extension = findTarget(name, family)
  if (extension === null && (unknown === 'error' || !/^[A-Z][A-Z0-9_]*$/.test(name))) {
    const families = targetFamilies(name)
    if (families.length > 0) report(token, `target "${name}" is for IPv${families[0]} only`)
    else report(token, `table ${table.name} has no chain "${name}", and there is no such target`, jumpNames(context))
  }
  return { kind: 'target', extension, name, token, uses: [], foreign: [] }
}

/** The chain of `-g`. */
export function namedGoto(token: Token, context: RuleContext): Target | null {
  if (!isName(token, context)) return null
  if (context.table.hasChain(token.text)) return jumpTo('goto', token, context)
  reportNoChain(token, context)
  return null
}

export function reportNoChain(token: Token, context: RuleContext): void {
  context.report(token, `table ${context.table.name} has no chain "${token.text}"`, context.table.chainNames())
}

function jumpTo(kind: 'jump' | 'goto', token: Token, { table, report }: RuleContext): Target {
  if (table.isBuiltin(token.text)) report(token, `${token.text} is built in: no rule can jump there`)
  return { kind, chain: token.text }
}

function isName(token: Token, { report }: RuleContext): boolean {
  const { text } = token
  if (text === '') report(token, 'the name of the target is empty')
  else if (isTooLong(text)) report(token, `"${text}" is longer than ${LONGEST_NAME} characters`)
  else if (/\s/.test(text)) report(token, `"${text}" has white space in it`)
  else return true
  return false
}

export function isTooLong(name: string): boolean {
  return name.length * 3 > LONGEST_NAME && Buffer.byteLength(name) > LONGEST_NAME
}

function jumpNames(context: RuleContext): string[] {
  return [...context.table.chainNames(), ...VERDICTS, ...targetNames(context.family)]
}
