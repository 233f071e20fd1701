/**
 * Seeded random choices, for generators whose failures can be repeated.
 */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** An integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  of<Value>(values: readonly Value[]): Value {
    return values[this.between(0, values.length - 1)]
  }

  /** Some of the values, one at least, in any order. */
  some<Value>(values: readonly Value[], most = values.length): Value[] {
    const left = [...values]
    const count = this.between(1, Math.min(most, values.length))
    return Array.from({ length: count }, () => left.splice(this.between(0, left.length - 1), 1)[0])
  }

  /** The value, or nothing. */
  maybe(probability: number, value: () => string): string {
    return this.chance(probability) ? value() : ''
  }

  /** Mulberry32. */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
