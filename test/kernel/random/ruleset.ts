/**
 * A random ruleset as iptables-restore reads it, with the aims of its rules. User chains only jump forward, so that
 * there is no loop, and only into chains made for the hooks that they can be reached from.
 */
import type { HookName, TableName } from '../../../src/ruleset/ruleset.js'
import type { Aim } from './aim.js'
import { not, type Place, prefix, type ProtocolName, PROTOCOLS } from './draw.js'
import type { Mode } from './modes.js'
import type { Random } from './random.js'
import type { RandomSet } from './sets.js'
import type { World } from './world.js'

export interface RandomRuleset {
  readonly text: string
  readonly aims: Aim[]
}

interface UserChain {
  readonly name: string
  readonly hooks: readonly HookName[]
}

const TABLES: Readonly<Record<Exclude<TableName, 'nat'>, readonly HookName[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}
/** Protocols that are asked for by number, since no match looks further. */
const OTHER_PROTOCOLS = [47, 89, 2]

/** A ruleset of one family for the boxes of `world`. */
export function randomRuleset(
  random: Random,
  family: 4 | 6,
  world: World,
  mode: Mode,
  sets: readonly RandomSet[],
): RandomRuleset {
  const aims: Aim[] = []
  const tables = (Object.keys(TABLES) as (keyof typeof TABLES)[]).filter(
    (table) => table === 'filter' || random.chance(table === 'security' ? 0.3 : 0.6),
  )
  const texts = tables.map((table) => new RandomTable(random, family, table, world, mode, sets, aims).print())
  return { text: withoutCopies(texts.join('')), aims }
}

/** What became of a packet cannot be told where its copies and answers look alike: then no rule makes copies. */
function withoutCopies(text: string): string {
  return text.includes('-j REJECT') ? text.replaceAll(/ -j TEE .*/g, '') : text
}

class RandomTable {
  private readonly users: readonly UserChain[]

  constructor(
    private readonly random: Random,
    private readonly family: 4 | 6,
    private readonly table: keyof typeof TABLES,
    private readonly world: World,
    private readonly mode: Mode,
    private readonly sets: readonly RandomSet[],
    private readonly aims: Aim[],
  ) {
    const hooks = TABLES[table]
    this.users = Array.from({ length: random.int(0, 4) }, (_, index) => ({
      name: `${random.pick(['chain', 'in', 'log-and', 'Zone_'])}${index}`,
      hooks: random.chance(0.6) ? hooks : [random.pick(hooks)],
    }))
  }

  print(): string {
    const { random, table, users } = this
    const hooks = TABLES[table]
    const dropping = table === 'filter' ? 0.3 : 0.03
    const policies = hooks.map((hook) => `:${hook} ${random.chance(dropping) ? 'DROP' : 'ACCEPT'} [0:0]`)
    const most = table === 'filter' ? 7 : 4
    const rules = [
      ...hooks.flatMap((hook) =>
        Array.from({ length: random.int(0, most) }, () => this.rule(hook, [hook], true, users)),
      ),
      ...users.flatMap((user, index) =>
        Array.from({ length: random.int(0, 4) }, () => this.rule(user.name, user.hooks, false, users.slice(index + 1))),
      ),
    ]
    const chains = users.map(({ name }) => `:${name} - [0:0]`)
    return [`*${table}`, ...policies, ...chains, ...rules, 'COMMIT', ''].join('\n')
  }

  private rule(chain: string, hooks: readonly HookName[], builtIn: boolean, below: readonly UserChain[]): string {
    const { random, family, table } = this
    const aim: Aim = { hooks }
    const words = [`-A ${chain}`, ...this.addresses(aim), ...this.interfaces(aim, hooks, builtIn)]
    const protocol = this.protocol(aim, words)
    const place: Place = { family, table, hooks, builtIn, protocol }
    if (family === 4 && random.chance(0.03)) words.push(`${not(random)}-f`)
    words.push(...this.matches(place, aim))
    this.aims.push(aim)
    const target = this.target(place, aim, below)
    return target === '' ? words.join(' ') : `${words.join(' ')} ${target}`
  }

