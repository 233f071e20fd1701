/**
 * How matches on headers, options and contents of packets decide.
 */
import { describe, expect, test } from 'vitest'
import { PacketType } from '../../src/memory/descriptor.js'
import { CtInfo } from '../../src/memory/packet.js'
import { ask, packetOf, type PacketText, tcpHeader } from './packet-under-test.js'

const SYN = 2
const MSS_1400 = [2, 4, 0x05, 0x78]

interface Question {
  readonly rule: string
  readonly expected: boolean | 'drop'
}

function expectAnswers(packet: PacketText, answers: Readonly<Record<string, boolean | 'drop'>>): void {
  const questions = Object.entries(answers).map(([rule, expected]): Question => ({ rule, expected }))
  const given = questions.map(({ rule }): Question => ({ rule, expected: ask(rule, packetOf(packet)) }))
  expect(given).toEqual(questions)
}

describe('tcpmss', () => {
  test('finds the size that is announced; both ends of a range belong to it', () => {
    expectAnswers(
      { protocol: 6, transport: tcpHeader(1, 2, SYN, [1, ...MSS_1400]) },
      {
        '-p tcp -m tcpmss --mss 1400': true,
        '-p tcp -m tcpmss --mss 1401:': false,
        '-p tcp -m tcpmss --mss 1000:1400': true,
        '-p tcp -m tcpmss ! --mss 1400': false,
      },
    )
  })

  test('is inverted where none is announced, and drops a header that is cut', () => {
    const bare = { protocol: 6, transport: tcpHeader(1, 2, SYN) }
    expectAnswers(bare, { '-p tcp -m tcpmss --mss 0:65535': false, '-p tcp -m tcpmss ! --mss 5': true })
    const cut = { protocol: 6, transport: tcpHeader(1, 2, SYN, MSS_1400).slice(0, 22) }
    expectAnswers(cut, { '-p tcp -m tcpmss --mss 5': 'drop' })
  })
})

describe('string', () => {
  const text = { protocol: 17, transport: [...Buffer.from('\0\0\0\0\0\0\0\0GET /index')] }

  test('looks between two offsets from the IP header', () => {
    expectAnswers(text, {
      '-m string --string "GET /" --algo bm': true,
      '-m string --string "POST" --algo kmp': false,
      '-m string ! --string "POST" --algo kmp': true,
      '-m string --string "GET" --algo bm --from 28': true,
      '-m string --string "GET" --algo bm --from 29': false,
      '-m string --string "GET" --algo bm --to 31': true,
      '-m string --string "GET" --algo bm --to 30': false,
      '-m string --string "index" --algo bm': true,
    })
  })

  test('knows hexadecimal patterns, and case where it is told not to', () => {
    expectAnswers(text, {
      '-m string --hex-string "|00 00|GET|20|" --algo bm': true,
      '-m string --string "get" --algo bm': false,
      '-m string --string "gEt" --algo bm --icase': true,
    })
  })

  test('takes small letters of Latin-1 for large ones as well', () => {
    const latin = { protocol: 17, transport: [0xc4, 0xdf, 0xf7] }
    expectAnswers(latin, {
      '-m string --hex-string "|e4|" --algo bm --icase': true,
      '-m string --hex-string "|bf|" --algo bm --icase': true,
      '-m string --hex-string "|d7|" --algo bm --icase': false,
    })
  })

  test('does not find what was not captured', () => {
    expectAnswers({ ...text, captured: 30 }, { '-m string --string "GET" --algo bm': false })
  })
})

describe('u32', () => {
  const packet = { protocol: 17, ttl: 64, transport: [0, 53, 0x12, 0x34, 0, 8, 0, 0] }

  test.each([
    ['6&0xFF=17', true],
    ['8>>24=0x40', true],
    ['8>>24=0x41:0xff', false],
    ['0>>22&0x3C@0>>16=53', true],
    ['0>>22&0x3C@2=0x12340008', true],
    ['6&0xFF=17&&0>>22&0x3C@0&0xffff=0x1234', true],
    ['6&0xFF=6&&0>>22&0x3C@0&0xffff=0x1234', false],
    ['6&0xFF<<4=0x110', true],
    ['24=0:0xffffffff', true],
    ['25=0:0xffffffff', false],
    ['0>>22&0x3C@5=0:0xffffffff', false],
    ['6&0xFF=1:5,17', true],
  ])('%s: %s', (tests, expected) => {
    expectAnswers(packet, { [`-m u32 --u32 "${tests}"`]: expected, [`-m u32 ! --u32 "${tests}"`]: !expected })
  })
})

