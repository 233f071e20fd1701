import { expect, test } from 'vitest'
import {
  ENTRY_ADDRESSES,
  ENTRY_ADDRESSES_OFFSET,
  ENTRY_OFFSET,
  EntryStatus,
  EntryView,
  TcpState,
} from '../../src/memory/entry.js'
import { Memory } from '../../src/memory/memory.js'
import { REPLAY_AT, REPLAY_OFFSET, ReplayFlag, setReplayField, setTimeoutNs, Timeout } from '../../src/memory/replay.js'
import { ENTRY_CHUNK_OFFSET, SHARD_OFFSET } from '../../src/memory/shard.js'
import { conntrackLines } from '../../src/report/conntrack.js'

const SHARDS = [0x1000, 0x1100]
const CHUNKS = [0x2000, 0x8000]
const TIMEOUTS = 0x1800
const CHUNK_HEADER = 64
const ENTRY_BYTES = 256
const NOW_NS = 1_000_000_000_000n

interface Facts {
  readonly id: bigint
  readonly family?: 4 | 6
  readonly protocol: number
  readonly ports?: readonly [number, number]
  readonly status?: number
  readonly state?: TcpState
  readonly expiryNs?: bigint
  readonly counts?: readonly [bigint, bigint, bigint, bigint]
  readonly mark?: number
}

const memory = Memory.create()
memory.setU32(REPLAY_AT + REPLAY_OFFSET.timeouts, TIMEOUTS)
setTimeoutNs(memory, TIMEOUTS, Timeout.Gre, 30_000_000_000n)
setTimeoutNs(memory, TIMEOUTS, Timeout.GreStream, 180_000_000_000n)
setReplayField(memory, 'flags', ReplayFlag.CtMarks)
SHARDS.forEach((shard, index) => {
  memory.setU32(shard + SHARD_OFFSET.chunks, CHUNKS[index])
  memory.setU32(CHUNKS[index] + ENTRY_CHUNK_OFFSET.entryBytes, ENTRY_BYTES)
})

/** An entry from 192.0.2.1 to 198.51.100.7, or from 2001:db8::1 to 2001:db8::ff02. */
function add(shard: 0 | 1, facts: Facts): void {
  const chunk = CHUNKS[shard]
  const used = memory.u32(chunk + ENTRY_CHUNK_OFFSET.used)
  const at = chunk + CHUNK_HEADER + used * ENTRY_BYTES
  const { id, family = 4, protocol, ports = [0, 0], status = 0, state = TcpState.None, mark = 0 } = facts
  const [packets0, bytes0, packets1, bytes1] = facts.counts ?? [1n, 60n, 0n, 0n]
  memory.setU32(at + ENTRY_OFFSET.src, family === 4 ? 0xc0000201 : 0)
  memory.setU32(at + ENTRY_OFFSET.dst, family === 4 ? 0xc6336407 : 0)
  memory.setU16(at + ENTRY_OFFSET.srcPort, ports[0])
  memory.setU16(at + ENTRY_OFFSET.dstPort, ports[1])
  memory.setU8(at + ENTRY_OFFSET.protocol, protocol)
  memory.setU8(at + ENTRY_OFFSET.family, family)
  memory.setU16(at + ENTRY_OFFSET.status, status | EntryStatus.Confirmed)
  memory.setU8(at + ENTRY_OFFSET.state, state)
  memory.setU64(at + ENTRY_OFFSET.expiryNs, facts.expiryNs ?? NOW_NS + 29_999_999_999n)
  memory.setU64(at + ENTRY_OFFSET.id, id)
  memory.setU32(at + ENTRY_OFFSET.packets0, Number(packets0))
  memory.setU64(at + ENTRY_OFFSET.bytes0, bytes0)
  memory.setU32(at + ENTRY_OFFSET.packets1, Number(packets1))
  memory.setU64(at + ENTRY_OFFSET.bytes1, bytes1)
  const entry = new EntryView(memory)
  entry.at = at
  entry.ctMark = mark
  if (family === 6) {
    memory.view.setUint32(at + ENTRY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.srcHigh, 0x20010db8)
    memory.view.setUint32(at + ENTRY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.srcLow + 4, 1)
    memory.view.setUint32(at + ENTRY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.dstHigh, 0x20010db8)
    memory.view.setUint32(at + ENTRY_ADDRESSES + ENTRY_ADDRESSES_OFFSET.dstLow + 4, 0xff02)
  }
  memory.setU32(chunk + ENTRY_CHUNK_OFFSET.used, used + 1)
}

