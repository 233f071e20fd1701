/**
 * Something in a box directory, or in the options that replace parts of it, that hookline cannot take.
 * The message is one line for standard error: `file:line:column: what; what to do`.
 */
export class BoxError extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    readonly column: number,
    what: string,
    advice: string,
  ) {
    super(`${file}:${line}:${column}: ${what}; ${advice}`)
    this.name = 'BoxError'
  }
}
