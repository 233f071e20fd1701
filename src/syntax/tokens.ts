/**
 * Cuts a line into arguments as iptables-restore does: white space separates; double quotes keep it, and in them a
 * backslash takes the next character as it is. A closing quote ends the argument.
 * Differs from iptables-restore: a quote that is not closed is an error; there, the line end becomes part of the text.
 */
import type { ProblemSink, Token } from '../extensions/option-reader.js'

/** Characters of one argument, and arguments of one line, that iptables-restore takes. */
const LONGEST_ARGUMENT = 1023
const MOST_ARGUMENTS = 250

const TAB = 9
const SPACE = 32
const QUOTE = 34
const BACKSLASH = 92

/** The arguments of the line from `from` on. */
export function tokenize(line: string, from: number, report: ProblemSink): Token[] {
  const tokens: Token[] = []
  let at = from
  while (at < line.length) {
    const code = line.charCodeAt(at)
    if (code === SPACE || code === TAB) {
      at++
      continue
    }
    const start = at
    let end = at
    let last = code
    while (end < line.length && last !== SPACE && last !== TAB && last !== QUOTE) last = line.charCodeAt(++end)
    if (last === QUOTE && end < line.length) {
      const token = quotedToken(line, start, end, report)
      tokens.push(token)
      at = start + token.length
    } else {
      tokens.push({ text: line.slice(start, end), start, length: end - start })
      at = end
    }
    const token = tokens[tokens.length - 1]
    if (token.text.length > LONGEST_ARGUMENT) report(token, `this is longer than ${LONGEST_ARGUMENT} characters`)
    if (tokens.length > MOST_ARGUMENTS) {
      report({ text: '', start: at, length: 1 }, `iptables-restore takes at most ${MOST_ARGUMENTS} words in a line`)
      break
    }
  }
  return tokens
}

/** An argument with quotes in it; `quote` is where the first one stands. */
function quotedToken(line: string, start: number, quote: number, report: ProblemSink): Token {
  let text = line.slice(start, quote)
  let at = quote + 1
  let from = at
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (code === QUOTE) return { text: text + line.slice(from, at), start, length: at + 1 - start }
    if (code !== BACKSLASH) continue
    text += line.slice(from, at)
    from = at + 1
    at++
  }
  const token = { text: text + line.slice(from), start, length: line.length - start }
  report({ ...token, start: quote, length: line.length - quote }, 'this quote is not closed')
  return token
}