describe('time', () => {
  /** A Sunday. */
  const at = (text: string): PacketText => ({ nowNs: BigInt(Date.parse(text)) * 1_000_000n })

  test('knows dates, times of the day, and days', () => {
    expectAnswers(at('2026-03-01T12:00:00Z'), {
      '-m time': true,
      '-m time --timestart 12:00 --timestop 13:00': true,
      '-m time --timestart 12:00:01 --timestop 13:00': false,
      '-m time --timestart 11:00 --timestop 12:00': true,
      '-m time --weekdays Sun': true,
      '-m time ! --weekdays 7': false,
      '-m time --monthdays 1': true,
      '-m time ! --monthdays 1,31': false,
      '-m time --datestart 2026-03-01T12:00:00': true,
      '-m time --datestart 2026-03-01T12:00:01': false,
      '-m time --datestop 2026-03-01T11:59:59': false,
    })
  })

  test('goes over midnight, with the day before where it is contiguous', () => {
    const monday = 'Mon --timestart 23:00 --timestop 01:00'
    expectAnswers(at('2026-03-02T00:30:00Z'), {
      [`-m time --weekdays ${monday}`]: true,
      [`-m time --weekdays ${monday} --contiguous`]: false,
      '-m time --weekdays Sun --timestart 23:00 --timestop 01:00 --contiguous': true,
    })
    expectAnswers(at('2026-03-02T12:00:00Z'), { [`-m time --weekdays ${monday}`]: false })
  })
})

describe('ecn, esp, ah, sctp and dccp', () => {
  test('ecn looks at the codepoint, and at flags of TCP', () => {
    expectAnswers(
      { protocol: 6, tos: 0xfe, transport: tcpHeader(1, 2, 0xc2) },
      {
        '-m ecn --ecn-ip-ect 2': true,
        '-m ecn ! --ecn-ip-ect 2': false,
        '-p tcp -m ecn --ecn-tcp-cwr --ecn-tcp-ece': true,
        '-p tcp -m ecn --ecn-tcp-cwr ! --ecn-tcp-ece': false,
      },
    )
  })

  test('esp and ah look at the index, and drop what is too short', () => {
    expectAnswers({ protocol: 50, transport: [0, 0, 1, 0, 0, 0, 0, 1] }, { '-p esp -m esp --espspi 256': true })
    expectAnswers({ protocol: 50, transport: [0, 0, 1, 0] }, { '-p esp -m esp ! --espspi 5': 'drop' })
    const ah = [6, 4, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1]
    expectAnswers(
      { protocol: 51, transport: ah },
      { '-p ah -m ah --ahspi 9:10': true, '-p ah -m ah ! --ahspi 9': false, '-p ah -m ah --ahspi 10:': false },
    )
  })

  test('sctp looks at chunks and their flags', () => {
    const header = [0, 7, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0]
    const data = [0, 3, 0, 5, 1, 0, 0, 0]
    const abort = [6, 1, 0, 4]
    expectAnswers(
      { protocol: 132, transport: [...header, ...data, ...abort] },
      {
        '-p sctp -m sctp --sport 7 --dport 9': true,
        '-p sctp -m sctp ! --sport 7': false,
        '-p sctp -m sctp --chunk-types any ABORT': true,
        '-p sctp -m sctp --chunk-types any INIT': false,
        '-p sctp -m sctp --chunk-types all DATA,ABORT': true,
        '-p sctp -m sctp --chunk-types all DATA,INIT': false,
        '-p sctp -m sctp --chunk-types only DATA,ABORT,INIT': true,
        '-p sctp -m sctp --chunk-types only DATA': false,
        '-p sctp -m sctp --chunk-types any DATA:BE': true,
        '-p sctp -m sctp --chunk-types any DATA:b': false,
        '-p sctp -m sctp ! --chunk-types any ABORT:T': false,
      },
    )
    expectAnswers({ protocol: 132, transport: header }, { '-p sctp -m sctp --chunk-types any DATA': 'drop' })
  })

  test('dccp looks at types and options', () => {
    const request = [0, 7, 0, 9, 5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 1, 44, 3, 0]
    expectAnswers(
      { protocol: 33, transport: request },
      {
        '-p dccp -m dccp --sport 7 --dccp-types REQUEST': true,
        '-p dccp -m dccp ! --dccp-types REQUEST,DATA': false,
        '-p dccp -m dccp --dccp-types ACK,INVALID': false,
        '-p dccp -m dccp --dccp-option 44': true,
        '-p dccp -m dccp ! --dccp-option 45': true,
      },
    )
  })
})

describe('bpf', () => {
  test.each([
    ['4,48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0', true],
    ['4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0', false],
    // Two bytes behind the IP header, by its own length.
    ['5,177 0 0 0,72 0 0 2,21 0 1 4660,6 0 0 1,6 0 0 0', true],
    ['2,32 0 0 27,6 0 0 1', false],
    ['2,32 0 0 24,6 0 0 1', true],
    ['3,40 0 0 4294963200,21 0 0 2048,22 0 0 0', true],
  ])('%s: %s', (program, expected) => {
    const packet = { protocol: 17, transport: [0, 53, 0x12, 0x34, 0, 8, 0, 0] }
    expectAnswers(packet, { [`-m bpf --bytecode "${program}"`]: expected })
  })
})

