/**
 * How rules name sets: `NAME src,dst`, for -m set and -j SET alike.
 * iptables: extensions/libxt_set.h, parse_dirs().
 */
import { listItems, type OptionReader, type OptionUse } from './option-reader.js'

export interface SetUse {
  readonly name: string
  /** For each part of an element: taken from the packet's source, not its destination. */
  readonly sources: readonly boolean[]
}

const MOST_DIRECTIONS = 6
const LONGEST_NAME = 31

export function readSetUse(reader: OptionReader, use: OptionUse): SetUse {
  const [name, directions] = use.values
  if (name.text.length > LONGEST_NAME) {
    reader.problem(name, `the name "${name.text}" is longer than ${LONGEST_NAME} characters`)
  }
  const items = listItems(directions)
  if (items.length > MOST_DIRECTIONS) reader.problem(directions, `there are more than ${MOST_DIRECTIONS} directions`)
  for (const item of items) {
    if (item.text !== 'src' && item.text !== 'dst') reader.unknownName(item, 'direction', ['src', 'dst'])
  }
  return { name: name.text, sources: items.map(({ text }) => text === 'src') }
}

export function printSetUse({ name, sources }: SetUse): string {
  return `${name} ${sources.map((source) => (source ? 'src' : 'dst')).join(',')}`
}
