/**
 * The words of an element over which the kernel computes its hash: the element as it lies in the memory of a
 * little-endian machine, without flags.
 * Kernel: struct hash_*_elem, net/netfilter/ipset/ip_set_hash_*.c; HKEY(), ip_set_hash_gen.h (v6.18).
 */
import { jenkinsHash, swappedWord } from '../memory/jenkins-hash.js'
import type { SetData } from './set.js'
import { KEY } from './set-key.js'

type Fields = {
  readonly address: number[]
  readonly address2: number[]
  readonly prefix: number
  readonly prefix2: number
  readonly protocol: number
  /** As it goes over the wire, in the lower half. */
  readonly port: number
  readonly mark: number
  readonly mac: number[]
}

/** Prefix lengths that share their byte with a flag have one less. */
const packed = (prefix: number): number => (prefix - 1) & 127

const LAYOUTS: Readonly<Record<string, (fields: Fields) => number[]>> = {
  'hash:ip': ({ address }) => address,
  'hash:ip,mac': ({ address, mac }) => [...address, ...mac],
  'hash:ip,mark': ({ address, mark }) => [...address, mark],
  'hash:ip,port': ({ address, port, protocol }) => [...address, port | (protocol << 16)],
  'hash:ip,port,ip': ({ address, address2, port, protocol }) => [...address, ...address2, port | (protocol << 16)],
  'hash:ip,port,net': ({ address, address2, port, prefix2, protocol }) => [
    ...address,
    ...address2,
    port | (packed(prefix2) << 16) | (protocol << 24),
  ],
  'hash:mac': ({ mac }) => mac,
  'hash:net': ({ address, prefix }) => [...address, prefix << 24],
  // The last byte: the element, not a question.
  'hash:net,iface': ({ address, prefix }) => [...address, (prefix << 8) | (1 << 24)],
  'hash:net,net': ({ address, address2, prefix, prefix2 }) => [
    ...address,
    ...address2,
    (prefix << 16) | (prefix2 << 24),
  ],
  'hash:net,port': ({ address, port, prefix, protocol }) => [
    ...address,
    port | (protocol << 16) | (packed(prefix) << 24),
  ],
  'hash:net,port,net': ({ address, address2, port, prefix, prefix2, protocol }) => [
    ...address,
    ...address2,
    port | (prefix << 16) | (prefix2 << 24),
    protocol << 24,
  ],
}

/** Its lowest bits are the element's bucket. Only for types that are hashes. */
export function elementHash({ type, family, initval }: SetData, key: readonly number[]): number {
  const length = family === 6 ? 4 : 1
  const kind = key[KEY.kind]
  const words = (from: number): number[] => key.slice(from, from + length).map(swappedWord)
  return jenkinsHash(
    LAYOUTS[type]({
      address: words(KEY.address),
      address2: words(KEY.address2),
      prefix: kind & 255,
      prefix2: (kind >>> 8) & 255,
      protocol: (kind >>> 16) & 255,
      port: swappedWord(key[KEY.detail]) >>> 16,
      mark: key[KEY.detail],
      mac: [swappedWord(key[KEY.address2]), swappedWord(key[KEY.address2 + 1]) >>> 16],
    }),
    initval,
  )
}

/** Whether the type is one of the kernel's hashes. */
export function isHash({ type }: SetData): boolean {
  return Object.hasOwn(LAYOUTS, type)
}
