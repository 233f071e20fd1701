/**
 * Where the observer's log rules report: a netlink socket on one NFLOG group. Every message says which point of
 * which hook a packet has just passed, with its mark and outgoing interface.
 */
import { closeSync } from 'node:fs'
import { KernelError } from './kernel-error.js'
import {
  AF_NETLINK,
  bind,
  errnoName,
  receiveNow,
  sendNow,
  setOption,
  SOCK_NONBLOCK,
  SOCK_RAW,
  socket,
  SO_RCVBUFFORCE,
  SOL_SOCKET,
  waitReadable,
} from './libc.js'
import { pointOf, type Point } from './observer.js'

/** A packet has passed a point of the observer. */
export interface Passage {
  readonly point: Point
  readonly mark: number
  /** Interface index; 0 when the packet has none yet. */
  readonly outInterface: number
}

// include/uapi/linux/netfilter/nfnetlink.h, nfnetlink_log.h
const NETLINK_NETFILTER = 12
const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLMSG_ERROR = 2
const NLMSG_HEADER = 16
const NFGENMSG = 4
const ATTRIBUTE_HEADER = 4
const ATTRIBUTE_TYPE = 0x3fff
const NFNL_SUBSYS_ULOG = 4 << 8
const NFULNL_MSG_PACKET = NFNL_SUBSYS_ULOG | 0
const NFULNL_MSG_CONFIG = NFNL_SUBSYS_ULOG | 1
const NFULA_CFG_CMD = 1
const NFULA_CFG_MODE = 2
const NFULA_CFG_QTHRESH = 5
const NFULNL_CFG_CMD_BIND = 1
const NFULNL_COPY_META = 1
const NFULA_MARK = 2
const NFULA_IFINDEX_OUTDEV = 5
const NFULA_PREFIX = 10

const ENOBUFS = -105
const RECEIVE_BUFFER_BYTES = 64 << 20

export class LogSocket {
  readonly descriptor: number
  private readonly buffer = Buffer.alloc(1 << 16)

  /** Listens to `group` in the thread's network namespace. */
  constructor(group: number) {
    this.descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_NETFILTER)
    try {
      setOption(this.descriptor, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
      const address = Buffer.alloc(12)
      address.writeUInt16LE(AF_NETLINK)
      bind(this.descriptor, address)
      this.configure(group, [attribute(NFULA_CFG_CMD, Buffer.from([NFULNL_CFG_CMD_BIND]))])
      // Nothing of the packet itself, and every message at once.
      const mode = attribute(NFULA_CFG_MODE, Buffer.from([0, 0, 0, 0, NFULNL_COPY_META, 0]))
      this.configure(group, [mode, attribute(NFULA_CFG_QTHRESH, Buffer.from([0, 0, 0, 1]))])
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Adds to `passages` what has been reported and not taken yet, in order. */
  drain(passages: Passage[]): void {
    for (;;) {
      const length = receiveNow(this.descriptor, this.buffer)
      if (length === ENOBUFS) throw new KernelError('the kernel dropped log messages: too many packets at once')
      if (length <= 0) return
      this.readMessages(length, passages)
    }
  }

  /** Waits for the next report; false when none came in time. */
  wait(timeoutMs: number): boolean {
    return waitReadable([this.descriptor], timeoutMs)
  }

  close(): void {
    closeSync(this.descriptor)
  }

  private readMessages(length: number, passages: Passage[]): void {
    const { buffer } = this
    for (let at = 0; at + NLMSG_HEADER <= length;) {
      const size = buffer.readUInt32LE(at)
      if (size < NLMSG_HEADER) return
      if (buffer.readUInt16LE(at + 4) === NFULNL_MSG_PACKET) {
        const passage = this.readPassage(at + NLMSG_HEADER + NFGENMSG, at + size)
        if (passage !== null) passages.push(passage)
      }
      at += (size + 3) & ~3
    }
  }

  /** Null for a message that a rule of the box under study made. */
  private readPassage(start: number, end: number): Passage | null {
    const { buffer } = this
    let point: Point | null = null
    let mark = 0
    let outInterface = 0
    for (let at = start; at + ATTRIBUTE_HEADER <= end;) {
      const size = buffer.readUInt16LE(at)
      if (size < ATTRIBUTE_HEADER) break
      const value = at + ATTRIBUTE_HEADER
      switch (buffer.readUInt16LE(at + 2) & ATTRIBUTE_TYPE) {
        case NFULA_MARK:
          mark = buffer.readUInt32BE(value)
          break
        case NFULA_IFINDEX_OUTDEV:
          outInterface = buffer.readUInt32BE(value)
          break
        case NFULA_PREFIX:
          point = pointOf(buffer.toString('latin1', value, at + size - 1))
          break
      }
      at += (size + 3) & ~3
    }
    return point === null ? null : { point, mark, outInterface }
  }

  private configure(group: number, attributes: readonly Buffer[]): void {
    const header = Buffer.alloc(NLMSG_HEADER + NFGENMSG)
    const message = Buffer.concat([header, ...attributes])
    message.writeUInt32LE(message.length, 0)
    message.writeUInt16LE(NFULNL_MSG_CONFIG, 4)
    message.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK, 6)
    message.writeUInt16BE(group, NLMSG_HEADER + 2)
    const sent = sendNow(this.descriptor, message, null)
    if (sent < 0) throw new KernelError(`NFLOG: ${errnoName(-sent)}`)
    this.wait(2000)
    const length = receiveNow(this.descriptor, this.buffer)
    const answered = length >= NLMSG_HEADER + 4 && this.buffer.readUInt16LE(4) === NLMSG_ERROR
    const error = answered ? -this.buffer.readInt32LE(NLMSG_HEADER) : 5 // EIO
    if (error !== 0) throw new KernelError(`NFLOG group ${group}: ${errnoName(error)}`)
  }
}

/** A netlink attribute, padded to four bytes. */
function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(ATTRIBUTE_HEADER + ((value.length + 3) & ~3))
  bytes.writeUInt16LE(ATTRIBUTE_HEADER + value.length, 0)
  bytes.writeUInt16LE(type, 2)
  value.copy(bytes, ATTRIBUTE_HEADER)
  return bytes
}
