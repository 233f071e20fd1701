/**
 * `Path` seen from the control plane, which also writes new ones into scratch memory for the data plane to keep;
 * src/dataplane/layout/path.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const PATH_OFFSET = {
  next: 0,
  hash: 4,
  packets: 8,
  bytes: 16,
  hooks: 24,
  where: 28,
  verdict: 32,
  hook: 33,
  ctState: 34,
  family: 35,
  reason: 36,
  flags: 37,
  outInterface: 38,
  counterCount: 40,
} as const
/** `PathView.verdict`: what became of the packet. */
export enum PathVerdict {
  Accept = 0,
  Drop = 1,
  Reject = 2,
  Queue = 3,
  /** A fragment kept until its datagram is whole. */
  Stolen = 4,
  /** Dropped between the hooks; `reason` says why. */
  Route = 5,
  /** Dropped before any hook. */
  Ip = 6,
  /** Not offered to the box: what it sent itself on behalf of an earlier packet. */
  None = 7,
}

/** `PathView.ctState`: the connection state that rules saw last. */
export enum PathState {
  /** Not tracked: no hook saw it, or nothing needs conntrack. */
  None = 0,
  New = 1,
  Established = 2,
  Related = 3,
  Invalid = 4,
  Untracked = 5,
}

/** Bits of `PathView.flags`. */
export enum PathFlag {
  None = 0,
  /** The way of a packet that the box made itself (REJECT's answer): in no capture, though rules counted it. */
  Generated = 1,
  /**
   * The way of the fragment that completed a datagram up to where they were put together: rules counted the fragment
   * so far, the datagram from there on. The datagram's path stands for the captured packet.
   */
  Part = 2,
  /** Its connection has a helper that is not modelled. */
  Unhelped = 4,
  /** The way of a copy that TEE sent: in no capture either. */
  Copy = 8,
  /** --vantage tap: of what the box made itself, more than one original fits what it was seen sending. */
  Ambiguous = 16,
  /** --vantage tap: the port from which the box made it was another at random, and the capture does not tell which. */
  PortUnknown = 32,
}

/** Bytes of a path in front of its counters. */
export const PATH_SIZE = 44
/** `where` of a path that no rule and no policy decided. */
export const NO_COUNTER = 0xffffffff

export class PathView {
  at = 0

  constructor(private readonly memory: Memory) {}

  get packets(): bigint {
    return this.memory.u64(this.at + PATH_OFFSET.packets)
  }

  get bytes(): bigint {
    return this.memory.u64(this.at + PATH_OFFSET.bytes)
  }

  get hooks(): number {
    return this.memory.u32(this.at + PATH_OFFSET.hooks)
  }
  set hooks(value: number) {
    this.memory.setU32(this.at + PATH_OFFSET.hooks, value)
  }

  get where(): number {
    return this.memory.u32(this.at + PATH_OFFSET.where)
  }
  set where(counter: number) {
    this.memory.setU32(this.at + PATH_OFFSET.where, counter)
  }

  get verdict(): number {
    return this.memory.u8(this.at + PATH_OFFSET.verdict)
  }
  set verdict(value: number) {
    this.memory.setU8(this.at + PATH_OFFSET.verdict, value)
  }

  get hook(): number {
    return this.memory.u8(this.at + PATH_OFFSET.hook)
  }
  set hook(value: number) {
    this.memory.setU8(this.at + PATH_OFFSET.hook, value)
  }

  get ctState(): number {
    return this.memory.u8(this.at + PATH_OFFSET.ctState)
  }
  set ctState(value: number) {
    this.memory.setU8(this.at + PATH_OFFSET.ctState, value)
  }

  get family(): number {
    return this.memory.u8(this.at + PATH_OFFSET.family)
  }
  set family(value: number) {
    this.memory.setU8(this.at + PATH_OFFSET.family, value)
  }

  get reason(): number {
    return this.memory.u8(this.at + PATH_OFFSET.reason)
  }
  set reason(value: number) {
    this.memory.setU8(this.at + PATH_OFFSET.reason, value)
  }

  get flags(): number {
    return this.memory.u8(this.at + PATH_OFFSET.flags)
  }
  set flags(value: number) {
    this.memory.setU8(this.at + PATH_OFFSET.flags, value)
  }

  /** Of the box, by which a forwarded packet leaves; 0 where it does not, or nobody asks. */
  set outInterface(id: number) {
    this.memory.setU16(this.at + PATH_OFFSET.outInterface, id)
  }

  get counterCount(): number {
    return this.memory.u32(this.at + PATH_OFFSET.counterCount)
  }
  set counterCount(count: number) {
    this.memory.setU32(this.at + PATH_OFFSET.counterCount, count)
  }

  counter(index: number): number {
    return this.memory.u32(this.at + PATH_SIZE + 4 * index)
  }
  setCounter(index: number, counter: number): void {
    this.memory.setU32(this.at + PATH_SIZE + 4 * index, counter)
  }
}
