/**
 * Asks iptables-legacy-restore and -save about many single rules: those that are likely to be taken are loaded by the
 * hundred, and one by one where that fails; the others one by one at once.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Family } from '../../src/ruleset/ruleset.js'
import { tableOf } from './iptables-programs.js'

export interface AskedRule {
  readonly table: string
  readonly chain: string
  readonly rule: string
  readonly likely: boolean
}

export interface RuleAnswer {
  /** As iptables-save prints it, from `-A` on; null when it is refused. */
  readonly printed: string | null
  /** What the program said. */
  readonly said: string
}

const TOGETHER = 100

/** What is there already when rules are loaded. */
export interface Standing {
  readonly sets: string
  /** Not there while a rule of the same table is asked. */
  readonly rules: string
}

/** Each rule by itself. */
export function askRules(rules: readonly AskedRule[], family: Family, standing: Standing): RuleAnswer[] {
  const answers = new Map<AskedRule, RuleAnswer>()
  const groups = likelyGroups(rules)
  const saved = restoreEach(
    groups.map((group) => ({ table: group[0].table, rules: group })),
    family,
    standing,
  )
  const single: AskedRule[] = rules.filter(({ likely }) => !likely)
  groups.forEach((group, index) => {
    const lines = saved[index].saved === null ? [] : ruleLines(saved[index].saved ?? '', group[0].table)
    if (lines.length === group.length) group.forEach((rule, at) => answers.set(rule, { printed: lines[at], said: '' }))
    else single.push(...group)
  })
  const alone = restoreEach(
    single.map((rule) => ({ table: rule.table, rules: [rule] })),
    family,
    standing,
  )
  single.forEach((rule, index) => {
    const { saved: text, said } = alone[index]
    answers.set(rule, { printed: text === null ? null : ruleLines(text, rule.table).join('\n'), said })
  })
  return rules.map((rule) => answers.get(rule)!)
}

/** Rules of one chain, as many as are loaded together. */
function likelyGroups(rules: readonly AskedRule[]): AskedRule[][] {
  const byChain = new Map<string, AskedRule[]>()
  for (const rule of rules) {
    if (!rule.likely) continue
    const key = `${rule.table} ${rule.chain}`
    byChain.set(key, [...(byChain.get(key) ?? []), rule])
  }
  return [...byChain.values()].flatMap((own) =>
    Array.from({ length: Math.ceil(own.length / TOGETHER) }, (_, index) =>
      own.slice(index * TOGETHER, (index + 1) * TOGETHER),
    ),
  )
}

interface Text {
  readonly table: string
  readonly rules: readonly AskedRule[]
}

interface Restored {
  /** What was saved; null when the text was refused. */
  readonly saved: string | null
  readonly said: string
}

function restoreEach(texts: readonly Text[], family: Family, { sets, rules: standing }: Standing): Restored[] {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-ask-'))
  try {
    texts.forEach(({ table, rules }, index) => {
      const lines = rules.map(({ chain, rule }) => `-A ${chain} ${rule}\n`)
      writeFileSync(join(folder, `${index}`), `*${table}\n${lines.join('')}COMMIT\n`)
      writeFileSync(join(folder, `${index}.table`), table)
    })
    writeFileSync(join(folder, 'sets'), sets)
    writeFileSync(join(folder, 'standing'), standing)
    const program = family === 4 ? 'iptables-legacy' : 'ip6tables-legacy'
    const script = `
      cd ${folder}
      ipset restore <sets
      ${program}-restore <standing
      i=0
      while [ $i -lt ${texts.length} ]; do
        if ${program}-restore <$i 2>$i.said; then
          read -r table <$i.table
          ${program}-save -t $table >$i.saved
          # What rules keep in the kernel by name must not outlive them.
          printf '*%s\\nCOMMIT\\n' $table | ${program}-restore
          ! grep -q "^\\*$table$" standing || ${program}-restore <standing
        fi
        i=$((i + 1))
      done`
    const run = spawnSync('unshare', ['-n', 'sh', '-c', script], { encoding: 'utf8' })
    if (run.status !== 0) throw new Error(`unshare failed: ${run.stderr}`)
    return texts.map((_, index) => ({
      saved: textOf(folder, `${index}.saved`),
      said: textOf(folder, `${index}.said`) ?? '',
    }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function textOf(folder: string, name: string): string | null {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    return null
  }
}

function ruleLines(saved: string, table: string): string[] {
  return tableOf(saved, table)
    .split('\n')
    .filter((line) => line.startsWith('-A '))
}
