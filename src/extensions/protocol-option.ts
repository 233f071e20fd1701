/**
 * Protocols by number or name, as -p and --ctproto take them.
 */
import { wholeNumber } from '../ruleset/number-text.js'
import { protocolNames, protocolNumber } from '../ruleset/protocols.js'
import type { OptionReader, Token } from './option-reader.js'

export function readProtocol(reader: OptionReader, value: Token): number {
  const number = wholeNumber(value.text, 0, 255) ?? protocolNumber(value.text)
  if (number === null) reader.unknownName(value, 'protocol', protocolNames())
  return number ?? 0
}
