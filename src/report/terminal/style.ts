/**
 * How a report is drawn on a stream: how wide, and in colour or not.
 */
import pc from 'picocolors'

export interface Style {
  readonly width: number
  readonly colors: ReturnType<typeof pc.createColors>
}

const WIDTH = 80
const WIDEST = 120

/** Colours only on a terminal, and not where NO_COLOR, --no-color or a dumb terminal says no. */
export function styleOf(stream: NodeJS.WriteStream): Style {
  const { NO_COLOR, TERM } = process.env
  const plain = (NO_COLOR ?? '') !== '' || process.argv.includes('--no-color') || TERM === 'dumb'
  const width = stream.isTTY ? Math.min(stream.columns, WIDEST) : WIDTH
  return { width, colors: pc.createColors(stream.isTTY && !plain) }
}

/** Cuts the text to `width` characters, with an ellipsis for what is lost. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`
}

/** The text in lines of at most `width` characters, broken between words. */
export function wrap(text: string, width: number): string[] {
  return wrapParts(text.split(' '), ' ', width)
}

/** The parts in lines of at most `width` characters, with `separator` between those of one line. */
export function wrapParts(parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    const fits = last !== undefined && last.length + separator.length + part.length <= width
    if (fits) lines[lines.length - 1] = `${last}${separator}${part}`
    else lines.push(part)
  }
  return lines
}
