/**
 * Protocols by number or name, as -p and --ctproto take them.
 */
import { wholeNumber } from '../ruleset/number-text.js'
import { protocolNames, protocolNumber } from '../ruleset/protocols.js'
import type { RulePlace } from './extension.js'
import type { OptionReader, Token } from './option-reader.js'

export function readProtocol(reader: OptionReader, value: Token): number {
  const number = wholeNumber(value.text, 0, 255) ?? protocolNumber(value.text)
  if (number === null) reader.unknownName(value, 'protocol', protocolNames())
  return number ?? 0
}

/** Reports a rule whose `-p` is none of `numbers`; `names` are what to write. */
export function checkProtocol(
  reader: OptionReader,
  at: Token,
  { rule: { protocol } }: RulePlace,
  numbers: readonly number[],
  names: string,
): void {
  if (protocol !== null && !protocol.inverted && numbers.includes(protocol.number)) return
  reader.problem(at, `${at.text} needs -p ${names}`)
}
