/**
 * The key of a packet's flow: for each of its numbers the class, the rules known to hold for it, and those that hold
 * by all the numbers together. In: a descriptor. Out: a `FlowKey`. Nothing is walked here, whatever the ruleset.
 */
import { Descriptor, DescriptorFlag } from './layout/descriptor'
import {
  AddressClasses,
  FlowClass,
  FlowClasses,
  FlowKey,
  MOST_CANDIDATES,
  NO_MORE_TESTS,
  ServiceClasses,
} from './layout/flow-classes'
import { replay } from './layout/replay'
import { IPV6_DST, IPV6_SRC } from './wire/ipv6-address'

/** Where the part of a `FlowKey` begins that identifies it. */
export const KEY_WORDS: usize = offsetof<FlowKey>('signature')

/** Bytes of the key from KEY_WORDS on, a multiple of 8; 0 when flows of the family are not cut, or too much holds. */
export function makeFlowKey(descriptor: Descriptor, signature: u64, keyAt: usize): u32 {
  const isIpv6 = (descriptor.flags & DescriptorFlag.IPV6) != 0
  const at = classesOf(descriptor)
  if (at == 0) return 0
  const classes = changetype<FlowClasses>(at)
  const key = changetype<FlowKey>(keyAt)
  const source = changetype<AddressClasses>(<usize>classes.source)
  const destination = changetype<AddressClasses>(<usize>classes.destination)
  if (isIpv6) {
    const packet: usize = descriptor.packet
    key.class0 = classOfIpv6(source, packet + IPV6_SRC)
    key.class1 = classOfIpv6(destination, packet + IPV6_DST)
  } else {
    key.class0 = classOfIpv4(source, descriptor.src)
    key.class1 = classOfIpv4(destination, descriptor.dst)
  }
  const from = changetype<ServiceClasses>(<usize>classes.sourceService)
  const to = changetype<ServiceClasses>(<usize>classes.destinationService)
  key.class2 = classOfService(from, descriptor.protocol, descriptor.srcPort)
  key.class3 = classOfService(to, descriptor.protocol, descriptor.dstPort)
  key.signature = signature
  key.count = 0
  key.holding0 = addClass(key, source.classes, key.class0)
  key.holding1 = addClass(key, destination.classes, key.class1)
  key.holding2 = addClass(key, from.classes, key.class2)
  key.holding3 = addClass(key, to.classes, key.class3)
  const count = key.count
  if (count > MOST_CANDIDATES) return 0
  // One behind the last makes the words even.
  store<u32>(candidate(key, count), 0)
  const bytes = <u32>offsetof<FlowKey>('candidate0') - <u32>KEY_WORDS + (count << 2)
  return (bytes + 7) & ~7
}

/** Whether the cache keeps ways of flows of this family. Requires that they have keys. */
@inline
export function keepsFlows(descriptor: Descriptor): bool {
  return changetype<FlowClasses>(classesOf(descriptor)).keeps != 0
}

@inline
function classesOf(descriptor: Descriptor): usize {
  return descriptor.flags & DescriptorFlag.IPV6 ? replay().flowClasses6 : replay().flowClasses4
}

/** A key's hash; `bytes` is a multiple of 8. */
export function hashFlowKey(words: usize, bytes: u32): u32 {
  let hash: u64 = 0x9e3779b97f4a7c15
  for (let i: usize = 0; i < <usize>bytes; i += 8) {
    hash = (hash ^ load<u64>(words + i)) * 0xff51afd7ed558ccd
    hash ^= hash >> 32
  }
  return <u32>(hash ^ (hash >> 29))
}

/** Adds the candidates of the class that pass; returns the list of those that hold anyway. */
@inline
function addClass(key: FlowKey, classes: u32, index: u32): u32 {
  const found = changetype<FlowClass>(<usize>classes + (<usize>index << 4))
  if (found.candidateCount != 0) addCandidates(key, found)
  return found.holding
}

function addCandidates(key: FlowKey, found: FlowClass): void {
  let at: usize = found.candidates
  const end = at + (<usize>found.candidateCount << 3)
  let count = key.count
  for (; at < end; at += 8) {
    if (!passes(key, load<u32>(at, 4))) continue
    if (count <= MOST_CANDIDATES) store<u32>(candidate(key, min(count, MOST_CANDIDATES)), load<u32>(at))
    count++
  }
  key.count = count
}

/** Whether each of the tests has a stretch that holds the flow's class. */
@inline
function passes(key: FlowKey, tests: u32): bool {
  let at: usize = tests
  for (let field = load<u32>(at); field != NO_MORE_TESTS; field = load<u32>(at)) {
    const own = load<u32>(changetype<usize>(key) + (<usize>field << 2))
    const end = at + 8 + (<usize>load<u32>(at, 4) << 3)
    let passed = false
    for (let pair = at + 8; pair < end; pair += 8) {
      if (own - load<u32>(pair) <= load<u32>(pair, 4) - load<u32>(pair)) {
        passed = true
        break
      }
    }
    if (!passed) return false
    at = end
  }
  return true
}

@inline
function candidate(key: FlowKey, index: u32): usize {
  return changetype<usize>(key) + offsetof<FlowKey>('candidate0') + (<usize>index << 2)
}

@inline
function classOfIpv4(classes: AddressClasses, address: u32): u32 {
  const bucket = <usize>classes.buckets + ((<usize>(address >> 16)) << 2)
  let low = load<u32>(bucket)
  let high = load<u32>(bucket, 4)
  // The last class that begins at or in front of the address.
  const starts: usize = classes.starts
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (load<u32>(starts + (<usize>middle << 2)) <= address) low = middle
    else high = middle - 1
  }
  return low
}

function classOfIpv6(classes: AddressClasses, at: usize): u32 {
  const upper = bswap<u64>(load<u64>(at))
  const lower = bswap<u64>(load<u64>(at, 8))
  const starts: usize = classes.starts
  let low: u32 = 0
  let high = classes.count - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    const start = starts + (<usize>middle << 4)
    const first = load<u64>(start)
    if (first < upper || (first == upper && load<u64>(start, 8) <= lower)) low = middle
    else high = middle - 1
  }
  return low
}

@inline
function classOfService(classes: ServiceClasses, protocol: u8, port: u16): u32 {
  const first = load<u32>(<usize>classes.firsts + (<usize>protocol << 2))
  const ports: usize = load<u32>(<usize>classes.ports + (<usize>protocol << 2))
  if (ports == 0) return first
  const page: usize = load<u32>(ports + (<usize>(port >> 8) << 2))
  return first + load<u16>(page + (<usize>(port & 255) << 1))
}
