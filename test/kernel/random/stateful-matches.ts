/**
 * Random matches that remember what came before. Rates and spans are such that bursts of packets 130 ms apart seldom
 * come near the moment that decides.
 */
import { not, type Maker, type Vocabulary } from './draw.js'
import type { Random } from './random.js'

const NAMES = ['a', 'b', 'c']

const limit: Maker = ({ random }) =>
  `-m limit --limit ${random.pick(['7/sec', '4/sec', '1/sec', '40/min', '1/min', '30/hour', '5/day'])}` +
  ` --limit-burst ${random.pick([1, 2, 5, 20])}`

/** Rules of one name share their table, which is made as the first of them says. */
const hashlimit: Maker = (draw) => {
  const { random, place } = draw
  const words = [`-m hashlimit ${rateTest(random)}`]
  const shares = random.chance(0.2) && !words[0].includes('rate-match')
  const modes = random.sample(['srcip', 'srcport', 'dstip', 'dstport'], random.int(0, 3))
  if (modes.length > 0) words.push(`--hashlimit-mode ${modes.join(',')}`)
  const masks = place.family === 4 ? [0, 8, 24, 32] : [0, 32, 64, 128]
  if (random.chance(0.3)) words.push(`--hashlimit-srcmask ${random.pick(masks)}`)
  if (random.chance(0.2)) words.push(`--hashlimit-dstmask ${random.pick(masks)}`)
  if (random.chance(0.3)) words.push(`--hashlimit-htable-size ${random.pick([1, 16, 100])}`)
  if (random.chance(0.1)) words.push(`--hashlimit-htable-max ${random.pick([1000, 100_000])}`)
  // What a rate a second makes is thrown away after one, when the kernel's collecting, begun with the rules, comes by.
  if (random.chance(0.2) || words[0].includes('/s')) words.push('--hashlimit-htable-expire 30000')
  words.push(`--hashlimit-name ${shares ? random.pick(NAMES) : `n${random.int(0, 1e9)}`}`)
  return words.join(' ')
}

function rateTest(random: Random): string {
  const option = random.pick(['--hashlimit-upto', '--hashlimit-above'])
  if (random.chance(0.15)) {
    return `${option} ${random.pick(['4/sec', '1/sec', '200b/s', '2kb/s'])} --hashlimit-rate-match`
  }
  if (random.chance(0.3)) {
    const burst = random.pick(['', ' --hashlimit-burst 3kb', ' --hashlimit-burst 2kb'])
    return `${option} ${random.pick(['200b/s', '1kb/s', '16b/s'])}${burst}`
  }
  const burst = random.pick(['', ' --hashlimit-burst 1', ' --hashlimit-burst 3', ' --hashlimit-burst 20'])
  return `${option} ${random.pick(['7/sec', '1/sec', '40/min', '1/min', '30/hour'])}${burst}`
}

const recent: Maker = ({ random, place }) => {
  const what = random.pick(['--set', '--rcheck', '--update', '--remove', '--rcheck', '--set'])
  const words = [`-m recent ${not(random)}${what} --name ${random.pick(NAMES)}`]
  const looks = what === '--rcheck' || what === '--update'
  const seconds = looks && random.chance(0.4)
  if (seconds) words.push(`--seconds ${random.pick([1, 2, 60])}`)
  if (seconds && random.chance(0.3)) words.push('--reap')
  if (looks && random.chance(0.4)) words.push(`--hitcount ${random.pick([1, 2, 5, 20])}`)
  if (looks && random.chance(0.2)) words.push('--rttl')
  if (random.chance(0.3)) words.push(random.pick(['--rsource', '--rdest']))
  const masks = { 4: ['255.255.255.0', '255.0.0.0', '255.255.255.254'], 6: ['ffff:ffff::', 'ffff:ffff:ffff:ffff::'] }
  if (random.chance(0.2)) words.push(`--mask ${random.pick(masks[place.family])}`)
  return words.join(' ')
}

const quota: Maker = ({ random }) => `-m quota ${not(random)}--quota ${random.pick([0, 59, 60, 500, 3000, 50_000])}`

/** Nothing that is drawn at random. */
const statistic: Maker = ({ random }) => {
  if (random.chance(0.1)) return `-m statistic --mode random ${not(random)}--probability ${random.int(0, 1)}`
  const every = random.pick([1, 2, 3, 5, 10])
  return `-m statistic --mode nth ${not(random)}--every ${every} --packet ${random.int(0, every - 1)}`
}

const connbytes: Maker = ({ random }) => {
  const mode = random.pick(['packets', 'bytes', 'avgpkt'])
  const [low, high] = random.pick(
    mode === 'packets'
      ? [
          [2, 4],
          [1, 1],
          [5, 100],
        ]
      : [
          [60, 200],
          [1, 60],
          [500, 5000],
        ],
  )
  const range = random.pick([`${low}`, `${low}:${high}`, `:${high}`])
  const direction = random.pick(['original', 'reply', 'both'])
  return `-m connbytes ${not(random)}--connbytes ${range} --connbytes-mode ${mode} --connbytes-dir ${direction}`
}

const connlimit: Maker = ({ random, place }) => {
  const words = [
    `-m connlimit ${not(random)}${random.pick(['--connlimit-upto', '--connlimit-above'])} ${random.int(0, 6)}`,
  ]
  const masks = place.family === 4 ? [0, 8, 24, 32] : [0, 32, 64, 128]
  if (random.chance(0.4)) words.push(`--connlimit-mask ${random.pick(masks)}`)
  if (random.chance(0.4)) words.push(random.pick(['--connlimit-saddr', '--connlimit-daddr']))
  return words.join(' ')
}

export const STATEFUL_MATCHES: Vocabulary = [
  [5, limit],
  [5, hashlimit],
  [6, recent],
  [3, quota],
  [4, statistic],
  [5, connbytes],
  [5, connlimit],
]
