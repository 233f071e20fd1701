/**
 * `hookline check`: are these rules right, and do they say what they seem to say?
 */
import { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import type { LoadPlace } from '../extensions/load-problems.js'
import type { UnknownAnswer } from '../extensions/option-reader.js'
import { formatProblems, type RulesProblem } from '../ruleset/rules-error.js'
import type { Family, Ruleset } from '../ruleset/ruleset.js'
import { rulesFamily } from '../syntax/rules-family.js'
import { describeFileError, Exit } from './exit.js'
import { paragraphs } from './help-text.js'
import { collect } from './option-value.js'
import { unknownOption } from './shared-options.js'

const HELP = `
Reads rules as iptables-save and ip6tables-save print them, and tells every error in them: whatever iptables-restore
or the kernel would refuse, and what hookline does not know. Where there are no errors, it warns of rules that no
packet reaches and of chains that nothing leads to. Whether the sets that rules name are there, it can tell with --sets.

A file is IPv6 when its comments name ip6tables-save, or its name has ip6tables in it, or it is given by --rules6.`

const EXAMPLES = `
Exit codes: 0 nothing found; 1 warnings; 2 errors.

Examples:
  hookline check office.rules
  hookline check web1/iptables-save web1/ip6tables-save
  iptables-save | hookline check -`

interface Flags {
  readonly rules6?: string[]
  readonly sets?: string
  readonly unknown: UnknownAnswer
}

export function checkCommand(): Command {
  return new Command('check')
    .summary('parse and lint rules: errors, unreachable and shadowed rules')
    .description(paragraphs(HELP))
    .argument('[rules...]', 'iptables-save texts, or - for standard input')
    .option('--rules6 <file>', 'an ip6tables-save text; may be given again', collect)
    .option('--sets <file>', 'ipset save text: rules that name other sets are errors')
    .addOption(unknownOption())
    .addHelpText('after', EXAMPLES)
    .action(run)
}

async function run(files: string[], flags: Flags, command: Command): Promise<void> {
  const { rules6 = [], unknown } = flags
  if (files.length + rules6.length === 0) command.error("error: missing required argument 'rules'")
  const { readSets } = await import('../box/read-box.js')
  const place = { sets: flags.sets === undefined ? null : readSets(flags.sets), profile: null }
  let exit = Exit.Done
  for (const file of files) exit = Math.max(exit, await check(file, null, unknown, place))
  for (const file of rules6) exit = Math.max(exit, await check(file, 6, unknown, place))
  process.exitCode = exit
}

/** Errors go to standard error, warnings and the summary to standard output. */
async function check(
  file: string,
  given: Family | null,
  unknown: UnknownAnswer,
  place: Omit<LoadPlace, 'rulesets'>,
): Promise<Exit> {
  const text = await (file === '-' ? readStandardInput() : readText(file))
  if (text === null) return Exit.WrongInput
  const name = file === '-' ? '<stdin>' : file
  const family = given ?? rulesFamily(text, file)
  const { parseRuleset } = await import('../syntax/parse-ruleset.js')
  const { lintRuleset } = await import('../syntax/lint.js')
  const { loadProblems } = await import('../extensions/load-problems.js')
  const { ruleset, problems: found } = parseRuleset(text, name, family, unknown)
  const problems = [...found, ...loadProblems(ruleset, { ...place, rulesets: [ruleset] })]
  if (problems.length > 0) console.error(formatProblems(problems, text))
  const warnings = problems.length > 0 ? [] : [...lintRuleset(ruleset), ...lintEnd(text, name)]
  if (warnings.length > 0) console.log(formatProblems(warnings, text, 'warning: '))
  console.log(`${name}: ${summary(ruleset)}; ${counted(problems, 'error')}, ${counted(warnings, 'warning')}`)
  return problems.length > 0 ? Exit.WrongInput : warnings.length > 0 ? Exit.Found : Exit.Done
}

/** hookline reads a last line without an end; iptables-restore does not see COMMIT there. */
function lintEnd(text: string, file: string): RulesProblem[] {
  if (!text.endsWith('COMMIT')) return []
  const position = { file, line: text.split('\n').length, column: 1, length: 'COMMIT'.length }
  return [{ position, message: 'iptables-restore refuses a COMMIT without a line end behind it' }]
}

function summary({ family, tables }: Ruleset): string {
  const chains = tables.flatMap((table) => table.chains)
  const rules = chains.reduce((sum, chain) => sum + chain.rules.length, 0)
  const names = tables.map(({ name }) => name).join(', ')
  return `IPv${family}, ${rules} ${rules === 1 ? 'rule' : 'rules'}${names === '' ? '' : ` in ${names}`}`
}

function counted(found: readonly RulesProblem[], what: string): string {
  if (found.length === 0) return `no ${what}s`
  return `${found.length} ${what}${found.length === 1 ? '' : 's'}`
}

/** Null, reported, when the file cannot be read: the others are checked all the same. */
async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    console.error(describeFileError(file, error))
    return null
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString()
}
