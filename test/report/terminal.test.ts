import pc from 'picocolors'
import { expect, test } from 'vitest'
import { terminalReport } from '../../src/report/terminal/report.js'
import { cut, wrap } from '../../src/report/terminal/style.js'
import { merge } from '../../src/statistics/merge.js'
import { answer, established, facts, noRoute, places, policyDrop, rejected, shard, ssh } from '../statistics/shards.js'

const plain = { width: 80, colors: pc.createColors(false) }
const speed = { elapsedMs: 120, workers: 2 }
const report = merge([shard([established, ssh, rejected, answer, noRoute, policyDrop])], facts, places)

test('the report reads well on eighty columns', () => {
  expect(terminalReport(report, speed, plain)).toMatchInlineSnapshot(`
    "eth0=server.pcap
      109 packets, 12.4 kB on the wire, 30.50 s, from 2026-11-22 23:52:29 UTC
      replayed in 0.12 s: 908 packets/s, 2 workers
      16 shards: packets of one connection always meet in one

    Verdicts
      ACCEPT  92  84.4 %  ████████████████████▎
      DROP     3   2.8 %  ▋
      REJECT   5   4.6 %  █▏
      STOLEN   2   1.8 %  ▌                      fragments kept until whole
      ROUTE    4   3.7 %  ▉                      dropped between the hooks
      IP       3   2.8 %  ▋                      dropped before any hook
      NEW 14, ESTABLISHED 90
      5 answers sent by REJECT

    Hooks and tables
                         packets  ACCEPT  DROP  REJECT
      IPv4  PREROUTING       104     104     ·       ·
              raw            104     104     ·       ·
            INPUT            100      92     3       5
              filter         100      92     3       5
            OUTPUT             5       5     ·       ·
              raw              5       5     ·       ·
              filter           5       5     ·       ·
            POSTROUTING        5       5     ·       ·

    Rules that decided most
      90  82.6 %  filter INPUT 1       -m conntrack --ctstate RELATED,ESTABLISHED …
       5   4.6 %  filter INPUT 4       -p tcp -j REJECT --reject-with tcp-reset
       3   2.8 %  filter INPUT policy  DROP
       2   1.8 %  filter INPUT 2       -p tcp -m tcp --dport 22 -j ACCEPT

    Connections
      10 came to be, 4 ended, 6 alive at the end
      peak 8 at 1970-01-01 00:00:00 UTC
      ▃▃█
      IPv4 tcp  ESTABLISHED 4
      IPv4 udp  UNREPLIED 2
      invalid=1

    Decided by no rule
      4  no route
      3  not IP
      2  fragment kept until its datagram is whole

    To know
      transport checksums were not verified, since captures taken on the sending
      machine carry wrong ones; --sysctl net.netfilter.nf_conntrack_checksum=1
      verifies them
    "
  `)
})

test('no line is wider than the terminal, however long rules and names are', () => {
  const long = places.map(({ family, table, rule, leads }) => ({
    family,
    table,
    leads,
    chain: 'cali-fw-cali1234567890abcdefgh',
    rule,
    text: 'x'.repeat(500),
  }))
  const captures = Array.from(
    { length: 9 },
    (_, index) => `eth${index}=/captures/2026-11-22/office/${index}.pcapng.zst`,
  )
  const broken = merge(
    [
      shard([established, ssh, rejected], {
        connections: [
          'CLOSE',
          'CLOSE_WAIT',
          'ESTABLISHED',
          'FIN_WAIT',
          'LAST_ACK',
          'SYN_RECV',
          'SYN_SENT',
          'TIME_WAIT',
        ].map((state) => ({ family: 4, protocol: 'tcp', state, entries: 1_234_567n })),
      }),
    ],
    {
      ...facts,
      captures,
      problem: 'x.pcap: byte 1234567: the record says 4294967295 captured bytes, more than can be',
    },
    long,
  )
  for (const width of [60, 80, 120]) {
    const lines = terminalReport(broken, speed, { ...plain, width }).split('\n')
    expect(lines.filter((line) => line.length > width)).toEqual([])
  }
})

test('colours are on only when asked for', () => {
  const escape = '\u001b['
  expect(terminalReport(report, speed, plain)).not.toContain(escape)
  expect(terminalReport(report, speed, { ...plain, colors: pc.createColors(true) })).toContain(escape)
})

test('colours do not move the columns', () => {
  const coloured = terminalReport(report, speed, { ...plain, colors: pc.createColors(true) })
  // eslint-disable-next-line no-control-regex
  expect(coloured.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, '')).toBe(terminalReport(report, speed, plain))
})

test('an empty capture has a short report', () => {
  const empty = merge([], { ...facts, packets: 0n, wireBytes: 0n, reasons: [], checksums: true }, [])
  expect(terminalReport(empty, speed, plain)).toBe(
    [
      'eth0=server.pcap',
      '  0 packets, 0 B on the wire',
      '  replayed in 0.12 s: 0 packets/s, 2 workers',
      '  16 shards: packets of one connection always meet in one',
      '',
    ].join('\n'),
  )
})

test('an interrupted replay says so', () => {
  const interrupted = merge([], { ...facts, interrupted: true }, [])
  expect(terminalReport(interrupted, speed, plain)).toContain('interrupted: the rest of the capture was not replayed')
})

test('answers that rate limits held back are said beside those that were sent', () => {
  const limited = merge([shard([answer])], { ...facts, answersSuppressed: 1234n }, places)
  expect(terminalReport(limited, speed, plain)).toContain(
    '  5 answers sent by REJECT, 1,234 held back by ICMP rate limits\n',
  )
})

test('what --unknown answered for is counted by rule and extension', () => {
  const [, counter] = ssh.counters
  const guessPlaces = [
    { counter, extension: '-m owner' },
    { counter, extension: '-j TPROXY' },
  ]
  const report = merge([shard([{ ...ssh, guesses: [0] }])], { ...facts, guessPlaces }, places)
  const { rule } = places[counter]
  expect(report.guesses).toEqual([
    { family: 4, table: 'filter', chain: 'INPUT', rule, extension: '-m owner', packets: ssh.packets },
  ])
  expect(terminalReport(report, speed, plain)).toContain(
    `Answered by --unknown\n  ${ssh.packets}  -m owner  IPv4 filter INPUT ${rule}\n`,
  )
})

test('text is cut with an ellipsis, and wrapped between words', () => {
  expect([cut('four', 4), cut('fiver', 4)]).toEqual(['four', 'fiv…'])
  expect(wrap('a bb ccc dddd', 6)).toEqual(['a bb', 'ccc', 'dddd'])
})
