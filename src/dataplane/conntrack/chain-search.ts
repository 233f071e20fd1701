/**
 * What looking a tuple up does to a limited table: the expired entries in front of the one that is found are buried,
 * or all of the chain's when none is. Which one it is, the tuple index says.
 * Kernel: ____nf_conntrack_find(), nf_conntrack_tuple_taken(), net/netfilter/nf_conntrack_core.c (v6.18).
 */
import { Entry, entryAddresses } from '../layout/entry'
import { TableNode } from '../layout/kernel-table'
import { Shard } from '../layout/shard'
import { bury } from './death'
import { bucketOf4, bucketOf6, entryOf, headOf, isReply, nextOfAnother, tableOf } from './kernel-table'
import { replyDestination, replyDestination6, replyHash, replyPorts, replySource, replySource6 } from './reply-tuple'

/** Goes through the chain of an IPv4 tuple as far as the entry that has it. */
export function searchChain4(shard: Shard, hash: u32, src: u32, dst: u32, ports: u32, kind: u16, nowNs: u64): void {
  const table = tableOf(shard)
  let at: usize = load<u32>(headOf(table, bucketOf4(table, hash, src, ports)))
  while (at != 0) {
    const node = changetype<TableNode>(at)
    const entry = entryOf(node)
    if (entry.expiryNs <= nowNs) {
      at = nextOfAnother(node)
      bury(shard, entry, entry.expiryNs)
      continue
    }
    if (kindOf(entry) == kind) {
      if (isReply(node)) {
        const same = replySource(entry) == src && replyDestination(entry) == dst && replyPorts(entry) == ports
        if (same && replyHash(entry) == hash) return
      } else if (entry.hash == hash && entry.src == src && entry.dst == dst && portsOf(entry) == ports) return
    }
    at = node.next
  }
}

/** As `searchChain4`, for an IPv6 tuple whose addresses stand at `src` and `dst`. */
export function searchChain6(shard: Shard, hash: u32, src: usize, dst: usize, ports: u32, kind: u16, nowNs: u64): void {
  const table = tableOf(shard)
  let at: usize = load<u32>(headOf(table, bucketOf6(table, hash, src, ports)))
  while (at != 0) {
    const node = changetype<TableNode>(at)
    const entry = entryOf(node)
    if (entry.expiryNs <= nowNs) {
      at = nextOfAnother(node)
      bury(shard, entry, entry.expiryNs)
      continue
    }
    if (kindOf(entry) == kind) {
      if (isReply(node)) {
        const same = sameAddress(replySource6(entry), src) && sameAddress(replyDestination6(entry), dst)
        if (same && replyPorts(entry) == ports && replyHash(entry) == hash) return
      } else {
        const own = changetype<usize>(entryAddresses(entry))
        const same = sameAddress(own, src) && sameAddress(own + 16, dst)
        if (same && portsOf(entry) == ports && entry.hash == hash) return
      }
    }
    at = node.next
  }
}

/** Protocol and family at once. */
@inline
function kindOf(entry: Entry): u16 {
  return load<u16>(changetype<usize>(entry), offsetof<Entry>('protocol'))
}

@inline
function portsOf(entry: Entry): u32 {
  return load<u32>(changetype<usize>(entry), offsetof<Entry>('srcPort'))
}

@inline
function sameAddress(one: usize, other: usize): bool {
  return load<u64>(one) == load<u64>(other) && load<u64>(one, 8) == load<u64>(other, 8)
}
