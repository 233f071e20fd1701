/**
 * Pieces of what iptables-save prints behind the name of an extension.
 */

/** ` --name value`, with ` !` in front when inverted. */
export function printOption(name: string, value: string, inverted = false): string {
  return `${inverted ? ' !' : ''} --${name} ${value}`
}

export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`
}

/** Two digits at least. */
export function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`
}

/** `value`, or `value/mask` when not all bits count. */
export function hexAndMask(value: number, mask: number): string {
  return mask === 0xffffffff ? hex(value) : `${hex(value)}/${hex(mask)}`
}

/** A text in double quotes where it needs them. iptables: xtables_save_string(). */
export function quoted(text: string): string {
  return /^[-_0-9a-zA-Z]+$/.test(text) ? text : `"${text.replace(/["\\']/g, '\\$&')}"`
}

/** The first `bytes` bytes of a text; a letter of several bytes that is cut is left out. */
export function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const cut = Buffer.from(text).subarray(0, bytes)
  return cut.toString().replace(/\uFFFD+$/, '')
}
