/**
 * What options' values have in common: numbers in range, and options that may be given again.
 */
import { InvalidArgumentError } from 'commander'

/** More threads than this take longer to start than any replay gains from them. */
const MOST_WORKERS = 256

/** A whole number of at most nine digits; throws InvalidArgumentError. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number below 1000000000.')
  return Number(text)
}

/** A number of worker threads; throws InvalidArgumentError. */
export function workerCount(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (count < 1 || count > MOST_WORKERS) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_WORKERS}.`)
  }
  return count
}

/** Appends the value of an option that may be given again to those before it. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}