describe('IPv6 extension headers', () => {
  const NEXT_UDP = 17
  const six = (protocol: number, transport: readonly number[]): PacketText => ({ family: 6, protocol, transport })

  test('frag looks at the header of the fragment', () => {
    expectAnswers(six(44, [NEXT_UDP, 0, 0, 1, 0, 0, 0, 5]), {
      '-m frag --fragid 5': true,
      '-m frag ! --fragid 5': false,
      '-m frag --fragfirst --fragmore': true,
      '-m frag --fraglast': false,
      '-m frag --fragres': true,
    })
    expectAnswers(six(NEXT_UDP, [0, 0, 0, 0]), { '-m frag': false })
    expectAnswers(six(44, [NEXT_UDP]), { '-m frag': 'drop' })
  })

  test('hbh and dst look at options in order', () => {
    const header = [NEXT_UDP, 0, 5, 2, 0, 0, 1, 0]
    expectAnswers(six(0, header), {
      '-m hbh --hbh-len 8': true,
      '-m hbh ! --hbh-len 8': false,
      '-m hbh --hbh-opts 5:2,1:0': true,
      '-m hbh --hbh-opts 5,1': true,
      '-m hbh --hbh-opts 5:3': false,
      '-m hbh --hbh-opts 1': false,
      '-m dst --dst-len 8': false,
    })
    expectAnswers(six(60, header), { '-m dst --dst-opts 5': true })
  })

  test('rt looks at addresses, all of them in order where it is strict', () => {
    const address = (last: number): number[] => [...Array<number>(15).fill(0), last]
    expectAnswers(six(43, [NEXT_UDP, 4, 0, 2, 0, 0, 0, 0, ...address(1), ...address(2)]), {
      '-m rt --rt-type 0 --rt-segsleft 2 --rt-len 40': true,
      '-m rt --rt-type 2': false,
      '-m rt --rt-type 0 --rt-0-res': true,
      '-m rt --rt-type 0 --rt-0-addrs ::1,::2': true,
      '-m rt --rt-type 0 --rt-0-addrs ::1': false,
      '-m rt --rt-type 0 --rt-0-addrs ::2 --rt-0-not-strict': true,
      '-m rt --rt-type 0 --rt-0-addrs ::2,::1 --rt-0-not-strict': false,
    })
  })

  test('ipv6header knows which headers are there', () => {
    expectAnswers(six(0, [60, 0, 1, 4, 0, 0, 0, 0, NEXT_UDP, 0, 1, 4, 0, 0, 0, 0, 0, 1, 0, 2]), {
      '-m ipv6header --header hop,dst,prot': true,
      '-m ipv6header --header hop,dst': false,
      '-m ipv6header ! --header hop,dst': true,
      '-m ipv6header --header hop --soft': true,
      '-m ipv6header --header frag --soft': false,
      '-m ipv6header ! --header frag --soft': true,
    })
  })

  test('ah is an extension header there, and mh a protocol', () => {
    expectAnswers(six(51, [NEXT_UDP, 4, 0, 0, 0, 0, 0, 9, ...Array<number>(16).fill(0)]), {
      '-m ah --ahspi 9 --ahlen 24 --ahres': true,
      '-m ah ! --ahlen 24': false,
    })
    const mobility = six(135, [59, 0, 5, 0, 0, 0, 0, 0])
    expectAnswers(mobility, { '-p 135 -m mh --mh-type 5': true, '-p 135 -m mh --mh-type 6:': false })
    expectAnswers(six(135, [58, 0, 5, 0, 0, 0, 0, 0]), { '-p 135 -m mh --mh-type 5': 'drop' })
  })

  test('eui64 compares the address with the sender of the frame', () => {
    const mac = [2, 0x16, 0x3e, 1, 2, 3]
    expect(ask('-m eui64', packetOf({ family: 6, src: '2001:db8::16:3eff:fe01:203', mac }))).toBe(true)
    expect(ask('-m eui64', packetOf({ family: 6, src: '2001:db8::16:3eff:fe01:204', mac }))).toBe(false)
    expect(ask('-m eui64', packetOf({ family: 6, src: '2001:db8::16:3eff:fe01:203' }))).toBe(false)
  })
})

describe('what surrounds a packet', () => {
  test('policy and physdev know no IPsec and no bridge', () => {
    expectAnswers(
      {},
      {
        '-m policy --dir in --pol none': true,
        '-m policy --dir in --pol ipsec': false,
        '-m physdev --physdev-in eth0': false,
        '-m physdev ! --physdev-in eth0': true,
        '-m physdev ! --physdev-in eth0 --physdev-is-bridged': false,
        '-m realm --realm 0': true,
        '-m realm --realm 5': false,
        '-m helper --helper ftp': false,
        '-m helper ! --helper ftp': true,
      },
    )
  })

  test('cluster hands a connection to one node, and none to packets without a connection', () => {
    const nodes = [1, 2, 3].map((node) => {
      const packet = packetOf({ ctInfo: CtInfo.New, entry: { src: '10.0.0.1' } })
      return ask(`-m cluster --cluster-total-nodes 3 --cluster-local-node ${node} --cluster-hash-seed 5`, packet)
    })
    expect(nodes.filter((own) => own === true)).toHaveLength(1)
    const rule = '-m cluster --cluster-total-nodes 3 --cluster-local-nodemask 7 --cluster-hash-seed 5'
    expect(ask(rule, packetOf({ packetType: PacketType.Host }))).toBe(false)
  })
})
