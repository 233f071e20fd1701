/**
 * The data plane's module as the control plane calls it: one instance per thread, all over the same memory.
 * Addresses come back from WebAssembly as signed numbers: the wrappers here make them unsigned.
 */
import type { Memory } from './memory.js'

interface Exports {
  allocate(bytes: number): number
  walkPcap(walk: number): number
  walkPcapng(walk: number): number
  mergeRecords(merge: number): number
  createShard(number: number): number
  createSkb(): number
  indexBlock(block: number): void
  defragmentBlock(block: number): void
  replayShard(shard: number, block: number, skb: number): void
  track(skb: number): void
  confirm(skb: number): number
  release(skb: number): void
  setClosing(entry: number, nowNs: bigint): void
  gatherForDelivery(skb: number): number
  mayArriveWithOptions(packet: number, captured: number, length: number): number
  internPath(shard: number, scratch: number): number
  countPath(path: number, length: number): void
  addLocalAddress(at: number): number
  limitTable(
    shard: number,
    limit: number,
    buckets: number,
    chainLeast: number,
    chainSpread: number,
    gcWay: number,
    hz: number,
  ): number
  runGc(shard: number, nowNs: bigint): void
  sweep(shard: number, nowNs: bigint): void
  countAlive(shard: number, nowNs: bigint): void
  findTuple(shard: number, tuple: number, nowNs: bigint): number
  hashTuple(tuple: number): number
  expectDeparture(skb: number, outInterface: number): void
  noteDifference(shard: number, kind: number, received: bigint, seen: bigint): void
  settleExpected(shard: number, nowNs: bigint): void
  findDeparture(descriptor: number): number
  findConnection(shard: number, descriptor: number): number
  findTaken(shard: number, tuple: number, nowNs: bigint): number
  packetTuple(skb: number, into: number): number
  findKnown(skb: number, tuple: number): number
  createSourceShards(): number
  noteSource(shard: number, tuple: number, asked: number, own: number): void
  nextOfSource(shard: number, tuple: number, after: number): number
  buryEntry(shard: number, entry: number, nowNs: bigint): void
  killEntry(shard: number, entry: number, nowNs: bigint): void
  sctpCrc(at: number, bytes: number): number
}

/** What the data plane asks of the control plane, with addresses; each thread has its own. */
export interface Control {
  /** The packet of the thread's `Skb` needs the rules. */
  walk(skb: number): void
  /** Is the new entry, of the packet of the thread's `Skb`, one that a helper foresees? */
  expected(entry: number): void
  /** An entry with a helper, or one that a helper foresaw, is no more. */
  ended(shard: number, entry: number, atNs: bigint): void
  /** By how much NAT moved the sequence numbers of a direction at `sequence`. */
  sequenceOffset(entry: number, direction: number, sequence: number): number
}

/** For a thread in which no packet is walked. */
export const NO_CONTROL: Control = {
  walk: () => undefined,
  expected: () => undefined,
  ended: () => undefined,
  sequenceOffset: () => 0,
}

/** The shared memory is used up: 4 GiB of connections, paths and blocks. */
export class OutOfMemory extends Error {
  constructor(what: string) {
    super(`the shared memory of 4 GiB is used up (${what})`)
    this.name = 'OutOfMemory'
  }
}

export class DataPlane {
  private constructor(
    readonly memory: Memory,
    readonly exports: Exports,
  ) {}

  static instantiate(module: WebAssembly.Module, memory: Memory, control: Control): DataPlane {
    const instance = new WebAssembly.Instance(module, {
      env: { memory: memory.wasm },
      control: {
        walk: (skb: number) => control.walk(skb >>> 0),
        expected: (entry: number) => control.expected(entry >>> 0),
        ended: (shard: number, entry: number, atNs: bigint) => control.ended(shard >>> 0, entry >>> 0, atNs),
        sequenceOffset: (entry: number, direction: number, sequence: number) =>
          control.sequenceOffset(entry >>> 0, direction, sequence >>> 0),
      },
    })
    return new DataPlane(memory, instance.exports as unknown as Exports)
  }

  /** Zeroed memory, aligned to 64 bytes. */
  allocate(bytes: number, what: string): number {
    const at = this.exports.allocate(bytes) >>> 0
    if (at === 0) throw new OutOfMemory(what)
    return at
  }

  createSkb(): number {
    const at = this.exports.createSkb() >>> 0
    if (at === 0) throw new OutOfMemory('a worker')
    return at
  }

  createShard(number: number): number {
    const at = this.exports.createShard(number) >>> 0
    if (at === 0) throw new OutOfMemory('conntrack tables')
    return at
  }
}
