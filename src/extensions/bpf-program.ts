/**
 * Classic BPF programs as --bytecode writes them: how many instructions, then `code jt jf k` of each, commas between.
 * What is read ends: jumps go forward only, and the last instruction returns.
 * Kernel: bpf_check_classic(), net/core/filter.c (v6.18). iptables: bpf_parse_string(), extensions/libxt_bpf.c.
 */
import type { OptionReader, Token } from './option-reader.js'
import { readNumber } from '../ruleset/number-text.js'

export interface Instruction {
  readonly code: number
  readonly jumpTrue: number
  readonly jumpFalse: number
  readonly k: number
}

/** Kernel: XT_BPF_MAX_NUM_INSTR. */
const MOST_INSTRUCTIONS = 64
const SCRATCH_WORDS = 16
/** Offsets from here on ask for something beside the packet. Kernel: SKF_AD_OFF. */
export const ANCILLARY = 0xfffff000
export enum Ancillary {
  Protocol = 0,
  PacketType = 4,
  Mark = 20,
}

const LOADS = [0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x80, 0x01, 0x61, 0x81, 0xb1]
const STORES = [0x02, 0x03]
const ARITHMETIC = [0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x94, 0xa4].flatMap((code) => [code, code + 8])
const NEGATE = 0x84
const JUMP = 0x05
const BRANCHES = [0x15, 0x25, 0x35, 0x45].flatMap((code) => [code, code + 8])
const RETURNS = [0x06, 0x16]
const TRANSFERS = [0x07, 0x87]
const KNOWN = new Set([...LOADS, ...STORES, ...ARITHMETIC, NEGATE, JUMP, ...BRANCHES, ...RETURNS, ...TRANSFERS])
const ABSOLUTE_LOADS = new Set([0x20, 0x28, 0x30])
const SCRATCH = new Set([0x60, 0x61, 0x02, 0x03])
const SCRATCH_LOADS = new Set([0x60, 0x61])
const DIVISIONS = new Set([0x34, 0x94])
const SHIFTS = new Set([0x64, 0x74])

/** Empty when something is wrong, which is reported. */
export function readProgram(reader: OptionReader, value: Token): readonly Instruction[] {
  const problem = (message: string): [] => {
    reader.problem(value, message)
    return []
  }
  const [first, ...texts] = value.text.split(',')
  const length = readNumber(first)?.value ?? 0
  if (texts[texts.length - 1] === '') texts.pop()
  if (length === 0 || length > MOST_INSTRUCTIONS) {
    return problem(`a program has 1 to ${MOST_INSTRUCTIONS} instructions; how many stands in front`)
  }
  if (texts.length !== length) return problem(`${length} instructions are announced, ${texts.length} are there`)
  const program: Instruction[] = []
  for (const [index, text] of texts.entries()) {
    const numbers = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(text)?.slice(1).map(Number)
    if (numbers === undefined) return problem(`instruction ${index} is not four numbers`)
    const [code, jumpTrue, jumpFalse, k] = numbers
    program.push({ code: code & 0xffff, jumpTrue: jumpTrue & 255, jumpFalse: jumpFalse & 255, k: k >>> 0 })
  }
  const wrong = program.findIndex((_, index) => !isValid(program, index))
  if (wrong >= 0) return problem(`instruction ${wrong} is not valid`)
  if (!RETURNS.includes(program[length - 1].code)) return problem('the last instruction does not return')
  if (readsBeforeStore(program)) return problem('scratch memory is read before it is written')
  const asks = program.find(({ code, k }) => ABSOLUTE_LOADS.has(code) && k >= ANCILLARY && !isAncillary(k))
  return asks === undefined ? program : problem(`it asks for what a capture does not tell (offset ${asks.k})`)
}

export function printProgram(program: readonly Instruction[]): string {
  const texts = program.map(({ code, jumpTrue, jumpFalse, k }) => `${code} ${jumpTrue} ${jumpFalse} ${k}`)
  return [`${program.length}`, ...texts].join(',')
}

function isValid(program: readonly Instruction[], index: number): boolean {
  const { code, jumpTrue, jumpFalse, k } = program[index]
  const room = program.length - index - 1
  if (!KNOWN.has(code)) return false
  if (DIVISIONS.has(code)) return k !== 0
  if (SHIFTS.has(code)) return k < 32
  if (SCRATCH.has(code)) return k < SCRATCH_WORDS
  if (code === JUMP) return k < room
  return !BRANCHES.includes(code) || (jumpTrue < room && jumpFalse < room)
}

function isAncillary(k: number): boolean {
  return k - ANCILLARY in Ancillary
}

/** Kernel: check_load_and_stores(). */
function readsBeforeStore(program: readonly Instruction[]): boolean {
  const stored = program.map(() => 0xffff)
  let current = 0
  for (const [index, { code, jumpTrue, jumpFalse, k }] of program.entries()) {
    current &= stored[index]
    const leads = (by: number): void => {
      stored[index + 1 + by] &= current
    }
    if (SCRATCH_LOADS.has(code)) {
      if ((current & (1 << k)) === 0) return true
    } else if (SCRATCH.has(code)) {
      current |= 1 << k
    } else if (code === JUMP) {
      leads(k)
      current = 0xffff
    } else if (BRANCHES.includes(code)) {
      leads(jumpTrue)
      leads(jumpFalse)
      current = 0xffff
    }
  }
  return false
}
