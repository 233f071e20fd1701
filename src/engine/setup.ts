/**
 * Lays out the shared memory for one replay: settings, blocks, shards, tables. In: what the box and the rules ask
 * for. Out: the addresses that the reader and the workers need, as plain data that can be sent to a worker.
 */
import type { Box } from '../box/box.js'
import type { ConntrackTimeouts } from '../box/conntrack-settings.js'
import type { KernelRules } from '../box/profile.js'
import type { BoxInterfaceOf } from '../capture/capture-interfaces.js'
import { type FlowClassPlan, writeFlowClasses } from '../compile/flow-classes.js'
import type { SignaturePlan } from '../compile/signature.js'
import { writeSignature } from '../compile/signature.js'
import { BLOCK_BYTES, BLOCK_OFFSET, BLOCK_RECORDS, BLOCK_SIZE } from '../memory/block.js'
import { CAPTURE_INTERFACE_SIZE } from '../memory/capture-interface.js'
import { type DataPlane, OutOfMemory } from '../memory/data-plane.js'
import { DepartureList } from '../memory/departure-list.js'
import { DESCRIPTOR_SIZE } from '../memory/descriptor.js'
import { COMPARISON_BYTES } from '../memory/expected.js'
import { GcWay } from '../memory/kernel-table.js'
import type { Memory } from '../memory/memory.js'
import { OUTCOME_SIZE } from '../memory/outcome.js'
import { REASON_COUNT } from '../memory/reason.js'
import { RECORD_SIZE } from '../memory/record.js'
import {
  KERNEL_INDEXES,
  OldRule,
  REPLAY_AT,
  REPLAY_OFFSET,
  REPLAY_SIZE,
  ReplayFlag,
  setReplayField,
  setTimeoutNs,
  Timeout,
  TIMEOUT_COUNT,
} from '../memory/replay.js'
import { SPILL_BYTES } from '../memory/spill-file.js'
import { AwaitedAnswers } from '../netfilter/awaited-answers.js'
import { HeldAnswers } from '../netfilter/held-answers.js'
import { Helping } from '../netfilter/helping.js'
import { InterfaceNames } from './interface-names.js'
import { SCHEDULE_BYTES } from './schedule.js'

/** Blocks in the ring: the reader may be this far ahead of the slowest shard. */
const RING_BLOCKS = 4
/** Rows of the table of capture interfaces. */
export const CAPTURE_INTERFACES = 65535
const ALIGNMENT = 64
const ADDRESS_BYTES = 16
const VLAN_IDS = 4096

const TIMEOUT_NAMES = {
  tcpSynSent: 'TcpSynSent',
  tcpSynRecv: 'TcpSynRecv',
  tcpEstablished: 'TcpEstablished',
  tcpFinWait: 'TcpFinWait',
  tcpCloseWait: 'TcpCloseWait',
  tcpLastAck: 'TcpLastAck',
  tcpTimeWait: 'TcpTimeWait',
  tcpClose: 'TcpClose',
  tcpSynSent2: 'TcpSynSent2',
  tcpMaxRetrans: 'TcpMaxRetrans',
  tcpUnacknowledged: 'TcpUnacknowledged',
  udp: 'Udp',
  udpStream: 'UdpStream',
  icmp: 'Icmp',
  icmpv6: 'Icmpv6',
  generic: 'Generic',
  gre: 'Gre',
  greStream: 'GreStream',
  ipv4Fragment: 'Ipv4Fragment',
  ipv6Fragment: 'Ipv6Fragment',
  sctpClosed: 'SctpClosed',
  sctpCookieWait: 'SctpCookieWait',
  sctpCookieEchoed: 'SctpCookieEchoed',
  sctpEstablished: 'SctpEstablished',
  sctpShutdownSent: 'SctpShutdownSent',
  sctpShutdownRecd: 'SctpShutdownRecd',
  sctpShutdownAckSent: 'SctpShutdownAckSent',
  sctpHeartbeatSent: 'SctpHeartbeatSent',
} as const satisfies Record<keyof ConntrackTimeouts, keyof typeof Timeout>

