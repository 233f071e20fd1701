/**
 * The same capture through the same box twice: by this machine's kernel and by hookline. In: captures and a box
 * directory. Out: every difference between counters, connections, verdicts and the packets that leave the box.
 *
 * The replay gets the captures again as one file whose times are those at which the kernel got each packet, so that
 * whatever depends on time has seen the same time on both sides.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBox } from '../box/read-box.js'
import { writePcapng, type WrittenInterface, type WrittenPacket } from '../capture/write.js'
import { Direction } from '../memory/record.js'
import { replay, type ReplayOptions } from '../replay.js'
import { arrivalBy } from './arrival.js'
import { readBoxFiles, type BoxFiles } from './box-files.js'
import { compareConnections } from './compare-connections.js'
import { compareCounters } from './compare-counters.js'
import { compareSent, type SentPacket, type SentPackets } from './compare-sent.js'
import { compareStatistics } from './compare-statistics.js'
import { compareVerdicts } from './compare-verdicts.js'
import type { Difference } from './difference.js'
import { type CapturedPacket, UNKNOWN_INTERFACE } from './injection.js'
import { readPackets } from './read-packets.js'
import { runKernel, type KernelRun, type Pace } from './run.js'

export interface VerifyOptions {
  /** Directory of the machine under study. */
  readonly box: string
  /** Files in place of the box's `iptables-save` and `ip6tables-save`. */
  readonly rules?: string | undefined
  readonly rules6?: string | undefined
  /** A file in place of the box's `ipset-save`. */
  readonly sets?: string | undefined
  /** Each KEY=VALUE, in place of the box's. */
  readonly sysctl?: readonly string[] | undefined
  readonly pace: Pace
  readonly workers?: number | undefined
  /** False: the replay walks the rules for every packet. */
  readonly cache?: boolean | undefined
  /** NAT draws ports at random: packets are compared without them. */
  readonly randomPorts?: boolean | undefined
}

export interface Verification {
  readonly differences: readonly Difference[]
  /** Packets that were offered to the box. */
  readonly offered: number
  /** Connections alive at the end, as the kernel has them. */
  readonly connections: number
}

/**
 * The limit on all ICMP errors together is partly random: kernel and replay would hold back different ones. The kernel
 * run is without it, and so is the replay.
 */
const NO_GLOBAL_LIMIT = ['net.ipv4.icmp_msgs_per_sec', 'net.ipv4.icmp_msgs_burst'].map((key) => `${key}=1000000000`)
/** What a clock that both sides round may differ by. */
const CLOCK_SECONDS = 2

/** Runs the packets through the kernel and a replay, and compares. */
export async function verifyPackets(packets: readonly CapturedPacket[], options: VerifyOptions): Promise<Verification> {
  return compareWithReplay(packets, askKernel(packets, options), options)
}

/** The kernel's side: waits until it is done, and leaves nothing behind even when it is killed. */
export function askKernel(packets: readonly CapturedPacket[], options: VerifyOptions): KernelRun {
  const box = readBox(options.box, { sysctls: options.sysctl ?? [] })
  return runKernel(boxWith(options), packets, arrivalBy(box), options.pace)
}

