/**
 * Bytes as --hex-string writes them: text, with bytes in hexadecimal between bars: `GET|20 2f|`. A backslash makes
 * a text of the character behind it. iptables: parse_hex_string(), extensions/libxt_string.c.
 */
import type { OptionReader, Token } from './option-reader.js'

const BAR = 124
const BACKSLASH = 92
const SPACE = 32

/** What is wrong is reported, and nothing is returned then. */
export function readHexString(reader: OptionReader, value: Token): Buffer {
  const text = Buffer.from(value.text)
  const bytes: number[] = []
  let hexadecimal = false
  for (let at = 0; at < text.length;) {
    if (text[at] === BAR) {
      hexadecimal = !hexadecimal
      if (hexadecimal) while (text[at + 1] === SPACE) at++
      at++
      if (at === text.length) break
    }
    if (hexadecimal) {
      const digits = text.toString('latin1', at, at + 2)
      if (!/^[\da-f]{2}$/i.test(digits) || at + 2 >= text.length) {
        reader.problem(value, `"${digits}" is no pair of hexadecimal digits in front of a space, others or a bar`)
        return Buffer.alloc(0)
      }
      bytes.push(Number.parseInt(digits, 16))
      at += text[at + 2] === SPACE ? 3 : 2
      continue
    }
    if (text[at] === BACKSLASH) at++
    if (at === text.length) {
      reader.problem(value, 'nothing stands behind the last backslash')
      return Buffer.alloc(0)
    }
    bytes.push(text[at++])
  }
  return Buffer.from(bytes)
}
