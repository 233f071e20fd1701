/**
 * A hash table in shared memory, for state that outlives packets: keys of a fixed number of 32-bit words, values of a
 * fixed number of bytes, at most `capacity` of them. One worker at a time uses it. Zeroed memory is an empty table.
 *
 *   count u32 | first free entry u32 | entries ever used u32 | 0 || buckets: u32 each || entries
 *   entry: next entry of its bucket u32 | key | up to a multiple of 8 | value
 *
 * Entries are numbered from 1.
 */
import type { Memory } from './memory.js'

export interface TableShape {
  readonly keyWords: number
  readonly valueBytes: number
  readonly capacity: number
}

const HEADER = { count: 0, free: 4, used: 8, bytes: 16 }
const MOST_BUCKETS = 2 ** 20

export class HashTable {
  private readonly keyWords: number
  private readonly capacity: number
  private readonly buckets: number
  private readonly entries: number
  private readonly entryBytes: number
  private readonly valueOffset: number

  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    { keyWords, valueBytes, capacity }: TableShape,
  ) {
    this.keyWords = keyWords
    this.capacity = capacity
    this.buckets = bucketsOf(capacity)
    this.valueOffset = valueOffsetOf(keyWords)
    this.entryBytes = this.valueOffset + multipleOf8(valueBytes)
    this.entries = at + HEADER.bytes + multipleOf8(this.buckets * 4) - this.entryBytes
  }

  /** What a table of this shape takes. */
  static bytes({ keyWords, valueBytes, capacity }: TableShape): number {
    const entry = valueOffsetOf(keyWords) + multipleOf8(valueBytes)
    return HEADER.bytes + multipleOf8(bucketsOf(capacity) * 4) + capacity * entry
  }

  get count(): number {
    return this.memory.u32(this.at + HEADER.count)
  }

  /** Address of the key's value, or 0. */
  find(key: readonly number[]): number {
    const { memory } = this
    for (let index = memory.u32(this.bucket(key)); index !== 0; index = memory.u32(this.entry(index))) {
      const entry = this.entry(index)
      if (this.holds(entry, key)) return entry + this.valueOffset
    }
    return 0
  }

  /** Address of the value, all zero, of a key that is not in it; 0 when the table is full. */
  insert(key: readonly number[]): number {
    const { memory, at } = this
    const { count } = this
    if (count === this.capacity) return 0
    let index = memory.u32(at + HEADER.free)
    let entry = this.entry(index)
    if (index === 0) {
      index = memory.u32(at + HEADER.used) + 1
      memory.setU32(at + HEADER.used, index)
      entry = this.entry(index)
    } else {
      memory.setU32(at + HEADER.free, memory.u32(entry))
    }
    memory.setU32(at + HEADER.count, count + 1)
    const bucket = this.bucket(key)
    memory.bytes.fill(0, entry, entry + this.entryBytes)
    memory.setU32(entry, memory.u32(bucket))
    memory.setU32(bucket, index)
    for (let word = 0; word < this.keyWords; word++) memory.setU32(entry + 4 + 4 * word, key[word])
    return entry + this.valueOffset
  }

  /** True when the key was in it. */
  remove(key: readonly number[]): boolean {
    const { memory } = this
    let link = this.bucket(key)
    for (let index = memory.u32(link); index !== 0; index = memory.u32(link)) {
      const entry = this.entry(index)
      if (this.holds(entry, key)) {
        this.unlink(link, index)
        return true
      }
      link = entry
    }
    return false
  }

  /** One word of the key of a value at an address. */
  keyWord(valueAt: number, word: number): number {
    return this.memory.u32(valueAt - this.valueOffset + 4 + 4 * word)
  }

  removeValue(valueAt: number): void {
    this.remove(Array.from({ length: this.keyWords }, (_, word) => this.keyWord(valueAt, word)))
  }

  /** Removes every entry whose value, at the address that it is given, is to go. */
  removeWhere(goes: (valueAt: number) => boolean): void {
    const { memory } = this
    for (let bucket = 0; bucket < this.buckets; bucket++) {
      let link = this.at + HEADER.bytes + 4 * bucket
      for (let index = memory.u32(link); index !== 0; index = memory.u32(link)) {
        const entry = this.entry(index)
        if (goes(entry + this.valueOffset)) this.unlink(link, index)
        else link = entry
      }
    }
  }

  private unlink(link: number, index: number): void {
    const { memory, at } = this
    const entry = this.entry(index)
    memory.setU32(link, memory.u32(entry))
    memory.setU32(entry, memory.u32(at + HEADER.free))
    memory.setU32(at + HEADER.free, index)
    memory.setU32(at + HEADER.count, this.count - 1)
  }

  private holds(entry: number, key: readonly number[]): boolean {
    for (let word = 0; word < this.keyWords; word++) {
      if (this.memory.u32(entry + 4 + 4 * word) !== key[word]) return false
    }
    return true
  }

  private entry(index: number): number {
    return this.entries + index * this.entryBytes
  }

  private bucket(key: readonly number[]): number {
    let hash = 0
    for (let word = 0; word < this.keyWords; word++) {
      hash = Math.imul(hash ^ key[word], 0x9e3779b1)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0x85ebca6b)
    hash ^= hash >>> 13
    return this.at + HEADER.bytes + 4 * (hash & (this.buckets - 1))
  }
}

function valueOffsetOf(keyWords: number): number {
  return multipleOf8(4 + 4 * keyWords)
}

/** A power of two. */
function bucketsOf(capacity: number): number {
  return Math.min(MOST_BUCKETS, 2 ** Math.ceil(Math.log2(Math.max(2, capacity))))
}

function multipleOf8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
