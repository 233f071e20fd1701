/**
 * How an extension tells the options that it takes.
 */

/** One name of an option that an extension takes. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string
  /** What the option is to the extension: names with one key are synonyms. */
  readonly key: string
  /** How many arguments follow; `optional`: one, unless what follows begins with a dash or an exclamation mark. */
  readonly values: 0 | 1 | 2 | 'optional'
  /** `!` may stand in front. */
  readonly invertible?: boolean
  /** A rule that uses the extension must have it. */
  readonly required?: boolean
  /** It may stand more than once. */
  readonly repeatable?: boolean
  /** Keys of options that may not stand beside it. */
  readonly excludes?: readonly string[]
}