/** The replay's side and the comparison. Uses a temporary directory, removed at the end and when the process exits. */
export async function compareWithReplay(
  packets: readonly CapturedPacket[],
  kernel: KernelRun,
  options: VerifyOptions,
): Promise<Verification> {
  const directory = mkdtempSync(join(tmpdir(), 'hookline-verify-'))
  const cleanUp = (): void => rmSync(directory, { recursive: true, force: true })
  process.once('exit', cleanUp)
  try {
    const file = (name: string): string => join(directory, name)
    await writeTimedCapture(file('capture.pcapng'), packets, kernel)
    const replayed: ReplayOptions = {
      captures: [file('capture.pcapng')],
      box: options.box,
      rules: options.rules,
      rules6: options.rules6,
      sets: options.sets,
      sysctl: [...(options.sysctl ?? []), ...NO_GLOBAL_LIMIT],
      workers: options.workers,
    }
    const { report } = await replay({
      ...replayed,
      cache: options.cache,
      verdicts: file('verdicts'),
      conntrack: file('connections'),
      ...(kernel.counters === null ? {} : { counters: file('counters') }),
      ...(kernel.counters6 === null ? {} : { counters6: file('counters6') }),
    })
    // Once more: with the packets that leave, no path is remembered.
    await replay({ ...replayed, sent: file('sent') })
    const sent = await readSent(file('sent'), kernel.timesNs)
    const read = (name: string): string => readFileSync(file(name), 'utf8')
    const differences = [
      ...compareVerdicts(kernel.fates, read('verdicts')),
      ...(kernel.counters === null ? [] : compareCounters(kernel.counters, read('counters'), 'IPv4')),
      ...(kernel.counters6 === null ? [] : compareCounters(kernel.counters6, read('counters6'), 'IPv6')),
      ...compareStatistics(kernel.statistics, report.conntrack, options.randomPorts === true),
      ...compareSent(kernel.sent, sent, options.randomPorts === true),
      ...compareConnections(kernel.connections, read('connections'), CLOCK_SECONDS),
    ]
    return {
      differences,
      offered: kernel.fates.filter((fate) => fate !== null).length,
      connections: kernel.connections.split('\n').length - 1,
    }
  } finally {
    process.off('exit', cleanUp)
    cleanUp()
  }
}

/** The box's files, with what the options put in their place. */
function boxWith(options: VerifyOptions): BoxFiles {
  const files = readBoxFiles(options.box)
  const sysctls = new Map(files.sysctls)
  // Captures taken at the sender have wrong checksums: verified only when asked for, as in a replay.
  sysctls.delete('net.netfilter.nf_conntrack_checksum')
  for (const setting of options.sysctl ?? []) {
    const equals = setting.indexOf('=')
    if (equals > 0) sysctls.set(setting.slice(0, equals).trim(), setting.slice(equals + 1).trim())
  }
  return {
    ...files,
    sysctls,
    iptables: options.rules === undefined ? files.iptables : readFileSync(options.rules, 'utf8'),
    ipset: options.sets === undefined ? files.ipset : readFileSync(options.sets, 'utf8'),
    ip6tables: options.rules6 === undefined ? files.ip6tables : readFileSync(options.rules6, 'utf8'),
  }
}

/** The packets as one capture, as the kernel got them and when; each keeps its interface and link type. */
async function writeTimedCapture(
  path: string,
  packets: readonly CapturedPacket[],
  { timesNs, captured }: KernelRun,
): Promise<void> {
  const interfaces: WrittenInterface[] = []
  const indexes = new Map<string, number>()
  const written = packets.map((packet, index): WrittenPacket => {
    const key = `${packet.linkType} ${packet.interface ?? ''}`
    let known = indexes.get(key)
    if (known === undefined) {
      known = interfaces.push({ name: packet.interface, linkType: packet.linkType }) - 1
      indexes.set(key, known)
    }
    const bytes = captured[index] ?? packet.bytes
    const { original } = packet
    return { interface: known, atNs: timesNs[index], bytes, original, direction: Direction.Unknown, comment: null }
  })
  await writePcapng(path, interfaces, written)
}

/** What a replay wrote with --sent, by the packet that caused it: packets have its time, and no two have the same. */
async function readSent(directory: string, timesNs: readonly bigint[]): Promise<SentPackets> {
  const sent: SentPacket[][] = timesNs.map(() => [])
  const indexes = new Map(timesNs.map((atNs, index) => [atNs, index]))
  for (const name of readdirSync(directory)) {
    const { packets } = await readPackets([join(directory, name)])
    for (const { atNs, bytes, original, interface: device } of packets) {
      const packet = { interface: device ?? UNKNOWN_INTERFACE, bytes, length: original }
      sent[indexes.get(atNs) ?? 0].push(packet)
    }
  }
  return sent
}
