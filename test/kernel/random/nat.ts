/**
 * A random table nat: every target of it with its options, where it is allowed, so that what it does can be foreseen
 * but for ports: those the kernel picks at random where one is taken.
 */
import type { HookName } from '../../../src/ruleset/ruleset.js'
import type { Aim } from './aim.js'
import type { Random } from './random.js'
import type { World } from './world.js'

const HOOKS = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'] as const satisfies readonly HookName[]
type NatHook = (typeof HOOKS)[number]
const PORTS = [22, 53, 80, 443, 4000, 8080]
const PROTOCOLS = { tcp: 6, udp: 17 } as const
const NETWORKS = { 4: '/28', 6: '/112' } as const

/** The text of the table; what its rules look for is added to `aims`. */
export function randomNatTable(random: Random, family: 4 | 6, world: World, aims: Aim[]): string {
  const rules = HOOKS.flatMap((hook) =>
    Array.from({ length: random.int(hook === 'INPUT' ? 0 : 1, 4) }, () =>
      randomRule(random, family, world, hook, aims),
    ),
  )
  const policies = HOOKS.map((hook) => `:${hook} ACCEPT [0:0]`)
  return ['*nat', ...policies, ...rules, 'COMMIT', ''].join('\n')
}

function randomRule(random: Random, family: 4 | 6, world: World, hook: NatHook, aims: Aim[]): string {
  const aim: Aim = { hooks: [hook] }
  aims.push(aim)
  const words = [`-A ${hook}`]
  const peers = world.networks.flatMap((network) => network.peers[family])
  const received = hook === 'PREROUTING' || hook === 'INPUT'
  if (random.chance(0.4)) {
    aim.dst = random.pick(received ? world.own[family] : peers)
    words.push(`-d ${aim.dst}`)
  }
  if (random.chance(0.2)) {
    aim.src = random.pick(hook === 'OUTPUT' ? world.own[family] : peers)
    words.push(`-s ${aim.src}`)
  }
  const network = random.pick(world.networks).name
  if (hook === 'PREROUTING' && random.chance(0.3)) {
    aim.inInterface = network
    words.push(`-i ${network}`)
  }
  if (hook === 'POSTROUTING' && random.chance(0.3)) words.push(`-o ${network}`)
  const protocol = random.pick(['tcp', 'udp', null] as const)
  if (protocol !== null) {
    aim.protocol = PROTOCOLS[protocol]
    words.push(`-p ${protocol}`)
    if (random.chance(0.5)) {
      aim.dstPort = random.pick(PORTS)
      words.push(`-m ${protocol} --dport ${aim.dstPort}`)
    }
  }
  const target = randomTarget(random, family, world, hook, protocol !== null)
  aimAnswers(aim, target)
  words.push(target)
  return words.join(' ')
}

function randomTarget(random: Random, family: 4 | 6, world: World, hook: NatHook, ports: boolean): string {
  const global = (addresses: readonly string[]): string[] => addresses.filter((address) => !address.startsWith('fe80'))
  const own = global(world.own[family])
  const peers = global(world.networks.flatMap((network) => network.peers[family]))
  const to = (address: string, port: string | null): string =>
    port === null ? address : `${family === 6 ? `[${address}]` : address}:${port}`
  const network = `${random.pick([...peers, ...own])}${NETWORKS[family]}`
  const persistent = random.chance(0.3) ? ' --persistent' : ''
  const first = random.pick(PORTS)
  if (random.chance(0.15)) return random.pick(['', '-j ACCEPT', '-j RETURN'])
  if (random.chance(0.15)) return `-j NETMAP --to ${network}`
  if (hook === 'PREROUTING' || hook === 'OUTPUT') {
    const shifted = random.pick([null, `${first}`, `${first}-${first + 9}/${first - 2}`])
    return random.pick([
      `-j DNAT --to-destination ${to(random.pick([...peers, ...own]), ports ? shifted : null)}${persistent}`,
      `-j DNAT --to-destination ${rangeOf(random.pick(peers))}${persistent}`,
      // The kernel's own IPv6 packets to itself are left alone.
      hook === 'OUTPUT' && family === 6 ? '-j ACCEPT' : `-j REDIRECT${ports ? ` --to-ports ${first}` : ''}`,
    ])
  }
  const source = ports && random.chance(0.3) ? `${first}` : null
  return random.pick([
    `-j SNAT --to-source ${to(random.pick([...own, ...peers]), source)}${persistent}`,
    `-j SNAT --to-source ${rangeOf(random.pick(own))}${persistent}`,
    hook === 'POSTROUTING' ? `-j MASQUERADE${source === null ? '' : ` --to-ports ${source}`}` : '-j ACCEPT',
  ])
}

/** From the address on, so far that the choice shows. */
function rangeOf(address: string): string {
  const cut = Math.max(address.lastIndexOf('.'), address.lastIndexOf(':')) + 1
  return `${address}-${address.slice(0, cut)}${address.includes(':') ? 'ff' : '254'}`
}

/** Answers go where packets come from once they are translated, as far as the target alone says it. */
function aimAnswers(aim: Aim, target: string): void {
  const [, option, text] = /--to-(source|destination) (\S+)/.exec(target) ?? []
  const [, address, port] = /^\[?([0-9a-f.:]+?)\]?(?::(\d+))?$/.exec(text ?? '') ?? []
  const plain = text?.includes('[') === true || text?.includes('.') === true ? address : text
  if (plain === undefined || /-|\//.test(text ?? '-')) return
  aim[option === 'source' ? 'answersTo' : 'answersFrom'] = {
    address: plain,
    ...(port === undefined || plain === text ? {} : { port: Number(port) }),
  }
}
