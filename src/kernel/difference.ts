/**
 * A place where the kernel and the replay disagree: where it is, and what each of them says.
 */
export interface Difference {
  /** `filter INPUT rule 3`, `packet 17 hooks`, a connection's tuple ... */
  readonly where: string
  readonly kernel: string
  readonly replay: string
  /** What helps to understand it: the rule's text; '' when there is nothing. */
  readonly note: string
}

/** One line for people. */
export function printDifference({ where, kernel, replay, note }: Difference): string {
  return `${where}: kernel ${kernel}, hookline ${replay}${note === '' ? '' : `  (${note})`}`
}
