/**
 * One random case, all of it from its mode and seed: a box, rules of both families, sets, and packets aimed at them.
 */
import type { PlacedPacket, Scenario } from '../scenario.js'
import { MODES, type Mode, type ModeName } from './modes.js'
import { randomNatTable } from './nat.js'
import { Random } from './random.js'
import { randomRuleset, type RandomRuleset } from './ruleset.js'
import { randomSets, type RandomSet } from './sets.js'
import { randomTraffic } from './traffic.js'
import { type World, WORLDS } from './world.js'

const PACKETS_4 = 450
const PACKETS_6 = 150
/** In real time. */
const BURST_PACKETS = 40
const BURST_GAP_MS = 130

export function randomCase(name: ModeName, seed: number): Scenario {
  const mode: Mode = MODES[name]
  const random = new Random(seed)
  const picked = random.pick(WORLDS)
  const world: World = mode.nat ? { ...picked, ownWhole: true } : picked
  const { sets, text } = mode.sets ? randomSets(random, world) : { sets: [], text: '' }
  const rules = rulesOf(random, 4, world, mode, sets)
  const rules6 = rulesOf(random, 6, world, mode, sets)
  const packets = mixed(
    random,
    randomTraffic(random, world, 4, rules.aims, PACKETS_4),
    randomTraffic(random, world, 6, rules6.aims, PACKETS_6),
  )
  return {
    title: `${name}, seed ${seed}: ${rules.aims.length} + ${rules6.aims.length} rules`,
    box: world.sketch,
    rules: rules.text,
    rules6: rules6.text,
    ...(mode.sets ? { sets: text } : {}),
    ...(mode.nat ? { randomPorts: true } : {}),
    ...(mode.realTime ? { realTime: true } : {}),
    packets: mode.realTime ? inBursts(packets) : packets,
  }
}

function rulesOf(random: Random, family: 4 | 6, world: World, mode: Mode, sets: readonly RandomSet[]): RandomRuleset {
  const { text, aims } = randomRuleset(random, family, world, mode, sets)
  return mode.nat ? { text: randomNatTable(random, family, world, aims) + text, aims } : { text, aims }
}

/** Both lists as one, each in its own order. */
function mixed(random: Random, left: readonly PlacedPacket[], right: readonly PlacedPacket[]): PlacedPacket[] {
  const packets: PlacedPacket[] = []
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const fromLeft = r >= right.length || (l < left.length && random.int(1, left.length + right.length) <= left.length)
    packets.push(fromLeft ? left[l++] : right[r++])
  }
  return packets
}

function inBursts(packets: readonly PlacedPacket[]): PlacedPacket[] {
  return packets.map((packet, index) =>
    index > 0 && index % BURST_PACKETS === 0 ? { ...packet, afterMs: BURST_GAP_MS } : packet,
  )
}