/** What kernels do that do not have the rule yet. */
const OLD_RULES: Readonly<Record<keyof KernelRules, OldRule>> = {
  udpStreamLater: OldRule.UdpStreamAtOnce,
  udpAssuredAsStream: OldRule.UdpAssuredAtOnce,
  icmpErrorDestination: OldRule.IcmpErrorAnywhere,
  tcpResetTrusted: OldRule.TcpResetChecked,
  tcpWindowIgnores: OldRule.TcpWindowStrict,
  tcpInvalidCloses: OldRule.TcpInvalidStays,
  tcpChallengedSyn: OldRule.TcpChallengeUnknown,
  rejectCloses: OldRule.RejectLeaves,
  tcpResetFromOtherSide: OldRule.TcpResetAnySide,
  icmpv6RedirectRelated: OldRule.Icmpv6RedirectUnknown,
  icmpv6RoutersUntracked: OldRule.Icmpv6RoutersTracked,
}
const GC_WAYS = { average: GcWay.Average, whole: GcWay.Whole, share: GcWay.Share } as const

export interface EngineSettings {
  readonly shards: number
  readonly signature: SignaturePlan
  readonly flowClasses: readonly FlowClassPlan[]
  readonly track: { readonly ipv4: boolean; readonly ipv6: boolean }
  /** Of the families with a table nat the ports that it names, see compile/named-ports.ts; else null. */
  readonly translate: { readonly ipv4: Uint8Array | null; readonly ipv6: Uint8Array | null }
  readonly remember: boolean
  readonly tap: boolean
  readonly outcomes: boolean
  /** Keep the packets that leave the box. */
  readonly departures: boolean
  readonly seed: number
  /** The table has the kernel's limit; requires one shard. */
  readonly limited: boolean
  /** Bytes of state of all trace-scoped matches. */
  readonly stateBytes: number
  /** A rule gives helpers to connections. */
  readonly helpers: boolean
}

/** Where everything lies. */
export interface EngineAddresses {
  readonly schedule: number
  readonly blocks: readonly number[]
  readonly shards: readonly number[]
  readonly captureInterfaces: number
  readonly interfaceNames: number
  readonly state: number
  /** --vantage tap: REJECT's answers that the capture will show; else 0. */
  readonly awaited: number
  /** State of the spill file of packets that leave; else 0. */
  readonly spill: number
  /** What conntrack helpers keep; 0 when no rule gives a helper to connections. */
  readonly helpers: number
  /** --vantage tap: whether what passes each of the box's interfaces is captured, see captured-interfaces.ts; else 0. */
  readonly captured: number
  /** --vantage tap with NAT: a packet's departure may stand in the next block. */
  readonly looksAhead: boolean
}

/** Prepares the allocator of a new memory: everything behind the `Replay` is free. */
export function resetAllocator(memory: Memory): void {
  const first = Math.ceil((REPLAY_AT + REPLAY_SIZE) / ALIGNMENT) * ALIGNMENT
  memory.setU64(REPLAY_AT + REPLAY_OFFSET.allocated, BigInt(first))
}

export function setUp(plane: DataPlane, box: Box, settings: EngineSettings): EngineAddresses {
  const { memory } = plane
  const allocate = (bytes: number): number => plane.allocate(bytes, 'setting up')
  // Before all else: random matches draw by the address of their state, which must not depend on what there is besides.
  const state = allocate(Math.max(settings.stateBytes, 1))
  setReplayField(memory, 'flags', replayFlags(box, settings))
  setReplayField(memory, 'shardCount', settings.shards)
  setReplayField(memory, 'seed', settings.seed)
  setReplayField(memory, 'loopback', box.loopback)
  setReplayField(memory, 'signature', writeSignature(settings.signature, memory, allocate))
  for (const plan of settings.flowClasses) {
    const field = plan.family === 4 ? 'flowClasses4' : 'flowClasses6'
    setReplayField(memory, field, writeFlowClasses(plan, memory, allocate))
  }
  writeConntrackSettings(memory, box, allocate)
  writeLocalAddresses(plane, box, allocate)

  writeNamedPorts(plane, settings, allocate)

  if (settings.tap) {
    setReplayField(memory, 'kernelIndexes', writeKernelIndexes(memory, box, allocate))
    setReplayField(memory, 'portsOf', writePorts(memory, box, allocate))
    setReplayField(memory, 'portCount', box.interfaces.length + 1)
    setReplayField(memory, 'comparisons', allocate(settings.shards * COMPARISON_BYTES))
    setReplayField(memory, 'comparisonBytes', COMPARISON_BYTES)
  }
  const captured = settings.tap ? allocate(box.interfaces.length + 1) : 0
  setReplayField(memory, 'captured', captured)
  const captureInterfaces = allocate(CAPTURE_INTERFACES * CAPTURE_INTERFACE_SIZE)
  setReplayField(memory, 'captureInterfaces', captureInterfaces)
  const interfaceNames = allocate(InterfaceNames.bytes(box))
  const schedule = allocate(SCHEDULE_BYTES)
  const { applies } = box.icmpLimits
  const holdsAnswers = !settings.tap && (applies[4] || applies[6])
  const blocks = Array.from({ length: RING_BLOCKS }, () => createBlock(memory, allocate, settings, holdsAnswers))
  setReplayField(memory, 'blocks', writeAddresses(memory, allocate, blocks))
  setReplayField(memory, 'blockCount', blocks.length)
  const shards = Array.from({ length: settings.shards }, (_, number) => plane.createShard(number))
  setReplayField(memory, 'shards', writeAddresses(memory, allocate, shards))
  if (settings.limited) limitTable(plane, box, shards[0])
  const awaited = settings.tap ? allocate(AwaitedAnswers.bytes(settings.shards)) : 0
  const spill = settings.departures ? allocate(SPILL_BYTES) : 0
  const helpers = settings.helpers ? createHelpers(plane, box, allocate) : 0
  const looksAhead = settings.tap && (settings.translate.ipv4 !== null || settings.translate.ipv6 !== null)
  return {
    schedule,
    blocks,
    shards,
    captureInterfaces,
    interfaceNames,
    state,
    awaited,
    spill,
    helpers,
    captured,
    looksAhead,
  }
}

