/**
 * One random case, all of it from its seed: a box, rules of both families, and packets aimed at them.
 */
import type { PlacedPacket, Scenario } from '../scenario.js'
import { randomNatTable } from './nat.js'
import { Random } from './random.js'
import { randomRuleset } from './ruleset.js'
import { randomTraffic } from './traffic.js'
import { type World, WORLDS } from './world.js'

const PACKETS_4 = 450
const PACKETS_6 = 150

export function randomCase(seed: number): Scenario {
  return drawCase(seed, false)
}

/** As `randomCase`, with a table nat in both families. */
export function randomNatCase(seed: number): Scenario {
  return { ...drawCase(seed, true), randomPorts: true }
}

function drawCase(seed: number, nat: boolean): Scenario {
  const random = new Random(seed)
  const picked = random.pick(WORLDS)
  const world: World = nat ? { ...picked, ownWhole: true } : picked
  const rules = randomRuleset(random, 4, world)
  const rules6 = randomRuleset(random, 6, world)
  const tables = nat ? randomNatTable(random, 4, world, rules.aims) : ''
  const tables6 = nat ? randomNatTable(random, 6, world, rules6.aims) : ''
  const packets4 = randomTraffic(random, world, 4, rules.aims, PACKETS_4)
  const packets6 = randomTraffic(random, world, 6, rules6.aims, PACKETS_6)
  const title = `seed ${seed}: ${rules.aims.length} + ${rules6.aims.length} rules`
  return {
    title,
    box: world.sketch,
    rules: tables + rules.text,
    rules6: tables6 + rules6.text,
    packets: mixed(random, packets4, packets6),
  }
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
