/**
 * Buckets and chains of a limited table. Which bucket a tuple belongs into, the kernel hashes with a key that it draws
 * when it starts; here it follows from the seed. New entries stand in front of their chains.
 * Kernel: hash_conntrack_raw(), __nf_conntrack_hash_insert(), net/netfilter/nf_conntrack_core.c (v6.18).
 */
import { Entry, entryAddresses } from '../layout/entry'
import { KernelTable, TableNode } from '../layout/kernel-table'
import { allocate, replay } from '../layout/replay'
import { Shard } from '../layout/shard'
import { replyHash, replyPorts, replySource, replySource6 } from './reply-tuple'

/** As in tuple-index.ts: in a node's entry, the reply direction. */
const REPLY_BIT: u32 = 1
const NODES_AT_A_TIME: usize = 8192
const SECOND_FACTOR: u64 = 0xbf58476d1ce4e5b9
const FIRST_FACTOR: u64 = 0x9e3779b97f4a7c15

@inline
export function tableOf(shard: Shard): KernelTable {
  return changetype<KernelTable>(<usize>shard.table)
}

/** Limits a new shard's table; false when memory is used up. */
export function limitTable(
  shardAt: usize,
  limit: u32,
  bucketCount: u32,
  chainLeast: u32,
  chainSpread: u32,
  gcWay: u32,
  hz: u32,
): bool {
  const at = allocate(offsetof<KernelTable>())
  const heads = allocate(<usize>bucketCount << 2)
  if (at == 0 || heads == 0) return false
  const table = changetype<KernelTable>(at)
  table.limit = limit
  table.bucketCount = bucketCount
  table.chainLeast = chainLeast
  table.chainSpread = chainSpread
  table.gcWay = gcWay
  table.hz = hz
  table.heads = <u32>heads
  changetype<Shard>(shardAt).table = <u32>at
  return true
}

/** The bucket of a tuple with this flow hash, IPv4 source and ports. Kernel: hash_conntrack_raw(), scale_hash(). */
export function bucketOf4(table: KernelTable, hash: u32, src: u32, ports: u32): u32 {
  let x = (((<u64>hash) << 32) | src) ^ replay().seed
  x = (x ^ (x >> 29)) * FIRST_FACTOR
  x = ((x ^ (x >> 32)) + ports) * SECOND_FACTOR
  x ^= x >> 31
  return <u32>(((x & 0xffffffff) * table.bucketCount) >> 32)
}

/** As `bucketOf4`, with the 16 bytes of the source at `src`. */
export function bucketOf6(table: KernelTable, hash: u32, src: usize, ports: u32): u32 {
  const folded = (load<u64>(src) * SECOND_FACTOR) ^ load<u64>(src, 8)
  return bucketOf4(table, hash, <u32>(folded ^ (folded >> 32)), ports)
}

/** What became of putting an entry into its two buckets. */
export namespace Entered {
  export const YES: u32 = 0
  export const CHAIN_TOO_LONG: u32 = 1
  export const NO_MEMORY: u32 = 2
}

/** Puts a confirmed entry in front of its two chains. Returns an `Entered`. Kernel: __nf_conntrack_confirm(). */
export function enterBuckets(shard: Shard, entry: Entry, packetNumber: u64): u32 {
  const table = tableOf(shard)
  const original = headOf(table, originalBucket(table, entry))
  const reply = headOf(table, replyBucket(table, entry))
  if (table.chainLeast != 0) {
    const most = table.chainLeast + drawBelow(table.chainSpread, packetNumber)
    if (isLonger(original, most) || isLonger(reply, most)) return Entered.CHAIN_TOO_LONG
  }
  const at = <u32>changetype<usize>(entry)
  if (!pushNode(table, original, at)) return Entered.NO_MEMORY
  if (pushNode(table, reply, at | REPLY_BIT)) return Entered.YES
  dropNode(table, original, at)
  return Entered.NO_MEMORY
}

/** Takes an entry out of its two chains. Requires that it is in them. */
export function leaveBuckets(shard: Shard, entry: Entry): void {
  const table = tableOf(shard)
  const at = <u32>changetype<usize>(entry)
  dropNode(table, headOf(table, originalBucket(table, entry)), at)
  dropNode(table, headOf(table, replyBucket(table, entry)), at | REPLY_BIT)
}

@inline
export function headOf(table: KernelTable, bucket: u32): usize {
  return <usize>table.heads + ((<usize>bucket) << 2)
}

@inline
export function entryOf(node: TableNode): Entry {
  return changetype<Entry>(<usize>(node.entry & ~REPLY_BIT))
}

@inline
export function isReply(node: TableNode): bool {
  return (node.entry & REPLY_BIT) != 0
}

/** The next node of another entry: what stays valid when this node's entry is buried. */
@inline
export function nextOfAnother(node: TableNode): usize {
  let at: usize = node.next
  while (at != 0 && ((changetype<TableNode>(at).entry ^ node.entry) & ~REPLY_BIT) == 0) at = changetype<TableNode>(at).next
  return at
}

function originalBucket(table: KernelTable, entry: Entry): u32 {
  const ports = portsOf(entry)
  if (entry.family == 4) return bucketOf4(table, entry.hash, entry.src, ports)
  return bucketOf6(table, entry.hash, changetype<usize>(entryAddresses(entry)), ports)
}

function replyBucket(table: KernelTable, entry: Entry): u32 {
  const hash = replyHash(entry)
  const ports = replyPorts(entry)
  if (entry.family == 4) return bucketOf4(table, hash, replySource(entry), ports)
  return bucketOf6(table, hash, replySource6(entry), ports)
}

/** Kernel: `chainlen++ > max_chainlen` for each node. */
function isLonger(head: usize, most: u32): bool {
  let length: u32 = 0
  for (let at: usize = load<u32>(head); at != 0; at = changetype<TableNode>(at).next) {
    if (length++ > most) return true
  }
  return false
}

/** Kernel: get_random_u32_below(). */
function drawBelow(count: u32, packetNumber: u64): u32 {
  let x = (packetNumber ^ ((<u64>replay().seed) << 32)) * FIRST_FACTOR
  x = (x ^ (x >> 29)) * SECOND_FACTOR
  return <u32>(((x >> 32) * count) >> 32)
}

function pushNode(table: KernelTable, head: usize, entry: u32): bool {
  if (table.freeNode == 0 && !makeNodes(table)) return false
  const at: usize = table.freeNode
  const node = changetype<TableNode>(at)
  table.freeNode = node.next
  node.entry = entry
  node.next = load<u32>(head)
  store<u32>(head, <u32>at)
  return true
}

function dropNode(table: KernelTable, head: usize, entry: u32): void {
  let link = head
  let at: usize = load<u32>(link)
  while (changetype<TableNode>(at).entry != entry) {
    link = at + offsetof<TableNode>('next')
    at = load<u32>(link)
  }
  const node = changetype<TableNode>(at)
  store<u32>(link, node.next)
  node.entry = 0
  node.next = table.freeNode
  table.freeNode = <u32>at
}

function makeNodes(table: KernelTable): bool {
  const first = allocate(NODES_AT_A_TIME * offsetof<TableNode>())
  if (first == 0) return false
  const end = first + NODES_AT_A_TIME * offsetof<TableNode>()
  for (let at = first; at < end; at += offsetof<TableNode>()) {
    changetype<TableNode>(at).next = table.freeNode
    table.freeNode = <u32>at
  }
  return true
}

@inline
function portsOf(entry: Entry): u32 {
  return load<u32>(changetype<usize>(entry), offsetof<Entry>('srcPort'))
}
