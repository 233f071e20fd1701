/**
 * Made captures, always the same: kinds of traffic that firewalls meet, one packet in ten IPv6. Classic pcap,
 * microseconds, cut at SNAP_BYTES.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { Connection, type Conversation, type Ends, LoneSyn, Query } from './conversation.js'
import { SNAP_BYTES, writeFrame } from './frame.js'
import { Random } from './random.js'

/**
 * server: TCP to the box; router: TCP and UDP through it; dns: questions and answers, each a flow of its own;
 * synflood: every packet a new source; mixed: some of each, and pings.
 */
export const KINDS = ['server', 'router', 'dns', 'synflood', 'mixed'] as const
export type Kind = (typeof KINDS)[number]

export interface Traffic {
  readonly kind: Kind
  readonly packets: number
  /** Conversations that go on at the same time; the clock is such that about so many entries are alive. */
  readonly flows: number
}

/** The box's own address in all kinds but router. */
export const BOX_ADDRESS = '192.0.2.1'
export const BOX_ADDRESS6 = '2001:db8::c000:201'
const BOX = 0xc0000201
const CLIENTS = 0x0b000000
const CLIENT_COUNT = 0x60000000
/** 10.0.0.0/8, the side of a router from which connections begin. */
const INSIDE = 0x0a000000
const SERVICES = [443, 443, 443, 80, 22, 8443, 993]
const FILE_HEADER = 24
const RECORD_HEADER = 16
const PIECE_BYTES = 4 << 20
const START_SECONDS = 1_750_000_000
const MICROSECONDS = 1_000_000
/** Seconds for which an entry outlives its flow's last packet, roughly: the kernel's timeouts. */
const AFTERLIFE = { server: 60, router: 60, dns: 30, synflood: 120, mixed: 60 } as const
/** Packets of a flow, on average. */
const FLOW_PACKETS = { server: 25, router: 14, dns: 2, synflood: 1, mixed: 4 } as const

export function writeTraffic(file: string, { kind, packets, flows }: Traffic): void {
  const random = new Random(1)
  const open = Array.from({ length: kind === 'synflood' ? 1 : flows }, () => begin(kind, random))
  // So many flows begin in the time that an entry lives.
  const gap = (AFTERLIFE[kind] * MICROSECONDS) / (flows * FLOW_PACKETS[kind])
  const descriptor = openSync(file, 'w')
  const piece = Buffer.alloc(PIECE_BYTES)
  let used = writeFileHeader(piece)
  for (let number = 0; number < packets; number++) {
    if (used + RECORD_HEADER + SNAP_BYTES > PIECE_BYTES) {
      writeSync(descriptor, piece, 0, used)
      used = 0
    }
    used += writeRecord(piece, used, Math.floor(number * gap), open, random, kind)
  }
  writeSync(descriptor, piece, 0, used)
  closeSync(descriptor)
}

function writeFileHeader(piece: Buffer): number {
  piece.writeUInt32LE(0xa1b2c3d4, 0)
  piece.writeUInt16LE(2, 4)
  piece.writeUInt16LE(4, 6)
  piece.writeUInt32LE(SNAP_BYTES, 16)
  piece.writeUInt32LE(1, 20)
  return FILE_HEADER
}

/** The next packet of one of the open flows; returns the record's length. */
function writeRecord(
  piece: Buffer,
  at: number,
  microseconds: number,
  open: Conversation[],
  random: Random,
  kind: Kind,
): number {
  const which = random.below(open.length)
  let packet = open[which].next()
  while (packet === null) {
    open[which] = begin(kind, random)
    packet = open[which].next()
  }
  const length = writeFrame(piece, at + RECORD_HEADER, packet)
  const captured = Math.min(length, SNAP_BYTES)
  piece.writeUInt32LE(START_SECONDS + Math.floor(microseconds / MICROSECONDS), at)
  piece.writeUInt32LE(microseconds % MICROSECONDS, at + 4)
  piece.writeUInt32LE(captured, at + 8)
  piece.writeUInt32LE(length, at + 12)
  return RECORD_HEADER + captured
}

function begin(kind: Kind, random: Random): Conversation {
  switch (kind) {
    case 'server':
      return new Connection(ends(random, BOX, random.pick(SERVICES)), random)
    case 'router':
      return random.chance(0.7)
        ? new Connection(through(random, random.pick(SERVICES)), random)
        : new Query(through(random, 53), 'udp')
    case 'dns':
      return new Query(ends(random, BOX, 53), 'udp')
    case 'synflood':
      return new LoneSyn(ends(random, BOX, random.pick(SERVICES)), random)
    case 'mixed':
      return begin(random.pick(['server', 'dns', 'dns', 'dns', 'synflood', 'synflood', 'router'] as const), random)
  }
}

function ends(random: Random, server: number, serverPort: number): Ends {
  return {
    ipv6: random.chance(0.1),
    client: CLIENTS + random.below(CLIENT_COUNT),
    clientPort: 1024 + random.below(64_512),
    server,
    serverPort,
  }
}

function through(random: Random, serverPort: number): Ends {
  return { ...ends(random, CLIENTS + random.below(CLIENT_COUNT), serverPort), client: INSIDE + random.below(0x10000) }
}
