/**
 * docs/extensions.md names every extension with its families, and says of each whether the kernel is asked about it.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findMatch, findTarget, matchNames, targetNames } from '../../src/extensions/all.js'
import type { Family } from '../../src/ruleset/ruleset.js'
import { NOT_ASKED } from '../kernel/not-asked.js'

const PAGE = readFileSync(new URL('../../docs/extensions.md', import.meta.url), 'utf8')
const FAMILIES: readonly Family[] = [4, 6]

const rows = [...PAGE.matchAll(/^\| `(-[mj]) (\S+)` *\| (\S.*?) *\| .* \| (\S.*?) *\|$/gm)].map(
  ([, letter, name, families, checked]) => ({ name: `${letter} ${name}`, families, checked }),
)

function known(): string[] {
  const names = FAMILIES.flatMap((family) => [
    ...matchNames(family).flatMap((name) => (findMatch(name, family) === null ? [] : `-m ${name} ${family}`)),
    ...targetNames(family).flatMap((name) => (findTarget(name, family) === null ? [] : `-j ${name} ${family}`)),
  ])
  return names.sort()
}

test('the page lists the extensions and families that there are', () => {
  const listed = rows.flatMap(({ name, families }) => families.split(', ').map((family) => `${name} ${family}`))
  expect(listed.sort()).toEqual(known())
})

test('the page says of which the kernel is not asked, and why', () => {
  for (const { name, checked } of rows) {
    expect(`${name}: ${checked}`).toBe(`${name}: ${NOT_ASKED[name.slice(3)] ?? 'options, edges'}`)
  }
})
