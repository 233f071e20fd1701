/**
 * Made rulesets as iptables-save prints them, always the same.
 */
import { Random } from './random.js'

const PORTS = [21, 25, 110, 123, 143, 161, 389, 465, 514, 587, 853, 1194, 1433, 3306, 3389, 5432, 6379, 8080, 9200]

/** Established connections first, then so many mixed rules in each of INPUT and FORWARD, then what the traffic asks. */
export function linearRules(rules: number): string {
  const random = new Random(rules)
  const chain = (name: string): string[] => [
    `-A ${name} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `-A ${name} -m conntrack --ctstate INVALID -j DROP`,
    ...Array.from({ length: rules }, () => `-A ${name} ${mixedRule(random)}`),
    `-A ${name} -p tcp -m multiport --dports 22,80,443,993,8443 -j ACCEPT`,
    `-A ${name} -p udp -m udp --dport 53 -j ACCEPT`,
    `-A ${name} -p icmp -j ACCEPT`,
  ]
  return table('filter', ['INPUT DROP', 'FORWARD DROP', 'OUTPUT ACCEPT'], [...chain('INPUT'), ...chain('FORWARD')])
}

/** As kube-proxy writes them: so many services, each spread over its endpoints at random. */
export function kubeProxyRules(services: number, endpoints: number): string {
  const chains: string[] = []
  const rules: string[] = ['-A PREROUTING -j KUBE-SERVICES', '-A OUTPUT -j KUBE-SERVICES']
  for (let service = 0; service < services; service++) {
    const chain = `KUBE-SVC-${service}`
    chains.push(`${chain} -`)
    rules.push(`-A KUBE-SERVICES -d ${address(10, 96, service)}/32 -p tcp -m tcp --dport 443 -j ${chain}`)
    for (let endpoint = 0; endpoint < endpoints; endpoint++) {
      const left = endpoints - endpoint
      const share = left === 1 ? '' : ` -m statistic --mode random --probability ${(1 / left).toFixed(11)}`
      chains.push(`KUBE-SEP-${service}-${endpoint} -`)
      rules.push(`-A ${chain}${share} -j KUBE-SEP-${service}-${endpoint}`)
      const target = address(10, 244, service * endpoints + endpoint)
      rules.push(`-A KUBE-SEP-${service}-${endpoint} -p tcp -m tcp -j DNAT --to-destination ${target}:8443`)
    }
  }
  const nat = table(
    'nat',
    ['PREROUTING ACCEPT', 'INPUT ACCEPT', 'OUTPUT ACCEPT', 'POSTROUTING ACCEPT', 'KUBE-SERVICES -', ...chains],
    rules,
  )
  return nat + linearRules(10)
}

function mixedRule(random: Random): string {
  const protocol = random.chance(0.7) ? 'tcp' : 'udp'
  const bits = random.pick([16, 20, 24, 24, 24, 28, 32, 32])
  const source = random.chance(0.8) ? `-s ${network(random.word(), bits)} ` : ''
  const port = random.chance(0.5) ? random.pick(PORTS) : 10_000 + random.below(20_000)
  return `${source}-p ${protocol} -m ${protocol} --dport ${port} -j ${random.chance(0.5) ? 'ACCEPT' : 'DROP'}`
}

function network(word: number, bits: number): string {
  const masked = (word & (bits === 0 ? 0 : -1 << (32 - bits))) >>> 0
  return `${[24, 16, 8, 0].map((shift) => (masked >>> shift) & 255).join('.')}/${bits}`
}

function address(first: number, second: number, number: number): string {
  return `${first}.${second + (number >>> 16)}.${(number >>> 8) & 255}.${number & 255}`
}

function table(name: string, chains: readonly string[], rules: readonly string[]): string {
  return [`*${name}`, ...chains.map((chain) => `:${chain} [0:0]`), ...rules, 'COMMIT', ''].join('\n')
}
