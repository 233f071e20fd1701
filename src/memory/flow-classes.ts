/**
 * The classes of flows as the control plane writes them into shared memory, once, and reads of a flow's key which
 * rules hold for it; src/dataplane/layout/flow-classes.ts says what the fields mean.
 */
import type { Memory } from './memory.js'
import { REPLAY_AT, REPLAY_OFFSET } from './replay.js'

export const ADDRESS_CLASSES_OFFSET = { starts: 0, count: 4, buckets: 8, classes: 12 } as const
export const ADDRESS_CLASSES_SIZE = 16
export const SERVICE_CLASSES_OFFSET = { firsts: 0, ports: 4, classes: 8 } as const
export const SERVICE_CLASSES_SIZE = 12
export const FLOW_CLASSES_OFFSET = {
  source: 0,
  destination: 4,
  sourceService: 8,
  destinationService: 12,
  keeps: 16,
  untested: 20,
} as const
export const FLOW_CLASSES_SIZE = 24
export const FLOW_CLASS_OFFSET = { holding: 0, candidates: 4, candidateCount: 8 } as const
export const FLOW_CLASS_SIZE = 16
export const FLOW_KEY_OFFSET = { signature: 16, holding0: 24, count: 40, candidate0: 44 } as const
export const FLOW_KEY_SIZE = 48

const FIELDS = 4
/** Pages of the ports of a protocol, and ports of a page. */
const PAGES = 256
const PAGE_PORTS = 256
/** Ends the tests of a candidate. */
export const NO_MORE_TESTS = 0xffffffff

/** What a rule asks of one number of the flow: classes first to last, both included, one pair after the other. */
export interface ClassTest {
  readonly field: number
  readonly classes: readonly (readonly [number, number])[]
}

/** A rule that holds for a class if the flow's other numbers pass. */
export interface Candidate {
  readonly rule: number
  readonly tests: readonly ClassTest[]
}

/** What is known of a flow with this class: rules that hold for it, and rules that may. */
export interface FlowClass {
  readonly holding: readonly number[]
  readonly candidates: readonly Candidate[]
}

/** Takes zeroed memory. */
type Allocate = (bytes: number) => number

/** Writes classes; equal lists, by identity, are written once. */
export class FlowClassWriter {
  private readonly lists = new Map<readonly unknown[], number>()

  constructor(
    private readonly memory: Memory,
    private readonly allocate: Allocate,
  ) {}

  /** Returns the address of one `FlowClass` for each. */
  writeClasses(classes: readonly FlowClass[]): number {
    const { memory } = this
    const at = this.allocate(classes.length * FLOW_CLASS_SIZE)
    classes.forEach(({ holding, candidates }, index) => {
      const own = at + index * FLOW_CLASS_SIZE
      memory.setU32(
        own + FLOW_CLASS_OFFSET.holding,
        this.once(holding, () => this.writeRules(holding)),
      )
      memory.setU32(
        own + FLOW_CLASS_OFFSET.candidates,
        this.once(candidates, () => this.writeCandidates(candidates)),
      )
      memory.setU32(own + FLOW_CLASS_OFFSET.candidateCount, candidates.length)
    })
    return at
  }

  writeAddresses(starts: readonly (number | bigint)[], isIpv6: boolean, classes: number): number {
    const { memory, allocate } = this
    const at = allocate(ADDRESS_CLASSES_SIZE)
    const list = allocate(starts.length * (isIpv6 ? 16 : 4))
    starts.forEach((start, index) => {
      if (typeof start === 'number') {
        memory.setU32(list + 4 * index, start)
      } else {
        memory.setU64(list + 16 * index, start >> 64n)
        memory.setU64(list + 16 * index + 8, start & 0xffffffffffffffffn)
      }
    })
    memory.setU32(at + ADDRESS_CLASSES_OFFSET.starts, list)
    memory.setU32(at + ADDRESS_CLASSES_OFFSET.count, starts.length)
    memory.setU32(at + ADDRESS_CLASSES_OFFSET.buckets, isIpv6 ? 0 : this.writeBuckets(starts as readonly number[]))
    memory.setU32(at + ADDRESS_CLASSES_OFFSET.classes, classes)
    return at
  }

