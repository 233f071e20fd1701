/**
 * Random numbers that come again with their seed. Algorithm: mulberry32.
 */
export class Random {
  constructor(private state: number) {}

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]
  }

  /** A whole number from `first` to `last`, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1)
  }

  /** Some of the choices, one at least, in any order. */
  some<T>(choices: readonly T[], most = choices.length): T[] {
    const left = [...choices]
    const count = this.between(1, Math.min(most, choices.length))
    return Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0])
  }
}
