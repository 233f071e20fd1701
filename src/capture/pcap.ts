/**
 * Classic pcap: a file header, then records. The header is read here, the records by the data plane's walk.
 * Format: draft-ietf-opsawg-pcap.
 */
import type { DataPlane } from '../memory/data-plane.js'
import { WalkStop, type RecordWalkView } from '../memory/record-walk.js'
import type { CaptureInterfaces } from './capture-interfaces.js'
import type { CaptureSource } from './capture-source.js'
import { longestPacket } from './longest-packet.js'
import type { CaptureWalk, FilePart, WalkOutcome } from './capture-walk.js'

// File header, 24 bytes: magic 0, major version 4, minor 6, two unused words, snap length 16, link type 20.
export const PCAP_HEADER_BYTES = 24
const MAJOR = 4
const MINOR = 6
const SNAP_LENGTH = 16
const LINK_TYPE = 20

// Record header: seconds 0, fraction 4, captured length 8, original length 12.
export const PCAP_RECORD_BYTES = 16
export const CAPTURED_LENGTH = 8

export interface PcapHeader {
  bigEndian: boolean
  nanoseconds: boolean
  linkType: number
  /** Longest captured length that is believed. */
  longest: number
}

/** Reads the file header at `at`; a string says why it cannot be. */
export function readPcapHeader(view: DataView, at: number): PcapHeader | string {
  const magic = view.getUint32(at)
  const bigEndian = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d
  const major = view.getUint16(at + MAJOR, !bigEndian)
  const minor = view.getUint16(at + MINOR, !bigEndian)
  if (major !== 2 || minor < 4) return `version ${major}.${minor} of the pcap format is not known; it should be 2.4`
  return {
    bigEndian,
    nanoseconds: magic === 0xa1b23c4d || magic === 0x4d3cb2a1,
    // The upper half tells the length of frame check sequences, which IP lengths leave out anyway.
    linkType: view.getUint32(at + LINK_TYPE, !bigEndian) & 0xffff,
    longest: longestPacket(view.getUint32(at + SNAP_LENGTH, !bigEndian)),
  }
}

/** What is wrong with a record whose captured length is more than `longest`. */
export function badCapturedLength(captured: number, longest: number): string {
  return `corrupt: a packet of ${captured} captured bytes, where ${longest} are the most there can be`
}

export class PcapWalk implements CaptureWalk {
  private header: PcapHeader | null = null

  constructor(
    private readonly dataPlane: DataPlane,
    private readonly walk: RecordWalkView,
    private readonly source: CaptureSource,
    private readonly interfaces: CaptureInterfaces,
  ) {}

  run(): WalkOutcome {
    const { walk } = this
    if (this.header === null) {
      if (walk.end - walk.at < PCAP_HEADER_BYTES) return 'need-bytes'
      const header = readPcapHeader(walk.memory.view, walk.at)
      if (typeof header === 'string') return { corrupt: header }
      const { file, interfaceName } = this.source
      const index = this.interfaces.add({ name: interfaceName, linkType: header.linkType, file }, 0n)
      if (index < 0) return { corrupt: 'too many interfaces' }
      this.header = header
      walk.swapped = header.bigEndian
      walk.longest = header.longest
      walk.fractionNs = header.nanoseconds ? 1 : 1000
      walk.captureInterface = index
      walk.at += PCAP_HEADER_BYTES
    }
    const stop: WalkStop = this.dataPlane.exports.walkPcap(walk.address)
    if (stop === WalkStop.NeedBytes) return 'need-bytes'
    if (stop === WalkStop.Full) return 'full'
    const captured = walk.memory.view.getUint32(walk.at + CAPTURED_LENGTH, !this.header.bigEndian)
    return { corrupt: badCapturedLength(captured, this.header.longest) }
  }

  part(): FilePart {
    return this.header === null ? 'header' : 'packet'
  }
}