function createHelpers(plane: DataPlane, box: Box, allocate: (bytes: number) => number): number {
  const { mostExpectations } = box.conntrack
  const at = allocate(Helping.bytes(mostExpectations))
  Helping.create(plane, at, mostExpectations)
  return at
}

function replayFlags(box: Box, settings: EngineSettings): number {
  const { conntrack } = box
  return (
    (settings.track.ipv4 ? ReplayFlag.TrackIpv4 : 0) |
    (settings.track.ipv6 ? ReplayFlag.TrackIpv6 : 0) |
    (conntrack.checksum ? ReplayFlag.Checksum : 0) |
    (conntrack.tcpLoose ? ReplayFlag.TcpLoose : 0) |
    (conntrack.tcpBeLiberal ? ReplayFlag.TcpBeLiberal : 0) |
    (conntrack.tcpIgnoreInvalidRst ? ReplayFlag.TcpIgnoreInvalidRst : 0) |
    (settings.remember ? ReplayFlag.Remember : 0) |
    (settings.tap ? ReplayFlag.Tap : 0) |
    (settings.outcomes ? ReplayFlag.Outcomes : 0) |
    (settings.translate.ipv4 === null ? 0 : ReplayFlag.NatIpv4) |
    (settings.translate.ipv6 === null ? 0 : ReplayFlag.NatIpv6) |
    (settings.helpers ? ReplayFlag.Helpers : 0) |
    (settings.signature.marksConnections ? ReplayFlag.CtMarks : 0)
  )
}

function writeNamedPorts(plane: DataPlane, settings: EngineSettings, allocate: (bytes: number) => number): void {
  const { memory, exports } = plane
  const { ipv4, ipv6 } = settings.translate
  const write = (bits: Uint8Array): number => {
    const at = allocate(bits.length)
    memory.bytes.set(bits, at)
    return at
  }
  if (ipv4 !== null) setReplayField(memory, 'namedPorts4', write(ipv4))
  if (ipv6 !== null) setReplayField(memory, 'namedPorts6', write(ipv6))
  if (settings.shards === 1 || (ipv4 === null && ipv6 === null)) return
  if (exports.createSourceShards() === 0) throw new OutOfMemory('setting up')
}

function limitTable(plane: DataPlane, box: Box, shard: number): void {
  const { max, buckets } = box.conntrack
  const { chain, gc } = box.profile.table
  const { least, spread } = chain ?? { least: 0, spread: 0 }
  const made = plane.exports.limitTable(shard, max, buckets, least, spread, GC_WAYS[gc], box.hz)
  if (made === 0) throw new OutOfMemory('the buckets of the connection table')
}

