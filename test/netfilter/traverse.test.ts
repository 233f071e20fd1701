/**
 * One table's rules, run as the kernel runs them: order, counters, jumps, goto, RETURN, policies, hotdrop.
 */
import { beforeEach, describe, expect, test } from 'vitest'
import { TargetVerdict } from '../../src/extensions/extension.js'
import type { DataPlane } from '../../src/memory/data-plane.js'
import { Memory } from '../../src/memory/memory.js'
import { Packet } from '../../src/memory/packet.js'
import { NO_COUNTER, PATH_SIZE, PathView } from '../../src/memory/path.js'
import { Leg } from '../../src/netfilter/leg.js'
import { PathRecorder, PathScratch } from '../../src/netfilter/path-recorder.js'
import { Action, type PreparedChain, type PreparedRule, type PreparedTable } from '../../src/netfilter/program.js'
import { TableVerdict, traverse } from '../../src/netfilter/traverse.js'
import { Hook } from '../../src/ruleset/ruleset.js'

const memory = Memory.create()
const SKB = 0x200000
const SCRATCH = 0x210000
const POLICY = 100
// The data plane keeps a path where the walk wrote it.
const plane = {
  memory,
  allocate: () => SCRATCH,
  exports: { internPath: (_shard: number, at: number) => at, countPath: () => undefined },
} as unknown as DataPlane

let packet = new Packet(memory, SKB)
let leg = new Leg(new PathRecorder(plane, new PathScratch(plane)))
/** Numbers of matches in the order in which they were asked. */
let asked: number[] = []

beforeEach(() => {
  packet = new Packet(memory, SKB)
  leg = new Leg(new PathRecorder(plane, new PathScratch(plane)))
  asked = []
})

interface RuleText {
  readonly counter: number
  readonly matches?: readonly boolean[]
  readonly action?: Action
  readonly to?: PreparedChain
  readonly target?: (packet: Packet) => TargetVerdict
  readonly forgets?: boolean
}

function rule({ counter, matches = [], action, to, target, forgets = false }: RuleText): PreparedRule {
  return {
    counter,
    header: null,
    headerForgets: false,
    headerOwnFlow: false,
    matches: matches.map((answer, index) => ({
      test: () => {
        asked.push(counter * 10 + index)
        return answer
      },
      forgets,
      guess: null,
      ownFlow: false,
    })),
    action: action ?? (target === undefined ? Action.Next : Action.Target),
    chain: to ?? null,
    target: target ?? null,
    targetForgets: false,
    targetGuess: null,
    targetOwnFlow: false,
  }
}

/** More rules may be added later. */
function chain(rules: readonly PreparedRule[]): PreparedChain {
  return {
    name: 'user',
    get ruleCount() {
      return rules.length
    },
    rule: (index) => rules[index],
    firstCounter: 0,
    policy: null,
  }
}

function run(rules: readonly PreparedRule[], accept = true, depth = 4): TableVerdict {
  const base: PreparedChain = {
    name: 'INPUT',
    ruleCount: rules.length,
    rule: (index) => rules[index],
    firstCounter: rules[0]?.counter ?? 0,
    policy: { accept, counter: POLICY },
  }
  const table: PreparedTable = { name: 'filter', chains: [null, base, null, null, null], depth }
  return traverse(table, base, Hook.Input, packet, leg)
}

/** What was bumped in order, and what decided. */
function taken(): { readonly counters: number[]; readonly where: number } {
  const path = new PathView(memory)
  path.at = leg.recorder.finish(0, 4, 60, 0)
  return { counters: Array.from({ length: path.counterCount }, (_, index) => path.counter(index)), where: path.where }
}

const drop = (counter: number): PreparedRule => rule({ counter, action: Action.Drop })

describe('a chain', () => {
  test('ends at its policy, which counts and decides', () => {
    expect(run([rule({ counter: 1, matches: [false] })])).toBe(TableVerdict.Accept)
    expect(taken()).toEqual({ counters: [POLICY], where: POLICY })
  })

  test('drops by its policy', () => {
    expect(run([], false)).toBe(TableVerdict.Drop)
  })

  test('goes on behind rules that only count, and stops at a verdict', () => {
    expect(run([rule({ counter: 1 }), rule({ counter: 2, action: Action.Accept }), drop(3)])).toBe(TableVerdict.Accept)
    expect(taken()).toEqual({ counters: [1, 2], where: 2 })
  })

  test('that returns meets its policy', () => {
    expect(run([rule({ counter: 1, action: Action.Return }), drop(2)])).toBe(TableVerdict.Accept)
    expect(taken()).toEqual({ counters: [1, POLICY], where: POLICY })
  })
})

