/**
 * Runs a classic BPF program over a packet, from the IP header on. In: a program that was checked, so that it ends.
 * Out: what it returns; 0 when it reads beyond the packet.
 * Kernel: ___bpf_prog_run(), kernel/bpf/core.c; bpf_convert_filter(), net/core/filter.c (v6.18).
 * Differs from the kernel: bytes that were sent but not captured are beyond the packet.
 */
import { ANCILLARY, Ancillary, type Instruction } from './bpf-program.js'
import type { Packet } from '../memory/packet.js'

/** Offsets from the network and from the link header. Kernel: SKF_NET_OFF, SKF_LL_OFF. */
const NETWORK = 0xfff00000
const LINK = 0xffe00000
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const

/** Classes, the lower three bits of the code. */
enum Class {
  Load,
  LoadIndex,
  Store,
  StoreIndex,
  Arithmetic,
  Jump,
  Return,
  Misc,
}

export function runProgram(program: readonly Instruction[], packet: Packet): number {
  const scratch = new Uint32Array(16)
  let a = 0
  let x = 0
  for (let at = 0; at < program.length; at++) {
    const { code, jumpTrue, jumpFalse, k } = program[at]
    const operand = (code & 8) === 0 ? k : x
    const kind: Class = code & 7
    if (kind === Class.Load || kind === Class.LoadIndex) {
      const value = load(code, k, x, scratch, packet)
      if (value < 0) return 0
      if (kind === Class.Load) a = value
      else x = value
    } else if (kind === Class.Store) scratch[k] = a
    else if (kind === Class.StoreIndex) scratch[k] = x
    else if (kind === Class.Arithmetic) {
      if ((code === 0x3c || code === 0x9c) && x === 0) return 0
      a = calculate(code & 0xf0, a, operand)
    } else if (kind === Class.Jump) {
      at += (code & 0xf0) === 0 ? k : holds(code & 0xf0, a, operand) ? jumpTrue : jumpFalse
    } else if (kind === Class.Return) return (code & 0x10) === 0 ? k : a
    else if (code === 0x07) x = a
    else a = x
  }
  return 0
}

/** -1 when it is beyond the packet. */
function load(code: number, k: number, x: number, scratch: Uint32Array, packet: Packet): number {
  const size = [4, 2, 1][(code >> 3) & 3]
  switch (code & 0xe0) {
    case 0x00:
      return k
    case 0x20:
      return k >= ANCILLARY ? ancillary(k - ANCILLARY, packet) : bytesAt(k, size, packet)
    case 0x40:
      return bytesAt((x + k) >>> 0, size, packet)
    case 0x60:
      return scratch[k]
    case 0x80:
      return packet.length
    default: {
      const byte = bytesAt(k, 1, packet)
      return byte < 0 ? byte : (byte & 15) * 4
    }
  }
}

function bytesAt(offset: number, size: number, packet: Packet): number {
  const { memory } = packet
  const { linkHeader } = packet.descriptor
  let from = offset
  if (offset >= NETWORK) from = offset - NETWORK
  else if (offset >= LINK) from = linkHeader === 0 ? Number.POSITIVE_INFINITY : offset - LINK - linkHeader
  if (from + size > Math.min(packet.length, packet.captured)) return -1
  const at = packet.at + from
  return size === 4 ? memory.be32(at) : size === 2 ? memory.be16(at) : memory.u8(at)
}

function ancillary(what: Ancillary, packet: Packet): number {
  if (what === Ancillary.Protocol) return ETHERTYPE[packet.family]
  return what === Ancillary.Mark ? packet.skb.mark : packet.descriptor.packetType
}

function calculate(operation: number, a: number, operand: number): number {
  switch (operation) {
    case 0x00:
      return (a + operand) >>> 0
    case 0x10:
      return (a - operand) >>> 0
    case 0x20:
      return Math.imul(a, operand) >>> 0
    case 0x30:
      return Math.floor(a / operand)
    case 0x40:
      return (a | operand) >>> 0
    case 0x50:
      return (a & operand) >>> 0
    case 0x60:
      return (a << operand) >>> 0
    case 0x70:
      return a >>> operand
    case 0x80:
      return -a >>> 0
    case 0x90:
      return a % operand
    default:
      return (a ^ operand) >>> 0
  }
}

function holds(comparison: number, a: number, operand: number): boolean {
  if (comparison === 0x10) return a === operand
  if (comparison === 0x20) return a > operand
  return comparison === 0x30 ? a >= operand : (a & operand) !== 0
}
