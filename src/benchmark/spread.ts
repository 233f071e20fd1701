/**
 * What several measurements of one thing say: the middle one, and how far they lie apart.
 */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
  /** Relative standard deviation (of the sample), 0 for one measurement. */
  readonly deviation: number
}

/** Of at least one measurement. */
export function spreadOf(measurements: readonly number[]): Spread {
  const sorted = measurements.toSorted((one, other) => one - other)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length
  const squares = sorted.reduce((sum, each) => sum + (each - mean) ** 2, 0)
  const deviation = sorted.length < 2 || mean === 0 ? 0 : Math.sqrt(squares / (sorted.length - 1)) / mean
  return { median, least: sorted[0], most: sorted[sorted.length - 1], deviation }
}