describe('matches', () => {
  test('are asked in order, up to the first that says no', () => {
    run([rule({ counter: 1, matches: [true, false, true] }), rule({ counter: 2, matches: [true] })])
    expect(asked).toEqual([10, 11, 20])
    expect(taken().counters).toEqual([2, POLICY])
  })

  test('that may answer otherwise next time forbid remembering only when they are asked', () => {
    run([rule({ counter: 1, matches: [false, true], forgets: false }), rule({ counter: 2 })])
    expect(leg.forgets).toBe(false)
    run([rule({ counter: 1, matches: [true], forgets: true })])
    expect(leg.forgets).toBe(true)
  })

  test('may drop the packet at once: the rule does not count', () => {
    const hot = rule({ counter: 1, matches: [true] })
    const rules = [
      { ...hot, matches: [{ forgets: false, ownFlow: false, guess: null, test: () => !(packet.hotDrop = true) }] },
      rule({ counter: 2 }),
    ]
    expect(run(rules)).toBe(TableVerdict.Drop)
    expect(taken()).toEqual({ counters: [], where: 1 })
  })
})

describe('user chains', () => {
  test('come back behind the jump', () => {
    const user = chain([rule({ counter: 11 }), rule({ counter: 12, action: Action.Return }), drop(13)])
    expect(run([rule({ counter: 1, action: Action.Jump, to: user }), rule({ counter: 2 })])).toBe(TableVerdict.Accept)
    expect(taken().counters).toEqual([1, 11, 12, 2, POLICY])
  })

  test('entered by goto come back to the caller of the chain that went', () => {
    const last = chain([rule({ counter: 21 })])
    const middle = chain([rule({ counter: 11, action: Action.Goto, to: last }), drop(12)])
    expect(run([rule({ counter: 1, action: Action.Jump, to: middle }), rule({ counter: 2 })])).toBe(TableVerdict.Accept)
    expect(taken().counters).toEqual([1, 11, 21, 2, POLICY])
  })

  test('entered by goto from a built-in chain end at its policy', () => {
    const user = chain([rule({ counter: 11 })])
    expect(run([rule({ counter: 1, action: Action.Goto, to: user }), drop(2)])).toBe(TableVerdict.Accept)
    expect(taken()).toEqual({ counters: [1, 11, POLICY], where: POLICY })
  })

  test('nested deeper than there are chains drop the packet', () => {
    const rules: PreparedRule[] = []
    const loop = chain(rules)
    rules.push(rule({ counter: 11, action: Action.Jump, to: loop }))
    expect(run([rule({ counter: 1, action: Action.Jump, to: loop })], true, 2)).toBe(TableVerdict.Drop)
    expect(taken().counters).toEqual([1, 11, 11])
  })
})

describe('targets', () => {
  test('run after their rule has counted, and may let the packet go on', () => {
    const seen: number[] = []
    const target = (): TargetVerdict => {
      seen.push(1)
      return TargetVerdict.Continue
    }
    run([rule({ counter: 1, target }), rule({ counter: 2 })])
    expect(seen).toEqual([1])
    expect(taken().counters).toEqual([1, 2, POLICY])
  })

  test.each([
    [TargetVerdict.Accept, TableVerdict.Accept],
    [TargetVerdict.Drop, TableVerdict.Drop],
  ])('may decide (%i)', (says, verdict) => {
    expect(run([rule({ counter: 1, target: () => says }), rule({ counter: 2 })], false)).toBe(verdict)
    expect(taken()).toEqual({ counters: [1], where: 1 })
  })

  test('of QUEUE end the traversal', () => {
    expect(run([rule({ counter: 1, action: Action.Queue })])).toBe(TableVerdict.Queue)
  })
})

test('a path without any counter has nothing that decided', () => {
  expect(taken()).toEqual({ counters: [], where: NO_COUNTER })
  expect(PATH_SIZE).toBe(44)
})

describe('rules that are known to hold', () => {
  const rules = [1, 2, 3, 4].map((counter) => rule({ counter, matches: [counter !== 4] }))

  test('are asked, and those without flow tests; of the others none', () => {
    leg.holding = [2, 9]
    leg.untested = [3]
    run(rules)
    expect(asked).toEqual([20, 30])
    expect(taken().counters).toEqual([2, 3, POLICY])
  })

  test('need not be there: the chain ends at its policy', () => {
    leg.holding = []
    run(rules)
    expect(asked).toEqual([])
    expect(taken().counters).toEqual([POLICY])
  })
})
