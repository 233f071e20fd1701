/**
 * `ipset save` prints a hash bucket by bucket, so it shows where the kernel has put each element. Of hash:ip,mac,
 * hash:ip,mark, hash:mac, hash:net,net and hash:net,port,net many kernels have no module: those rest on its source.
 */
import { expect, test } from 'vitest'
import { runTool } from '../../src/kernel/native-tool.js'
import { inNewNetworkNamespace } from '../../src/kernel/network-namespace.js'
import { keyOfElement } from '../../src/sets/element-key.js'
import { planHash } from '../../src/sets/hash-plan.js'
import { elementHash } from '../../src/sets/hash-words.js'
import { parseSets } from '../../src/sets/parse-sets.js'
import type { SetData, SetElement } from '../../src/sets/set.js'
import { describeAgainstKernel } from './against-kernel.js'
import { Random } from './random/random.js'

type Maker = (random: Random, family: 4 | 6) => string

const host: Maker = (random, family) =>
  family === 4
    ? `10.${random.int(0, 255)}.0.${random.int(1, 254)}`
    : `2001:db8:${random.int(0, 9)}::${random.int(1, 254)}`
const net: Maker = (random, family) => `${host(random, family)}/${random.int(8, family === 4 ? 32 : 128)}`
const port: Maker = (random, family) =>
  random.pick([
    `tcp:${random.int(1, 65535)}`,
    `udp:${random.int(1, 65535)}`,
    family === 4 ? 'icmp:8/0' : 'icmpv6:128/0',
  ])
const DEVICES = ['eth0', 'lo', 'wan1']
const device: Maker = (random) => random.pick(DEVICES)

const TYPES: Readonly<Record<string, readonly Maker[]>> = {
  'hash:ip': [host],
  'hash:ip,port': [host, port],
  'hash:ip,port,ip': [host, port, host],
  'hash:ip,port,net': [host, port, net],
  'hash:net': [net],
  'hash:net,iface': [net, device],
  'hash:net,port': [net, port],
}
const ELEMENTS = 700

function keyOf(set: SetData, element: SetElement): number[] {
  return keyOfElement(set, element, 0, [], (name) => DEVICES.indexOf(name))
}

/** The elements of a set as its hash has them in line. */
function inBuckets(set: SetData): string[] {
  const keys = set.elements.map((element) => keyOf(set, element))
  const hashes = Uint32Array.from(keys, (key) => elementHash(set, key))
  const { buckets } = planHash(set, hashes, keys)
  const order = [...hashes.keys()].sort((a, b) => (hashes[a] & (buckets - 1)) - (hashes[b] & (buckets - 1)) || a - b)
  return [`${buckets} buckets`, ...order.map((index) => keys[index].join())]
}

function asSaved(set: SetData): string[] {
  return [`${set.hashSize} buckets`, ...set.elements.map((element) => keyOf(set, element).join())]
}

describeAgainstKernel('the kernel and hookline put elements into the same buckets', () => {
  test.each(Object.keys(TYPES).flatMap((type) => [[type, 4] as const, [type, 6] as const]))(
    '%s, IPv%i',
    (type, family) => {
      const random = new Random(ELEMENTS + family)
      const elements = Array.from({ length: ELEMENTS }, () => TYPES[type].map((make) => make(random, family)).join())
      const create = `create set ${type} family ${family === 4 ? 'inet' : 'inet6'} hashsize 64 bucketsize 6 initval 0x1234`
      const text = [create, ...new Set(elements.map((element) => `add set ${element}`)), ''].join('\n')
      const [saved, added] = inNewNetworkNamespace(() => {
        runTool('ipset', ['-exist', 'restore'], text)
        return [runTool('ipset', ['save']), text]
      })
      const [set] = parseSets(added, 'added').sets
      const once = new Map(set.elements.map((element) => [keyOf(set, element).join(), element]))
      const [kernel] = parseSets(saved, 'saved').sets
      expect(kernel.hashSize).toBeGreaterThan(64)
      expect(inBuckets({ ...set, elements: [...once.values()] })).toEqual(asSaved(kernel))
    },
  )
})
