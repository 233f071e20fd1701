/**
 * `Skb` seen from the control plane; src/dataplane/layout/skb.ts says what its fields mean.
 */
import type { Memory } from './memory.js'

export const SKB_OFFSET = {
  descriptor: 0,
  packet: 4,
  nowNs: 8,
  number: 16,
  length: 24,
  mark: 28,
  entry: 32,
  ctInfo: 36,
  tracked: 37,
  remember: 38,
  verdict: 39,
  path: 40,
  shard: 44,
  signature: 48,
  template: 56,
  templateHelper: 57,
  templateZone: 58,
  flowKey: 60,
  flowKeyBytes: 64,
  flowMemory: 68,
} as const
export const SKB_SIZE = 72

/** Bits of `SkbView.template`. */
export enum Template {
  ZoneOriginal = 1,
  ZoneReply = 2,
  ZoneIsMark = 4,
  Present = 8,
}

/** What the cache of flows may keep of a walk, as the data plane's `FlowMemory`. */
export enum FlowMemory {
  None = 0,
  Keep = 1,
  Tracks = 2,
  Confirms = 4,
}

export class SkbView {
  constructor(
    private readonly memory: Memory,
    readonly at: number,
  ) {}

  get descriptor(): number {
    return this.memory.u32(this.at + SKB_OFFSET.descriptor)
  }
  set descriptor(address: number) {
    this.memory.setU32(this.at + SKB_OFFSET.descriptor, address)
  }

  get packet(): number {
    return this.memory.u32(this.at + SKB_OFFSET.packet)
  }
  set packet(address: number) {
    this.memory.setU32(this.at + SKB_OFFSET.packet, address)
  }

  get nowNs(): bigint {
    return this.memory.u64(this.at + SKB_OFFSET.nowNs)
  }

  get number(): bigint {
    return this.memory.u64(this.at + SKB_OFFSET.number)
  }

  get length(): number {
    return this.memory.u32(this.at + SKB_OFFSET.length)
  }
  set length(bytes: number) {
    this.memory.setU32(this.at + SKB_OFFSET.length, bytes)
  }

  get mark(): number {
    return this.memory.u32(this.at + SKB_OFFSET.mark)
  }
  set mark(value: number) {
    this.memory.setU32(this.at + SKB_OFFSET.mark, value >>> 0)
  }

  get entry(): number {
    return this.memory.u32(this.at + SKB_OFFSET.entry)
  }
  set entry(address: number) {
    this.memory.setU32(this.at + SKB_OFFSET.entry, address)
  }

  get ctInfo(): number {
    return this.memory.u8(this.at + SKB_OFFSET.ctInfo)
  }
  set ctInfo(value: number) {
    this.memory.setU8(this.at + SKB_OFFSET.ctInfo, value)
  }

  get tracked(): boolean {
    return this.memory.u8(this.at + SKB_OFFSET.tracked) !== 0
  }

  set remember(value: boolean) {
    this.memory.setU8(this.at + SKB_OFFSET.remember, value ? 1 : 0)
  }

  get verdict(): number {
    return this.memory.u8(this.at + SKB_OFFSET.verdict)
  }

  get path(): number {
    return this.memory.u32(this.at + SKB_OFFSET.path)
  }
  set path(value: number) {
    this.memory.setU32(this.at + SKB_OFFSET.path, value)
  }

  /** Address of the flow's `FlowKey`; 0 when it has none. */
  get flowKey(): number {
    if (this.memory.u32(this.at + SKB_OFFSET.flowKeyBytes) === 0) return 0
    return this.memory.u32(this.at + SKB_OFFSET.flowKey)
  }

  /** FlowMemory bits. */
  set flowMemory(bits: number) {
    this.memory.setU32(this.at + SKB_OFFSET.flowMemory, bits)
  }

  get shard(): number {
    return this.memory.u32(this.at + SKB_OFFSET.shard)
  }

  /** Template bits; 0 is no template. */
  get template(): number {
    return this.memory.u8(this.at + SKB_OFFSET.template)
  }

  /** The zone of its template; 0 without one, and where the mark is the zone, which it becomes when tracking begins. */
  get templateZone(): number {
    const zoned = (this.template & (Template.Present | Template.ZoneIsMark)) === Template.Present
    return zoned ? this.memory.u16(this.at + SKB_OFFSET.templateZone) : 0
  }

  /** Gives the packet a template, or takes it off: `bits` 0. `helper` is a helper's number, or 0. */
  setTemplate(bits: number, zone: number, helper: number): void {
    this.memory.setU8(this.at + SKB_OFFSET.template, bits)
    this.memory.setU8(this.at + SKB_OFFSET.templateHelper, helper)
    this.memory.setU16(this.at + SKB_OFFSET.templateZone, zone)
  }
}
