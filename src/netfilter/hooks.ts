/**
 * One hook: its tables and conntrack, in the kernel's order, for the packet under way.
 * In: a leg and the interfaces. Out: whether the packet goes on; if not, its recorder says why.
 * Kernel: nf_hook_slow(), net/netfilter/core.c; ipt_mangle_out(), net/ipv4/netfilter/iptable_mangle.c (v6.18).
 */
import type { Box } from '../box/box.js'
import type { DataPlane } from '../memory/data-plane.js'
import { CtInfo, CtState, type Packet, type RejectWith } from '../memory/packet.js'
import { PathState, PathVerdict } from '../memory/path.js'
import { Reason } from '../memory/reason.js'
import { type Family, Hook, type TableName } from '../ruleset/ruleset.js'
import { Helping } from './helping.js'
import { stepsOf } from './hook-tables.js'
import type { Leg } from './leg.js'
import { Nat } from './nat.js'
import { destinationOf, sourceOf, tosOf, ttlOf } from './packet-flow.js'
import type { Program } from './program.js'
import { TableVerdict, traverse } from './traverse.js'

/** What the hooks ask of the walk around them. */
export interface HookEvents {
  /** A rule rejected the packet: the answer goes out before the packet is dropped. */
  reject(leg: Leg, answer: RejectWith): void
  /** A change in OUTPUT may lead elsewhere; false when there is no way now, and the recorder says so. */
  reroute(leg: Leg): boolean
}

const PATH_STATES: Readonly<Record<number, PathState>> = {
  [CtState.New]: PathState.New,
  [CtState.Established]: PathState.Established,
  [CtState.Related]: PathState.Related,
  [CtState.Invalid]: PathState.Invalid,
  [CtState.Untracked]: PathState.Untracked,
}
/** Kernel: NF_DROP; the data plane's SkbVerdict. */
const SKB_DROP = 0

export class Hooks {
  private readonly nat: Nat
  /** Null when no rule gives a helper to connections. */
  readonly helping: Helping | null

  constructor(
    private readonly plane: DataPlane,
    private readonly packet: Packet,
    private readonly programs: ReadonlyMap<Family, Program>,
    /** Whether a rule of the family needs conntrack. */
    private readonly tracks: Readonly<Record<Family, boolean>>,
    private readonly events: HookEvents,
    box: Box,
    /** Address of what helpers keep; 0 when no rule gives a helper to connections. */
    helpersAt: number,
  ) {
    this.nat = new Nat(plane, packet)
    this.helping = helpersAt === 0 ? null : new Helping(plane, packet, this.nat, box, helpersAt)
  }

  /** The packet passes the hook, between interfaces (0: none). */
  pass(leg: Leg, hook: Hook, inInterface: number, outInterface: number): boolean {
    const { packet } = this
    packet.hook = hook
    packet.inInterface = inInterface
    packet.outInterface = outInterface
    leg.recorder.enter(hook)
    // Where the way goes on behind the confirmation, it is not one that the cache of flows can repeat.
    if (leg.confirms) leg.ownFlow = true
    return stepsOf(hook).every((step) => {
      switch (step) {
        case 'conntrack':
          return this.track(leg, hook)
        case 'confirm':
          return this.confirm(leg, hook)
        case 'raw':
          return leg.tracked ? this.passUntracked(leg, hook) : this.passTable(leg, step, hook)
        case 'mangle':
          return hook === Hook.Output ? this.passMangleOutput(leg) : this.passTable(leg, step, hook)
        case 'nat':
          return this.passNat(leg, hook)
        case 'filter':
        case 'security':
          return this.passTable(leg, step, hook)
      }
    })
  }

  /** True when the table lets the packet pass, or is not asked at this hook. */
  private passTable(leg: Leg, name: TableName, hook: Hook): boolean {
    const { packet } = this
    const { recorder } = leg
    const table = this.programs.get(packet.family)?.get(name)
    const base = table?.chains[hook] ?? null
    if (table === undefined || base === null) return true
    const before = recorder.decision()
    packet.answer = null
    const verdict = traverse(table, base, hook, packet, leg)
    const { answer } = packet
    packet.answer = null
    switch (verdict) {
      case TableVerdict.Accept:
        // What the filter table decided tells more than the policy of a table behind it.
        if (name === 'filter') leg.filtered = true
        else if (leg.filtered) recorder.restore(before)
        return true
      case TableVerdict.Queue:
        recorder.end(PathVerdict.Queue)
        return false
      case TableVerdict.Drop:
        recorder.end(answer === null ? PathVerdict.Drop : PathVerdict.Reject)
        if (answer !== null) this.events.reject(leg, answer)
        return false
    }
  }

  /** The kernel translates where the family has a table nat. */
  private passNat(leg: Leg, hook: Hook): boolean {
    if (this.programs.get(this.packet.family)?.has('nat') !== true) return true
    if (!this.nat.pass(leg, hook, () => this.passTable(leg, 'nat', hook))) return false
    return hook !== Hook.Output || !this.nat.changesRoute() || this.events.reroute(leg)
  }

  /** The table raw comes before conntrack: it must not see what the data plane found already, nor change it. */
  private passUntracked(leg: Leg, hook: Hook): boolean {
    const { skb } = this.packet
    const { entry, ctInfo } = skb
    skb.entry = 0
    skb.ctInfo = 0
    const passed = this.passTable(leg, 'raw', hook)
    if (!passed || skb.ctInfo !== Number(CtInfo.Untracked)) {
      skb.entry = entry
      skb.ctInfo = ctInfo
    }
    skb.setTemplate(0, 0, 0)
    return passed
  }

  /** Any change that routing may look at has the packet routed again, at once. */
  private passMangleOutput(leg: Leg): boolean {
    const before = this.routingInput()
    if (!this.passTable(leg, 'mangle', Hook.Output)) return false
    return before === this.routingInput() || this.events.reroute(leg)
  }

  private routingInput(): string {
    const { packet } = this
    const own = packet.family === 4 ? tosOf(packet) : packet.memory.be32(packet.at) * 256 + ttlOf(packet)
    return [...sourceOf(packet), ...destinationOf(packet), packet.skb.mark, own].join()
  }

  private track(leg: Leg, hook: Hook): boolean {
    const { packet } = this
    const { skb } = packet
    if (!this.tracks[packet.family]) return true
    const { tracked } = leg
    const done = tracked || skb.entry !== 0 || skb.ctInfo === Number(CtInfo.Untracked)
    leg.tracked = false
    if (skb.ctInfo !== Number(CtInfo.Untracked)) leg.trackings++
    if (!done) this.plane.exports.track(skb.at)
    if ((!done || tracked) && skb.verdict === SKB_DROP) {
      leg.ownFlow = true
      leg.recorder.stop(PathVerdict.Drop, Reason.ConntrackFull, hook)
      return false
    }
    leg.recorder.state = PATH_STATES[packet.ctState]
    return true
  }

  private confirm(leg: Leg, hook: Hook): boolean {
    const { skb } = this.packet
    leg.confirms = true
    if (skb.entry === 0) return true
    if (this.helping !== null && !this.helping.pass(leg, hook)) return false
    const reason: Reason = this.plane.exports.confirm(skb.at)
    if (reason === Reason.None) return true
    leg.ownFlow = true
    leg.recorder.stop(PathVerdict.Drop, reason, hook)
    return false
  }
}
