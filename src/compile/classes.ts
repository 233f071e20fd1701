/**
 * Cuts the values of a field into classes: two values are in one class when no rule can tell them apart.
 * In: the predicates that rules apply to the field. Out: the class of each value, numbered from 0 by first use.
 */
export interface Classes {
  /** Class of each value. */
  readonly of: Uint16Array
  readonly count: number
}

export function oneClass(values: number): Classes {
  return { of: new Uint16Array(values), count: 1 }
}

/** Each value is a class of its own. */
export function identityClasses(values: number): Classes {
  return { of: Uint16Array.from({ length: values }, (_, value) => value), count: values }
}

/** Splits every class by the predicate. */
export function refine(classes: Classes, holds: (value: number) => boolean): Classes {
  const of = new Uint16Array(classes.of.length)
  const numbers = new Map<number, number>()
  for (let value = 0; value < of.length; value++) {
    const key = classes.of[value] * 2 + (holds(value) ? 1 : 0)
    let number = numbers.get(key)
    if (number === undefined) {
      number = numbers.size
      numbers.set(key, number)
    }
    of[value] = number
  }
  return { of, count: numbers.size }
}

/** Classes of a number line cut in front of each of `cuts`. */
export function intervalClasses(values: number, cuts: Iterable<number>): Classes {
  const starts = [...new Set(cuts)].filter((cut) => cut > 0 && cut < values).sort((one, other) => one - other)
  const of = new Uint16Array(values)
  starts.forEach((start, index) => of.fill(index + 1, start, starts[index + 1]))
  return { of, count: starts.length + 1 }
}

/** Bits that hold a class number. */
export function classBits(classes: Classes): number {
  return classes.count <= 1 ? 0 : 32 - Math.clz32(classes.count - 1)
}
