/**
 * Random matches on what connection tracking knows.
 */
import { anyAddress, maskedMark, not, prefix, type Maker, type Vocabulary } from './draw.js'
import { port } from './transport-matches.js'

const STATES = ['INVALID', 'NEW', 'ESTABLISHED', 'RELATED', 'UNTRACKED']
const NAT_STATES = [...STATES, 'SNAT', 'DNAT']
const STATUSES = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED']

const state: Maker = ({ random }) =>
  `-m state ${not(random)}--state ${random.sample(STATES, random.int(1, 3)).join(',')}`

const conntrack: Maker = (draw) => {
  const { random } = draw
  const words: string[] = []
  if (random.chance(0.6)) words.push(`${not(random)}--ctstate ${random.sample(NAT_STATES, random.int(1, 3)).join(',')}`)
  if (random.chance(0.2)) words.push(`${not(random)}--ctproto ${random.pick(['tcp', 'udp', '1', '58'])}`)
  for (const option of ['--ctorigsrc', '--ctorigdst', '--ctreplsrc', '--ctrepldst']) {
    if (random.chance(0.08)) words.push(`${not(random)}${option} ${prefix(random, anyAddress(draw))}`)
  }
  for (const option of ['--ctorigsrcport', '--ctorigdstport', '--ctreplsrcport', '--ctrepldstport']) {
    if (random.chance(0.06)) words.push(`${not(random)}${option} ${port(draw, 'dstPort').replace(/^:|:$/, '')}`)
  }
  if (random.chance(0.15)) words.push(`${not(random)}--ctstatus ${random.sample(STATUSES, random.int(1, 2)).join(',')}`)
  // Far from the timeouts that entries begin with, where a moment would decide.
  if (random.chance(0.08))
    words.push(`${not(random)}--ctexpire ${random.pick(['1:20', '25:100', '100:200', '200:400', '1000:500000'])}`)
  if (random.chance(0.15)) words.push(`--ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`)
  return words.length === 0 ? null : `-m conntrack ${words.join(' ')}`
}

const mark: Maker = ({ random }) => `-m mark ${not(random)}--mark ${maskedMark(random)}`
const connmark: Maker = ({ random }) => `-m connmark ${not(random)}--mark ${maskedMark(random)}`

const connlabel: Maker = ({ random }) =>
  `-m connlabel ${not(random)}--label ${random.pick([0, 1, 7, 64, 127])}${random.chance(0.4) ? ' --set' : ''}`

const cluster: Maker = ({ random }) => {
  const nodes = random.int(2, 5)
  const local = random.chance(0.5)
    ? `${not(random)}--cluster-local-node ${random.int(1, nodes)}`
    : `${not(random)}--cluster-local-nodemask ${random.int(1, 2 ** nodes - 2)}`
  return `-m cluster --cluster-total-nodes ${nodes} ${local} --cluster-hash-seed ${random.pick([0, 7, 0xdeadbeef])}`
}

const helper: Maker = ({ random }) => `-m helper ${not(random)}--helper ${random.pick(['ftp', 'sip', 'tftp-69'])}`

export const CONNECTION_MATCHES: Vocabulary = [
  [4, state],
  [9, conntrack],
  [5, mark],
  [4, connmark],
  [2, connlabel],
  [1, cluster],
  [1, helper],
]
