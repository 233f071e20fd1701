/**
 * What `ipset save` prints, read; and what is wrong in such a text, with its place.
 */
import { describe, expect, test } from 'vitest'
import { parseSets } from '../../src/sets/parse-sets.js'
import { markChanging } from '../../src/sets/set.js'

const TEXT = `create hosts hash:ip family inet hashsize 1024 maxelem 100 timeout 60 counters bucketsize 12 initval 0x1
add hosts 192.0.2.1 timeout 5 packets 3 bytes 4
create nets hash:net,port family inet6 hashsize 64 maxelem 65536 comment
add nets 2001:db8::/32,tcp:80 nomatch comment "two words"
create macs bitmap:ip,mac range 10.0.0.0/24
add macs 10.0.0.1,02:00:00:00:00:01
add macs 10.0.0.2
create all list:set size 8
add all hosts
`

describe('a text of ipset save', () => {
  const { sets, problems } = parseSets(TEXT, 'ipset-save')

  test('is read without problems', () => {
    expect(problems).toEqual([])
    expect(sets.map(({ name, type, family, most, timeout }) => [name, type, family, most, timeout])).toEqual([
      ['hosts', 'hash:ip', 4, 100, 60],
      ['nets', 'hash:net,port', 6, 65536, null],
      ['macs', 'bitmap:ip,mac', 4, 256, null],
      ['all', 'list:set', null, 65536, null],
    ])
  })

  test('has elements with what stands behind them', () => {
    expect(sets[0].elements[0]).toMatchObject({ address: [0xc0000201], prefix: 32, timeout: 5, packets: 3n, bytes: 4n })
    expect(sets[1].elements[0]).toMatchObject({ prefix: 32, protocol: 6, port: 80, noMatch: true })
    expect(sets[2].elements.map(({ mac }) => mac)).toEqual([[0x02000000, 1], null])
  })

  test('has a list that changes as its member does', () => {
    const changing = (named: string[]): string[] =>
      markChanging(sets, new Set(named)).flatMap((set) => (set.changing ? set.name : []))
    expect(changing([])).toEqual(['hosts', 'macs', 'all'])
    expect(changing(['nets'])).toEqual(['hosts', 'nets', 'macs', 'all'])
  })
})

test.each([
  ['', 1024, 12, 0],
  ['hashsize 5 bucketsize 1 initval 0xdeadbeef', 64, 2, 0xdeadbeef],
  ['hashsize 4096 bucketsize 5', 4096, 6, 0],
  ['bucketsize 99', 1024, 12, 0],
])('a hash made with "%s" has %i buckets of %i elements and begins with %i', (options, buckets, size, initval) => {
  const [set] = parseSets(`create a hash:ip ${options}`, 'sets').sets
  expect([set.hashSize, set.bucketSize, set.initval]).toEqual([buckets, size, initval])
})

test.each([
  ['creat a hash:ip', 1, 'did you mean "create"'],
  ['create a hash:ipp', 10, 'did you mean "hash:ip"'],
  ['create a hash:ip maxelm 5', 18, 'did you mean "maxelem"'],
  ['create a hash:ip maxelem 0', 26, 'no number from 1'],
  ['create a hash:ip\nadd b 1.2.3.4', 5, 'no set "b"'],
  ['create a hash:ip\nadd a 1.2.3.400', 7, 'no ip of a hash:ip'],
  ['create a hash:ip,port\nadd a 1.2.3.4', 7, 'has 2 parts'],
  ['create a hash:ip,port\nadd a 1.2.3.4,tcp:99999', 15, 'no port'],
  ['create a hash:net\nadd a 1.2.3.4/33', 7, 'no net'],
  ['create a bitmap:port range 1-10\nadd a 11', 7, 'no port'],
  ['create a list:set\nadd a b', 7, 'no set "b"'],
])('%s', (text, column, message) => {
  const [problem] = parseSets(text, 'sets').problems
  expect(problem.position.column).toBe(column)
  expect(problem.message).toContain(message)
})
