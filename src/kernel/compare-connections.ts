/**
 * Two listings in the form of /proc/net/nf_conntrack, connection by connection: protocol state, flags, mark, packets
 * and bytes of both directions, and the seconds left, which may differ a little since both sides round a moving
 * clock.
 */
import type { Difference } from './difference.js'

interface Connection {
  /** Family, protocol and both tuples. */
  readonly key: string
  readonly secondsLeft: number
  readonly fields: ReadonlyMap<string, string>
}

const TUPLE_WORDS = new Set(['src', 'dst', 'sport', 'dport', 'type', 'code', 'id', 'srckey', 'dstkey'])
const ZONE_WORDS = new Set(['zone', 'zone-orig', 'zone-reply'])
const IGNORED_WORDS = new Set(['use'])

/** `toleranceSeconds`: how far the remaining times may lie apart. */
export function compareConnections(kernel: string, replay: string, toleranceSeconds: number): Difference[] {
  const left = readConnections(kernel)
  const right = readConnections(replay)
  const differences: Difference[] = []
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const ours = left.get(key) ?? []
    const theirs = right.get(key) ?? []
    const pairs = Math.max(ours.length, theirs.length)
    for (let index = 0; index < pairs; index++) {
      differences.push(...compareConnection(key, ours[index], theirs[index], toleranceSeconds))
    }
  }
  return differences
}

function compareConnection(
  key: string,
  kernel: Connection | undefined,
  replay: Connection | undefined,
  toleranceSeconds: number,
): Difference[] {
  const one = kernel ?? replay
  if (one === undefined) return []
  if (kernel === undefined || replay === undefined) {
    // About to end: one side looked a moment later.
    if (one.secondsLeft <= toleranceSeconds) return []
    const described = [...one.fields].map(([name, value]) => `${name}=${value}`).join(' ')
    const [there, missing] = [`alive (${described})`, 'no such connection']
    return [{ where: key, kernel: kernel ? there : missing, replay: replay ? there : missing, note: '' }]
  }
  const differences: Difference[] = []
  for (const name of new Set([...kernel.fields.keys(), ...replay.fields.keys()])) {
    const [left, right] = [kernel.fields.get(name) ?? 'none', replay.fields.get(name) ?? 'none']
    if (left !== right) differences.push({ where: `${key} ${name}`, kernel: left, replay: right, note: '' })
  }
  if (Math.abs(kernel.secondsLeft - replay.secondsLeft) > toleranceSeconds) {
    const [left, right] = [`${kernel.secondsLeft} s`, `${replay.secondsLeft} s`]
    differences.push({ where: `${key} left`, kernel: left, replay: right, note: '' })
  }
  return differences
}

function readConnections(text: string): Map<string, Connection[]> {
  const connections = new Map<string, Connection[]>()
  for (const line of text.split('\n')) {
    const connection = readConnection(line)
    if (connection === null) continue
    const same = connections.get(connection.key)
    if (same === undefined) connections.set(connection.key, [connection])
    else same.push(connection)
  }
  return connections
}

/** `ipv4 2 tcp 6 431999 ESTABLISHED src=... [UNREPLIED] src=... mark=0 zone=0 use=2`; null for an empty line. */
function readConnection(line: string): Connection | null {
  const words = line.trim().split(/\s+/)
  if (words.length < 6) return null
  const [family, , protocol, protocolNumber, secondsLeft, ...rest] = words
  const key = [family, protocol, protocolNumber]
  const fields = new Map<string, string>()
  const flags: string[] = []
  let direction = ''
  for (const word of rest) {
    const [name, value] = word.split('=', 2)
    if (word.startsWith('[')) {
      flags.push(word)
    } else if (value === undefined) {
      fields.set('state', word)
    } else if (TUPLE_WORDS.has(name)) {
      if (name === 'src') direction = direction === '' ? 'original' : 'reply'
      key.push(word)
    } else if (ZONE_WORDS.has(name)) {
      if (word !== 'zone=0') key.push(word)
    } else if (name === 'packets' || name === 'bytes') {
      fields.set(`${direction} ${name}`, value)
    } else if (!IGNORED_WORDS.has(name)) {
      fields.set(name, value)
    }
  }
  fields.set('flags', flags.sort().join('') || 'none')
  return { key: key.join(' '), secondsLeft: Number(secondsLeft), fields }
}
