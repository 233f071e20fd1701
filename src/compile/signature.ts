/**
 * Works out the signature of packets for a pair of rulesets: which of the fields that differ within a connection
 * the rules look at, the classes of their values, and where each stands in the 64 bits.
 * In: rulesets and the box's MTUs. Out: a plan, and the bytes of a `SignatureSpec` in shared memory.
 */
import { Field } from '../extensions/extension.js'
import type { Memory } from '../memory/memory.js'
import { SIGNATURE_SPEC_OFFSET, SIGNATURE_SPEC_SIZE } from '../memory/signature.js'
import type { Ruleset } from '../ruleset/ruleset.js'
import { classBits, type Classes, identityClasses, intervalClasses, oneClass, refine } from './classes.js'
import { fieldTests, readFields } from './reads.js'

/** Origin, don't fragment, packet type and being an ICMP error are part of every signature. Data plane: FIXED_BITS. */
const FIXED_BITS = 6
const STATE_BITS = 3
const SIGNATURE_BITS = 64
const STATUS_BITS = 16
const MARK_BITS = 32

export interface SignaturePlan {
  readonly interfaces: Classes
  readonly tcpFlags: Classes
  readonly tos: Classes
  readonly ttl: Classes
  readonly length: Classes
  readonly readsStatus: boolean
  readonly readsCtMark: boolean
  /** A rule looks at marks of connections, or gives them, whether the signature holds them or not. */
  readonly marksConnections: boolean
  /** Fields that rules read and that the signature holds: a walk that read others cannot be remembered. */
  readonly covered: ReadonlySet<Field>
}

/** Fields of one direction of a connection that never change, or that rules alone give a value. */
const CONSTANT_FIELDS = [
  Field.Addresses,
  Field.Protocol,
  Field.Ports,
  Field.IcmpType,
  Field.ConnectionTuple,
  Field.OutInterface,
  Field.Mark,
  Field.CtState,
]

/** `interfaceCount` counts the box's interfaces, 0 (unknown) included; `mtus` are those of its interfaces. */
export function planSignature(
  rulesets: readonly Ruleset[],
  interfaceCount: number,
  mtus: readonly number[],
): SignaturePlan {
  const reads = readFields(rulesets)
  const covered = new Set<Field>(CONSTANT_FIELDS)
  let room = SIGNATURE_BITS - FIXED_BITS - STATE_BITS
  const fit = (field: Field, bits: number): boolean => {
    if (bits > room) return false
    room -= bits
    covered.add(field)
    return true
  }
  // Routing looks at these whether rules do or not.
  const interfaces = identityClasses(interfaceCount)
  room -= classBits(interfaces)
  covered.add(Field.InInterface)
  const mtuCuts = mtus.map((mtu) => mtu + 1)
  const forwardTtl = intervalClasses(256, [2])
  let ttl = forwardTtl
  let length = intervalClasses(65536, mtuCuts)
  room -= classBits(ttl) + classBits(length)

  const tcpFlags = plannedClasses(reads, Field.TcpFlags, tcpFlagClasses(rulesets), oneClass(256), fit)
  const lengthRead = reads.has(Field.Length)
  if (lengthRead) {
    const finer = lengthClasses(rulesets, mtuCuts)
    if (finer !== null && fit(Field.Length, classBits(finer) - classBits(length))) length = finer
  }
  const tos = plannedClasses(reads, Field.Tos, identityClasses(256), oneClass(256), fit)
  if (reads.has(Field.Ttl) && fit(Field.Ttl, 8 - classBits(forwardTtl))) ttl = identityClasses(256)
  const readsStatus = reads.has(Field.CtStatus) && fit(Field.CtStatus, STATUS_BITS)
  const readsCtMark = reads.has(Field.CtMark) && fit(Field.CtMark, MARK_BITS)
  const marksConnections = reads.has(Field.CtMark)
  return { interfaces, tcpFlags, tos, ttl, length, readsStatus, readsCtMark, marksConnections, covered }
}

/** Writes the plan as a `SignatureSpec`; `allocate` gives zeroed memory. Returns the spec's address. */
export function writeSignature(plan: SignaturePlan, memory: Memory, allocate: (bytes: number) => number): number {
  const at = allocate(SIGNATURE_SPEC_SIZE)
  let shift = FIXED_BITS
  const place = (classes: Classes, tableOffset: number, shiftOffset: number): void => {
    const bits = classBits(classes)
    if (bits === 0) return
    const table = allocate(classes.of.length * 2)
    memory.u16s(table, classes.of.length).set(classes.of)
    memory.setU32(at + tableOffset, table)
    memory.setU8(at + shiftOffset, shift)
    shift += bits
  }
  place(plan.interfaces, SIGNATURE_SPEC_OFFSET.interfaceClasses, SIGNATURE_SPEC_OFFSET.interfaceShift)
  memory.setU32(at + SIGNATURE_SPEC_OFFSET.interfaceCount, plan.interfaces.of.length)
  place(plan.tcpFlags, SIGNATURE_SPEC_OFFSET.tcpFlagClasses, SIGNATURE_SPEC_OFFSET.tcpFlagShift)
  place(plan.tos, SIGNATURE_SPEC_OFFSET.tosClasses, SIGNATURE_SPEC_OFFSET.tosShift)
  place(plan.ttl, SIGNATURE_SPEC_OFFSET.ttlClasses, SIGNATURE_SPEC_OFFSET.ttlShift)
  place(plan.length, SIGNATURE_SPEC_OFFSET.lengthClasses, SIGNATURE_SPEC_OFFSET.lengthShift)
  memory.setU64(at + SIGNATURE_SPEC_OFFSET.packetPart, (1n << BigInt(shift)) - 1n)
  memory.setU8(at + SIGNATURE_SPEC_OFFSET.stateShift, shift)
  shift += STATE_BITS
  if (plan.readsStatus) {
    memory.setU8(at + SIGNATURE_SPEC_OFFSET.statusShift, shift)
    memory.setU32(at + SIGNATURE_SPEC_OFFSET.statusMask, 0xffff)
    shift += STATUS_BITS
  }
  if (plan.readsCtMark) {
    memory.setU8(at + SIGNATURE_SPEC_OFFSET.ctMarkShift, shift)
    memory.setU32(at + SIGNATURE_SPEC_OFFSET.ctMarkMask, 0xffffffff)
  }
  return at
}

function plannedClasses(
  reads: ReadonlySet<Field>,
  field: Field,
  classes: Classes,
  unread: Classes,
  fit: (field: Field, bits: number) => boolean,
): Classes {
  return reads.has(field) && fit(field, classBits(classes)) ? classes : unread
}

function tcpFlagClasses(rulesets: readonly Ruleset[]): Classes {
  let classes = oneClass(256)
  for (const test of fieldTests(rulesets, Field.TcpFlags)) {
    if (test === null || test.kind === 'cuts') return identityClasses(256)
    classes = refine(classes, test.test)
  }
  return classes
}

/** Null when some match does not tell where its outcome changes: 65536 classes would never be met again. */
function lengthClasses(rulesets: readonly Ruleset[], mtuCuts: readonly number[]): Classes | null {
  const cuts = [...mtuCuts]
  for (const test of fieldTests(rulesets, Field.Length)) {
    if (test === null || test.kind === 'test') return null
    cuts.push(...test.cuts)
  }
  return intervalClasses(65536, cuts)
}