  private matches(place: Place, aim: Aim): string[] {
    const { random, world, sets, mode } = this
    const texts: string[] = []
    const used = new Set<string>()
    const count = random.weighted([
      [3, 0],
      [6, 1],
      [3, 2],
      [1, 3],
    ] as const)
    for (let left = count; left > 0; left--) {
      const text = random.weighted(mode.matches)({ random, place, aim, world, sets })
      const name = text?.split(' ')[1] ?? ''
      if (text === null || used.has(name)) continue
      used.add(name)
      texts.push(text)
    }
    return texts
  }

  private addresses(aim: Aim): string[] {
    const { random, family, world } = this
    const all = [...world.own[family], ...world.groups[family], ...world.networks.flatMap(({ peers }) => peers[family])]
    const words: string[] = []
    for (const [option, field] of [
      ['-s', 'src'],
      ['-d', 'dst'],
    ] as const) {
      if (!random.chance(0.18)) continue
      const address = random.pick(all)
      aim[field] = address
      words.push(`${not(random)}${option} ${prefix(random, address)}`)
    }
    return words
  }

  private interfaces(aim: Aim, hooks: readonly HookName[], builtIn: boolean): string[] {
    const { random, world } = this
    const names = ['lo', ...world.networks.map(({ name }) => name)]
    const name = (): string => {
      const plain = random.pick(names)
      return random.chance(0.2) ? `${plain.slice(0, random.int(1, plain.length))}+` : plain
    }
    const words: string[] = []
    const into = !builtIn || hooks.some((hook) => hook !== 'OUTPUT' && hook !== 'POSTROUTING')
    const out = !builtIn || hooks.some((hook) => hook !== 'PREROUTING' && hook !== 'INPUT')
    if (into && random.chance(0.15)) {
      const chosen = name()
      if (names.includes(chosen)) aim.inInterface = chosen
      words.push(`${not(random)}-i ${chosen}`)
    }
    if (out && random.chance(0.15)) words.push(`${not(random)}-o ${name()}`)
    return words
  }

  /** Adds `-p` to the words; returns the protocol when matches may rely on it. */
  private protocol(aim: Aim, words: string[]): Place['protocol'] {
    const { random, family } = this
    const chosen = random.weighted<ProtocolName | 'number' | 'none'>([
      [24, 'tcp'],
      [20, 'udp'],
      [12, family === 4 ? 'icmp' : 'ipv6-icmp'],
      [2, 'esp'],
      [family === 4 ? 2 : 0, 'ah'],
      [1, 'ipcomp'],
      [4, 'sctp'],
      [2, 'dccp'],
      [1, 'udplite'],
      [family === 6 ? 2 : 0, 'mobility-header'],
      [3, 'number'],
      [20, 'none'],
    ])
    if (chosen === 'none') return null
    if (chosen === 'number') {
      aim.protocol = random.pick(OTHER_PROTOCOLS)
      words.push(`${not(random)}-p ${aim.protocol}`)
      return null
    }
    const inverted = not(random)
    words.push(`${inverted}-p ${chosen}`)
    aim.protocol = PROTOCOLS[chosen]
    return inverted === '' ? chosen : null
  }

  private target(place: Place, aim: Aim, below: readonly UserChain[]): string {
    const { random, world, sets, mode } = this
    const fitting = below.filter(({ hooks }) => place.hooks.every((hook) => hooks.includes(hook)))
    // What drops early hides the rest, so it is rare there.
    const drops = place.table === 'filter' ? 6 : 1
    const kind = random.weighted([
      [8, 'ACCEPT'],
      [drops, 'DROP'],
      [3, 'RETURN'],
      [fitting.length > 0 ? 8 : 0, 'jump'],
      [fitting.length > 0 ? 3 : 0, 'goto'],
      [5, 'none'],
      [12, 'extension'],
    ] as const)
    if (kind === 'none') return ''
    if (kind === 'jump') return `-j ${random.pick(fitting).name}`
    if (kind === 'goto') return `-g ${random.pick(fitting).name}`
    if (kind !== 'extension') return `-j ${kind}`
    return random.weighted(mode.targets)({ random, place, aim, world, sets }) ?? ''
  }
}