function writeConntrackSettings(memory: Memory, box: Box, allocate: (bytes: number) => number): void {
  const { conntrack } = box
  const timeouts = allocate(TIMEOUT_COUNT * 8)
  for (const [name, seconds] of Object.entries(conntrack.timeouts)) {
    const timeout = Timeout[TIMEOUT_NAMES[name as keyof ConntrackTimeouts]]
    setTimeoutNs(memory, timeouts, timeout, BigInt(seconds) * 1_000_000_000n)
  }
  setReplayField(memory, 'timeouts', timeouts)
  setReplayField(memory, 'tcpMaxRetrans', conntrack.tcpMaxRetrans)
  setReplayField(memory, 'oldRules', oldRules(box.profile.rules))
  setReplayField(memory, 'ipv4FragmentBytes', conntrack.ipv4FragmentBytes)
  setReplayField(memory, 'ipv6FragmentBytes', conntrack.ipv6FragmentBytes)
}

function oldRules(rules: KernelRules): number {
  let bits = 0
  for (const [name, bit] of Object.entries(OLD_RULES)) {
    if (!rules[name as keyof KernelRules]) bits |= bit
  }
  return bits
}

function writeLocalAddresses(plane: DataPlane, box: Box, allocate: (bytes: number) => number): void {
  const at = allocate(ADDRESS_BYTES)
  for (const { family, words } of box.ownAddresses) {
    // IPv4 addresses stand there as ::ffff:a.b.c.d.
    const all = family === 4 ? [0, 0, 0xffff, ...words] : words
    all.forEach((word, index) => plane.memory.view.setUint32(at + index * 4, word))
    if (!plane.exports.addLocalAddress(at)) throw new OutOfMemory("the box's addresses")
  }
}

function writeKernelIndexes(memory: Memory, box: Box, allocate: (bytes: number) => number): number {
  const at = allocate(KERNEL_INDEXES * 2)
  for (const { id, kernelIndex } of box.interfaces) {
    if (kernelIndex < KERNEL_INDEXES) memory.setU16(at + kernelIndex * 2, id)
  }
  return at
}

function writePorts(memory: Memory, box: Box, allocate: (bytes: number) => number): number {
  const at = allocate((box.interfaces.length + 1) * 2)
  for (const { id, portOf } of box.interfaces) memory.setU16(at + id * 2, portOf)
  return at
}

/** What the box knows of the interface that a capture names: its number, its MAC address, its VLANs. */
export function boxInterfaceOf(plane: DataPlane, box: Box, names: InterfaceNames): BoxInterfaceOf {
  return (name) => {
    const boxInterface = name === null ? 0 : names.numberOf(name, box)
    const vlans = box.interfaces.filter(({ vlan }) => vlan !== null && vlan.parent === boxInterface)
    if (boxInterface === 0) return { boxInterface, mac: 0n, vlansAt: 0 }
    let vlansAt = 0
    if (vlans.length > 0) {
      vlansAt = plane.allocate(VLAN_IDS * 2, 'VLANs')
      for (const { id, vlan } of vlans) plane.memory.setU16(vlansAt + (vlan?.id ?? 0) * 2, id)
    }
    return { boxInterface, mac: box.interface(boxInterface)?.mac ?? 0n, vlansAt }
  }
}

function createBlock(
  memory: Memory,
  allocate: (bytes: number) => number,
  settings: EngineSettings,
  holdsAnswers: boolean,
): number {
  const at = allocate(BLOCK_SIZE)
  const set = (offset: number, bytes: number): void => memory.setU32(at + offset, allocate(bytes))
  set(BLOCK_OFFSET.bytes, BLOCK_BYTES)
  set(BLOCK_OFFSET.records, BLOCK_RECORDS * RECORD_SIZE)
  set(BLOCK_OFFSET.descriptors, BLOCK_RECORDS * DESCRIPTOR_SIZE)
  set(BLOCK_OFFSET.runs, BLOCK_RECORDS * DESCRIPTOR_SIZE)
  set(BLOCK_OFFSET.runStarts, (settings.shards + 1) * 4)
  if (settings.outcomes) set(BLOCK_OFFSET.outcomes, BLOCK_RECORDS * OUTCOME_SIZE)
  set(BLOCK_OFFSET.reasons, REASON_COUNT * 4)
  if (holdsAnswers) set(BLOCK_OFFSET.heldAnswers, HeldAnswers.bytes)
  if (settings.departures) set(BLOCK_OFFSET.departures, DepartureList.bytes)
  return at
}

function writeAddresses(memory: Memory, allocate: (bytes: number) => number, addresses: readonly number[]): number {
  const at = allocate(addresses.length * 4)
  addresses.forEach((address, index) => memory.setU32(at + index * 4, address))
  return at
}
