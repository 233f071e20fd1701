/**
 * Rules out of option spaces: each option with each of its values, `!` in front and not, twice, together with each
 * other option, in both orders; without what is needed; with its name cut short.
 */
import type { OptionSpace } from './space.js'

export interface SpaceRule {
  readonly table: string
  readonly chain: string
  /** What stands behind `-A CHAIN `. */
  readonly rule: string
}

/** The rules of a space, the same each time; `firstNumber` is the first that `@` stands for. */
export function rulesOf(space: OptionSpace, firstNumber: number): SpaceRule[] {
  const [table, chain] = (space.place ?? 'filter INPUT').split(' ')
  let number = firstNumber
  return [...new Set(usesOf(space))].map((use) => {
    const named = `${space.kind === 'match' ? '-m' : '-j'} ${space.name}`
    const rule = [space.header ?? '', named, use.trim()].filter((piece) => piece !== '').join(' ')
    return { table, chain, rule: rule.replaceAll('@', () => `${number++}`) }
  })
}

function usesOf({ values, needs = {}, others = [] }: OptionSpace): string[] {
  const option = (name: string, value: string): string => (value === '' ? `--${name}` : `--${name} ${value}`)
  const needed = (...without: readonly string[]): string =>
    Object.entries(needs)
      .filter(([name]) => !without.includes(name))
      .map(([name, value]) => ` ${option(name, value)}`)
      .join('')
  const uses = ['', needed(), ...others]
  for (const name of Object.keys(needs)) uses.push(needed(name))
  const options = Object.entries(values).map(([name, of]) => [name, of.length === 0 ? [''] : of] as const)
  options.forEach(([name, of], index) => {
    for (const value of of) {
      for (const not of ['', '! ']) uses.push(`${needed(name)} ${not}${option(name, value)}`)
    }
    const [first, second = first] = of
    const one = option(name, first)
    uses.push(
      one,
      `${needed(name)} ${one} ${option(name, second)}`,
      `${needed(name)} ! ! ${one}`,
      `${one}${needed(name)}`,
    )
    uses.push(`${needed(name)} ${one.replace(`--${name}`, `--${name.slice(0, -1)}`)}`)
    uses.push(`${needed(name)} ${first === '' ? `${one}=1` : one.replace(' ', '=')}`)
    if (first !== '') uses.push(`${needed(name)} --${name}`, `${needed(name)} --${name} ! ${first}`)
    for (const [otherName, [other]] of options.slice(index + 1)) {
      const two = option(otherName, other)
      const front = needed(name, otherName)
      uses.push(
        `${front} ${one} ${two}`,
        `${front} ${two} ${one}`,
        `${front} ! ${one} ${two}`,
        `${front} ${one} ! ${two}`,
      )
    }
  })
  return uses
}
