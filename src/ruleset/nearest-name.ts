/**
 * The name that the user probably meant: the nearest of some known names, by the number of typing mistakes between.
 */

/** Longer names are not looked at: they come from the text, and the search takes time. */
const LONGEST = 40

/** The nearest of `names`, or null when none is near. Letters of either case are the same. */
export function nearestName(written: string, names: Iterable<string>): string | null {
  if (written.length > LONGEST) return null
  const wanted = written.toLowerCase()
  let limit = Math.max(1, Math.floor(wanted.length / 3))
  let nearest: string | null = null
  for (const name of names) {
    const distance = typingDistance(wanted, name.toLowerCase(), limit)
    if (distance > limit) continue
    nearest = name
    if (distance === 0) break
    limit = distance - 1
  }
  return nearest
}

/** `; did you mean "name"?`, or nothing. */
export function suggestion(written: string, names: Iterable<string>): string {
  const nearest = nearestName(written, names)
  return nearest === null ? '' : `; did you mean "${nearest}"?`
}

/** Letters changed, left out, added or exchanged with their neighbour; anything above `limit` may come back as more. */
function typingDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(change, last[j] + 1, row[j - 1] + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, beforeLast[j - 2] + 1)
      row.push(best)
    }
    if (Math.min(...row) > limit) return limit + 1
    beforeLast = last
    last = row
  }
  return last[b.length]
}