const ANSWERED = EntryStatus.SeenReply
const ASSURED = EntryStatus.SeenReply | EntryStatus.Assured

add(1, { id: 900n, protocol: 6, ports: [40000, 443], status: ANSWERED, state: TcpState.SynRecv, expiryNs: NOW_NS })
add(1, { id: 7n, protocol: 1, ports: [4660, 8 << 8], status: ANSWERED, counts: [2n, 168n, 2n, 168n] })
add(1, {
  id: 3n,
  protocol: 6,
  ports: [55268, 80],
  status: ASSURED,
  state: TcpState.Established,
  expiryNs: NOW_NS + 431_999_000_000_000n,
  counts: [27n, 1513n, 49n, 62_827n],
  mark: 0x10,
})
add(0, { id: 5n, protocol: 17, ports: [52257, 53] })
add(0, { id: 11n, protocol: 58, family: 6, ports: [255, 128 << 8], status: ANSWERED })
add(0, { id: 2n ** 40n, protocol: 47, ports: [0, 0x1f] })
add(0, { id: 12n, protocol: 50, status: ANSWERED, counts: [1n, 100n, 1n, 100n] })
add(1, { id: 13n, protocol: 6, family: 6, ports: [40362, 22], status: ASSURED, state: TcpState.TimeWait })

test('entries are printed as the kernel does, in the order of the packets that made them', () => {
  expect([...conntrackLines(memory, SHARDS, NOW_NS)].join('')).toBe(
    `\
ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=198.51.100.7 sport=55268 dport=80 packets=27 bytes=1513 src=198.51.100.7 dst=192.0.2.1 sport=80 dport=55268 packets=49 bytes=62827 [ASSURED] mark=16 zone=0 use=2
ipv4     2 udp      17 29 src=192.0.2.1 dst=198.51.100.7 sport=52257 dport=53 packets=1 bytes=60 [UNREPLIED] src=198.51.100.7 dst=192.0.2.1 sport=53 dport=52257 packets=0 bytes=0 mark=0 zone=0 use=2
ipv4     2 icmp     1 29 src=192.0.2.1 dst=198.51.100.7 type=8 code=0 id=4660 packets=2 bytes=168 src=198.51.100.7 dst=192.0.2.1 type=0 code=0 id=4660 packets=2 bytes=168 mark=0 zone=0 use=2
ipv6     10 icmpv6   58 29 src=2001:0db8:0000:0000:0000:0000:0000:0001 dst=2001:0db8:0000:0000:0000:0000:0000:ff02 type=128 code=0 id=255 packets=1 bytes=60 src=2001:0db8:0000:0000:0000:0000:0000:ff02 dst=2001:0db8:0000:0000:0000:0000:0000:0001 type=129 code=0 id=255 packets=0 bytes=0 mark=0 zone=0 use=2
ipv4     2 unknown  50 29 src=192.0.2.1 dst=198.51.100.7 packets=1 bytes=100 src=198.51.100.7 dst=192.0.2.1 packets=1 bytes=100 mark=0 zone=0 use=2
ipv6     10 tcp      6 29 TIME_WAIT src=2001:0db8:0000:0000:0000:0000:0000:0001 dst=2001:0db8:0000:0000:0000:0000:0000:ff02 sport=40362 dport=22 packets=1 bytes=60 src=2001:0db8:0000:0000:0000:0000:0000:ff02 dst=2001:0db8:0000:0000:0000:0000:0000:0001 sport=22 dport=40362 packets=0 bytes=0 [ASSURED] mark=0 zone=0 use=2
ipv4     2 gre      47 29 timeout=30, stream_timeout=180 src=192.0.2.1 dst=198.51.100.7 srckey=0x0 dstkey=0x1f packets=1 bytes=60 [UNREPLIED] src=198.51.100.7 dst=192.0.2.1 srckey=0x1f dstkey=0x0 packets=0 bytes=0 mark=0 zone=0 use=2
`,
  )
})

test('an entry whose time is over is not printed', () => {
  const later = NOW_NS + 30_000_000_000n
  expect(
    [...conntrackLines(memory, SHARDS, later)].map((line) => line.split(' ').find((word) => word.startsWith('sport='))),
  ).toEqual(['sport=55268'])
})
