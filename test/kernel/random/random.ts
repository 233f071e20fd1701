/**
 * A seeded source of choices: the same seed makes the same rulesets and packets everywhere.
 */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = (Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995) >>> 0
  }

  /** Uniform in [0, 2^32). Mulberry32. */
  word(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  /** A whole number from `least` to `most`. */
  int(least: number, most: number): number {
    return least + Math.floor((this.word() / 0x1_0000_0000) * (most - least + 1))
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.word() < probability * 0x1_0000_0000
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.int(0, items.length - 1)]
  }

  /** One of the items, each as often as its weight says. */
  weighted<Item>(items: readonly (readonly [number, Item])[]): Item {
    let rest = this.int(
      1,
      items.reduce((sum, [weight]) => sum + weight, 0),
    )
    for (const [weight, item] of items) {
      rest -= weight
      if (rest <= 0) return item
    }
    return items[0][1]
  }

  /** `count` different items, in the order of `items`. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    const left = items.map((item, index) => ({ item, index }))
    const taken: typeof left = []
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.int(0, left.length - 1), 1))
    return taken.sort((a, b) => a.index - b.index).map(({ item }) => item)
  }
}
