/**
 * A capture through this machine's own kernel: packet after packet into a box in a private network namespace,
 * and after each one, what became of it. Everything here waits; nothing is asynchronous.
 */
import type { BoxFiles } from './box-files.js'
import type { SentPacket, SentPackets } from './compare-sent.js'
import { fateOf, type Fate } from './fate.js'
import { planInjections, type ArrivalInterface, type CapturedPacket, type Injection } from './injection.js'
import { interfaceIndex } from './libc.js'
import type { Passage } from './log-socket.js'
import { Machine } from './machine.js'
import { inNewNetworkNamespace } from './network-namespace.js'
import { onOneCpu } from './one-cpu.js'
import { Hook } from '../ruleset/ruleset.js'

/** `fast`: one packet after the other. `capture`: with the capture's own gaps. */
export type Pace = 'fast' | 'capture'

export interface KernelRun {
  /** One a packet, in order; null for what was not offered to the box. */
  readonly fates: readonly (Fate | null)[]
  /** When each packet was put in: nanoseconds since 1970. */
  readonly timesNs: readonly bigint[]
  /** The packets as the capture would have had them that were put in; null for what was not offered to the box. */
  readonly captured: readonly (Buffer | null)[]
  readonly sent: SentPackets
  /** As iptables-save -c and ip6tables-save -c print them; null without rules of the family. */
  readonly counters: string | null
  readonly counters6: string | null
  /** As /proc/net/nf_conntrack shows them. */
  readonly connections: string
  /** What conntrack counted, as /proc/net/stat/nf_conntrack shows it. */
  readonly statistics: string
  /** Settings of the box that this kernel does not take. */
  readonly refusedSysctls: readonly string[]
}

const ETHERNET_HEADER = 14
/** A packet on its way over lo is picked up by the next softirq: at most this long after it was sent. */
const LOOPBACK_MS = 100
/** CONFIG_HZ=250. */
const TICK_NS = 4_000_000n
/** A multiple of the ticks of HZ 100, 250 and 1000. */
const EVERY_TICK_NS = 20_000_000n
const NEAR_TICK_NS = 300_000n
/** The kernel counts it a little later. */
const PAST_TICK_NS = 50_000n

/** Runs `packets` through a box of the running kernel. */
export function runKernel(
  box: BoxFiles,
  packets: readonly CapturedPacket[],
  arrivalInterface: ArrivalInterface,
  pace: Pace,
): KernelRun {
  const plan = planInjections(box, packets, arrivalInterface)
  const fragments = plan.injections.some((injection) => injection?.fragment === true)
  return inNewNetworkNamespace(() => {
    const machine = new Machine(box, { kinds: plan.kinds, fragments })
    try {
      return onOneCpu(() => inject(machine, packets, plan.injections, pace))
    } finally {
      machine.close()
    }
  })
}

function inject(
  machine: Machine,
  packets: readonly CapturedPacket[],
  injections: readonly (Injection | null)[],
  pace: Pace,
): KernelRun {
  const loopback = interfaceIndex('lo')
  takeSent(machine) // what interfaces say when they come up
  machine.log.drain([])
  const clock = new Clock()
  const copies = (rules: string | null): boolean => /\s-j TEE\s/.test(rules ?? '')
  const copied = { 4: copies(machine.box.iptables), 6: copies(machine.box.ip6tables) }
  const fates: (Fate | null)[] = []
  const timesNs: bigint[] = []
  const sent: SentPacket[][] = []
  injections.forEach((injection, index) => {
    if (pace === 'capture') clock.waitFor(packets[index].atNs - packets[0].atNs)
    clock.waitForTick()
    timesNs.push(clock.nowNs())
    if (injection === null) {
      fates.push(null)
      sent.push([])
      return
    }
    deliver(machine, injection)
    fates.push(fateOf(injection, passagesOf(machine, loopback), copied[injection.family]))
    sent.push(takeSent(machine))
  })
  return {
    fates,
    timesNs,
    captured: injections.map((injection) => injection?.captured ?? null),
    sent,
    counters: machine.counters(4),
    counters6: machine.counters(6),
    connections: machine.connections(),
    statistics: machine.statistics(),
    refusedSysctls: machine.refusedSysctls,
  }
}

function deliver(machine: Machine, injection: Injection): void {
  if (injection.way === 'send') machine.sender.send(injection.bytes, interfaceIndex(injection.interface))
  else machine.device(injection.interface).deliver(injection.bytes)
}

/** The points passed since the last packet; waits for packets that are on their way over lo. */
function passagesOf(machine: Machine, loopback: number): Passage[] {
  const passages: Passage[] = []
  machine.log.drain(passages)
  for (;;) {
    const last = passages.at(-1)
    const looping =
      last?.point.kind === 'leave' && last.point.hook === Hook.Postrouting && last.outInterface === loopback
    if (!looping || !machine.log.wait(LOOPBACK_MS)) return passages
    machine.log.drain(passages)
  }
}

function takeSent(machine: Machine): SentPacket[] {
  const sent: SentPacket[] = []
  for (const device of machine.devices) {
    for (let frame = device.take(); frame !== null; frame = device.take()) {
      const bytes = device.kind === 'tap' ? frame.subarray(ETHERNET_HEADER) : frame
      sent.push({ interface: device.name, bytes, length: bytes.length })
    }
  }
  return sent
}

/**
 * Real time, from one reading of the calendar clock and the steady clock since. The two are whole ticks apart: what
 * counts in jiffies then begins a new one here when the kernel does.
 * Kernel: tick_setup_device(), kernel/time/tick-common.c (ticks are multiples of the period, v6.4).
 */
class Clock {
  private readonly startedNs = process.hrtime.bigint()
  private readonly calendarNs: bigint
  private readonly sleeper = new Int32Array(new SharedArrayBuffer(4))

  constructor() {
    const apartNs = BigInt(Date.now()) * 1_000_000n - this.startedNs
    this.calendarNs = this.startedNs + apartNs - (apartNs % EVERY_TICK_NS)
  }

  nowNs(): bigint {
    return this.calendarNs + process.hrtime.bigint() - this.startedNs
  }

  /** Waits until `afterNs` nanoseconds have passed since this clock was made. */
  waitFor(afterNs: bigint): void {
    for (;;) {
      const leftNs = this.startedNs + afterNs - process.hrtime.bigint()
      if (leftNs <= 0n) return
      Atomics.wait(this.sleeper, 0, 0, Math.max(0.05, Number(leftNs) / 1e6))
    }
  }

  /** Waits for the next tick when it is so near that it could come while a packet is under way. */
  waitForTick(): void {
    const leftNs = TICK_NS - (process.hrtime.bigint() % TICK_NS)
    if (leftNs >= NEAR_TICK_NS) return
    const untilNs = process.hrtime.bigint() + leftNs + PAST_TICK_NS
    while (process.hrtime.bigint() < untilNs);
  }
}