  /** `starts` are protocol << 16 | port. */
  writeServices(starts: readonly number[], classes: number): number {
    const { memory, allocate } = this
    const at = allocate(SERVICE_CLASSES_SIZE)
    const firsts = allocate(256 * 4)
    const ports = allocate(256 * 4)
    let index = 0
    for (let protocol = 0; protocol < 256; protocol++) {
      while (index + 1 < starts.length && starts[index + 1] <= protocol * 0x10000) index++
      memory.setU32(firsts + 4 * protocol, index)
      const first = index
      const end = (protocol + 1) * 0x10000
      if (index + 1 === starts.length || starts[index + 1] >= end) continue
      const numbers = new Uint16Array(0x10000)
      for (; index + 1 < starts.length && starts[index + 1] < end; index++) {
        numbers.fill(index + 1 - first, starts[index + 1] % 0x10000, portBehind(starts[index + 2], end))
      }
      memory.setU32(ports + 4 * protocol, this.writePages(numbers))
    }
    memory.setU32(at + SERVICE_CLASSES_OFFSET.firsts, firsts)
    memory.setU32(at + SERVICE_CLASSES_OFFSET.ports, ports)
    memory.setU32(at + SERVICE_CLASSES_OFFSET.classes, classes)
    return at
  }

  /** The pages of a protocol's ports; pages with one class throughout are shared. */
  private writePages(numbers: Uint16Array): number {
    const { memory, allocate } = this
    const pages = allocate(PAGES * 4)
    const uniform = new Map<number, number>()
    for (let page = 0; page < PAGES; page++) {
      const own = numbers.subarray(page * PAGE_PORTS, (page + 1) * PAGE_PORTS)
      const [only] = own
      const isUniform = own.every((number) => number === only)
      let at = isUniform ? uniform.get(only) : undefined
      if (at === undefined) {
        at = allocate(PAGE_PORTS * 2)
        memory.u16s(at, PAGE_PORTS).set(own)
        if (isUniform) uniform.set(only, at)
      }
      memory.setU32(pages + 4 * page, at)
    }
    return pages
  }

  private once(list: readonly unknown[], write: () => number): number {
    if (list.length === 0) return 0
    let at = this.lists.get(list)
    if (at === undefined) {
      at = write()
      this.lists.set(list, at)
    }
    return at
  }

  /** A list: how many, and their numbers. */
  writeRules(rules: readonly number[]): number {
    const at = this.allocate(4 + 4 * rules.length)
    this.memory.setU32(at, rules.length)
    this.memory.u32s(at + 4, rules.length).set(rules)
    return at
  }

  /** Each candidate is its rule and the address of its tests. */
  private writeCandidates(candidates: readonly Candidate[]): number {
    const at = this.allocate(8 * candidates.length)
    candidates.forEach(({ rule, tests }, index) => {
      this.memory.setU32(at + 8 * index, rule)
      this.memory.setU32(
        at + 8 * index + 4,
        this.once(tests, () => this.writeTests(tests)),
      )
    })
    return at
  }

  /** Each test: field, number of pairs, pairs. */
  private writeTests(tests: readonly ClassTest[]): number {
    const words: number[] = []
    for (const { field, classes } of tests) {
      words.push(field, classes.length)
      for (const [first, last] of classes) words.push(first, last)
    }
    words.push(NO_MORE_TESTS)
    const at = this.allocate(4 * words.length)
    this.memory.u32s(at, words.length).set(words)
    return at
  }

  /** For each upper half of an address, the class of its lowest; one more at the end. */
  private writeBuckets(starts: readonly number[]): number {
    const at = this.allocate(0x10001 * 4)
    const buckets = this.memory.u32s(at, 0x10001)
    starts.forEach((start, index) => {
      const behind = index + 1 < starts.length ? Math.ceil(starts[index + 1] / 0x10000) : 0x10001
      buckets.fill(index, Math.ceil(start / 0x10000), behind)
    })
    return at
  }
}

/** The first port that is not of the class that begins in front of `start`. */
function portBehind(start: number | undefined, protocolEnd: number): number {
  return start === undefined || start >= protocolEnd ? 0x10000 : start % 0x10000
}

/** The rules without tests worth knowing of a flow, by counter number and in order; of a family whose flows are cut. */
export function untestedRules(memory: Memory, family: 4 | 6): Uint32Array {
  const classes = memory.u32(REPLAY_AT + REPLAY_OFFSET[family === 4 ? 'flowClasses4' : 'flowClasses6'])
  const list = memory.u32(classes + FLOW_CLASSES_OFFSET.untested)
  return memory.u32s(list + 4, memory.u32(list))
}

/** The rules that hold for the flow of this key, by counter number and in order. */
export function rulesHolding(memory: Memory, key: number): number[] {
  const rules: number[] = []
  for (let field = 0; field < FIELDS; field++) {
    const list = memory.u32(key + FLOW_KEY_OFFSET.holding0 + 4 * field)
    if (list === 0) continue
    const count = memory.u32(list)
    for (let index = 0; index < count; index++) rules.push(memory.u32(list + 4 + 4 * index))
  }
  const count = memory.u32(key + FLOW_KEY_OFFSET.count)
  for (let index = 0; index < count; index++) rules.push(memory.u32(key + FLOW_KEY_OFFSET.candidate0 + 4 * index))
  return rules.sort((one, other) => one - other)
}
