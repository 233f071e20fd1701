/**
 * What the options of one extension can be given: values of every form and at every edge, right ones and wrong ones.
 * space-rules.ts makes rules of them.
 */
import type { Family } from '../../../src/ruleset/ruleset.js'

export interface OptionSpace {
  readonly kind: 'match' | 'target'
  readonly name: string
  /** Both, where it does not say. */
  readonly families?: readonly Family[]
  /** `table CHAIN`; `filter INPUT` where it does not say. */
  readonly place?: string
  /** What stands in front of the extension: `-p tcp`. */
  readonly header?: string
  /** The options without which no rule is right, with values. */
  readonly needs?: Readonly<Record<string, string>>
  /**
   * For each option its values, the first one a right one; none for an option without a value. `@` stands for
   * a number that no other rule has.
   */
  readonly values: Readonly<Record<string, readonly string[]>>
  /** Wrong and right uses that do not follow from the above: what stands behind the extension's name. */
  readonly others?: readonly string[]
}

export const match = (name: string, space: Omit<OptionSpace, 'kind' | 'name'>): OptionSpace => ({
  kind: 'match',
  name,
  ...space,
})

export const target = (name: string, space: Omit<OptionSpace, 'kind' | 'name'>): OptionSpace => ({
  kind: 'target',
  name,
  ...space,
})

/** A target in every chain, with a few options. */
export const everywhere = (
  name: string,
  values: OptionSpace['values'],
  more: Partial<OptionSpace> = {},
): OptionSpace[] =>
  [
    'raw PREROUTING',
    'raw OUTPUT',
    'mangle PREROUTING',
    'mangle INPUT',
    'mangle FORWARD',
    'mangle OUTPUT',
    'mangle POSTROUTING',
    'nat PREROUTING',
    'nat INPUT',
    'nat OUTPUT',
    'nat POSTROUTING',
    'filter INPUT',
    'filter FORWARD',
    'filter OUTPUT',
    'security INPUT',
  ].map((place) => target(name, { place, values, ...more }))

/** Numbers around the ends of a range, and what is no number. */
export function whole(min: number | bigint, max: number | bigint, ...more: readonly string[]): string[] {
  const [low, high] = [BigInt(min), BigInt(max)]
  const edges = [low, low + 1n, high, low - 1n, high + 1n].map(String)
  return [...edges, '0x1', '01', '08', '1x', 'x', '""', '+1', ...more]
}

/** A range written `from:to` with the ends of [0, max], and wrong ones. */
export function ranges(max: number | bigint, ...more: readonly string[]): string[] {
  const high = BigInt(max)
  const past = high + 1n
  const right = ['1:2', '0:0', '1:1', `0:${high}`, `${high}:${high}`, '1:', ':2', ':']
  return [...whole(0, max), ...right, '2:1', `0:${past}`, '1:2:3', '1-2', '1:x', 'x:1', '1: 2', '0x1:0x2', ...more]
}

/** `value` and `value/mask` up to `max`. */
export function masked(max: number | bigint, ...more: readonly string[]): string[] {
  const high = BigInt(max)
  const wrong = ['1/', '/1', `1/${high + 1n}`, '1/x', '1/2/3', '1/-1', '1 /1']
  return [
    ...whole(0, max),
    '1/1',
    '1/2',
    '0xff/0x0f',
    '1/0',
    `0/${high}`,
    `${high}/${high}`,
    '010/0x10',
    ...wrong,
    ...more,
  ]
}

export const PORTS = ranges(
  65535,
  'ssh',
  'http:https',
  'https:http',
  'nosuchport',
  'domain',
  'SSH',
  'ssh:',
  ':ssh',
  '22:ssh',
)

/** Values of an option that has none. */
export const FLAG: readonly string[] = []

/** Values that have no white space in them, written as a text. */
export function words(text: string): string[] {
  return text.split(/\s+/)
}
