/**
 * Runs what a benchmark file measures and gives the rows of its table: medians of several rounds.
 */
import { Bench } from 'tinybench'

export interface Task {
  readonly name: string
  /** Measures once; returns milliseconds, of the whole call or of the part that matters. */
  run(): Promise<number>
  /** What one run's milliseconds are told as. */
  readonly unit: Unit
}

export type Unit = { readonly name: 'ns/packet' | 'M packets/s'; readonly packets: number } | { readonly name: 'ms' }

export interface Row {
  readonly name: string
  readonly unit: string
  readonly median: number
  readonly least: number
  readonly most: number
}

/** The project's own number of rounds: a median of five. */
export const ROUNDS = 5

/** One row a task, in order; the first run of each is a warm-up. */
export async function measure(tasks: readonly Task[], rounds = ROUNDS): Promise<Row[]> {
  const bench = new Bench({ iterations: rounds, time: 0, warmupIterations: 1, warmupTime: 0, throws: true })
  for (const { name, run } of tasks) bench.add(name, async () => ({ overriddenDuration: await run() }))
  await bench.run()
  return bench.tasks.map(({ name, result }, index) => {
    if (result.state !== 'completed') throw new Error(`${name}: ${result.state}`)
    const { unit } = tasks[index]
    const { p50, min, max } = result.latency
    const [median, one, other] = [p50, min, max].map((ms) => inUnit(ms, unit))
    return { name, unit: unit.name, median, least: Math.min(one, other), most: Math.max(one, other) }
  })
}

function inUnit(ms: number, unit: Unit): number {
  switch (unit.name) {
    case 'ms':
      return ms
    case 'ns/packet':
      return (ms * 1e6) / unit.packets
    case 'M packets/s':
      return unit.packets / ms / 1000
  }
}
