/**
 * The few functions of the C library that Node does not offer: namespaces, ioctl, raw and netlink sockets.
 * Loaded on first use, so that hookline runs where they are missing as long as nobody asks for the kernel.
 * A call that fails throws `KernelError` with the errno's name, unless its name ends in `Now`: those give -errno.
 */
import { constants } from 'node:os'
import koffi from 'koffi'
import { KernelError } from './kernel-error.js'

/** include/uapi/linux/sched.h */
export const CLONE_NEWNET = 0x40000000

/** Socket families, types and options. Kernel: include/linux/socket.h, include/uapi/asm-generic/socket.h. */
export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOCK_NONBLOCK = 0o4000
export const SOCK_CLOEXEC = 0o2000000
export const SOL_SOCKET = 1
export const SO_BROADCAST = 6
export const SO_PRIORITY = 12
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
export const MSG_DONTWAIT = 0x40

const POLLIN = 1
/** 8192 CPUs. Kernel: CONFIG_NR_CPUS at most. */
export const CPU_MASK_BYTES = 1024

interface Library {
  unshare(flags: number): number
  setns(descriptor: number, kind: number): number
  getCpu(): number
  getAffinity(thread: number, length: number, mask: Buffer): number
  setAffinity(thread: number, length: number, mask: Buffer): number
  ioctl(descriptor: number, request: number, argument: Buffer): number
  socket(family: number, type: number, protocol: number): number
  bind(descriptor: number, address: Buffer, length: number): number
  setsockopt(descriptor: number, level: number, option: number, value: Buffer, length: number): number
  sendto(descriptor: number, bytes: Uint8Array, length: number, flags: number, to: Buffer | null, size: number): number
  recv(descriptor: number, into: Buffer, length: number, flags: number): number
  read(descriptor: number, into: Buffer, length: number): number
  write(descriptor: number, bytes: Uint8Array, length: number): number
  poll(descriptors: Buffer, count: number, timeoutMs: number): number
  interfaceIndex(name: string): number
}

let loaded: Library | null = null

function library(): Library {
  if (loaded !== null) return loaded
  const libc = koffi.load('libc.so.6')
  loaded = {
    unshare: libc.func('int unshare(int)'),
    setns: libc.func('int setns(int, int)'),
    getCpu: libc.func('int sched_getcpu()'),
    getAffinity: libc.func('int sched_getaffinity(int, size_t, void *)'),
    setAffinity: libc.func('int sched_setaffinity(int, size_t, void *)'),
    ioctl: libc.func('int ioctl(int, unsigned long, void *)'),
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, void *, unsigned int)'),
    setsockopt: libc.func('int setsockopt(int, int, int, void *, unsigned int)'),
    sendto: libc.func('int64_t sendto(int, void *, size_t, int, void *, unsigned int)'),
    recv: libc.func('int64_t recv(int, void *, size_t, int)'),
    read: libc.func('int64_t read(int, void *, size_t)'),
    write: libc.func('int64_t write(int, void *, size_t)'),
    poll: libc.func('int poll(void *, unsigned long, int)'),
    interfaceIndex: libc.func('unsigned int if_nametoindex(const char *)'),
  }
  return loaded
}

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]))

/** The name of an errno, such as `EPERM`. */
export function errnoName(number: number): string {
  return ERRNO_NAMES.get(number) ?? `errno ${number}`
}

function checked(result: number, what: string): number {
  if (result >= 0) return result
  throw new KernelError(`${what}: ${errnoName(koffi.errno())}`)
}

function orErrno(result: number): number {
  return result >= 0 ? result : -koffi.errno()
}

/** Moves the calling thread into a new namespace of the given kind. */
export function unshare(flags: number): void {
  checked(library().unshare(flags), 'unshare')
}

/** Moves the calling thread into the namespace that `descriptor` stands for. */
export function setNamespace(descriptor: number, kind: number): void {
  checked(library().setns(descriptor, kind), 'setns')
}

/** The CPU that the calling thread runs on now. */
export function currentCpu(): number {
  return checked(library().getCpu(), 'sched_getcpu')
}

/** The CPUs on which the calling thread may run, a bit each. */
export function allowedCpus(): Buffer {
  const mask = Buffer.alloc(CPU_MASK_BYTES)
  checked(library().getAffinity(0, mask.length, mask), 'sched_getaffinity')
  return mask
}

export function setAllowedCpus(mask: Buffer): void {
  checked(library().setAffinity(0, mask.length, mask), 'sched_setaffinity')
}

export function ioctl(descriptor: number, request: number, argument: Buffer, what: string): void {
  checked(library().ioctl(descriptor, request, argument), what)
}

/** A new socket, closed on exec; `fs.closeSync` closes it. */
export function socket(family: number, type: number, protocol: number): number {
  return checked(library().socket(family, type | SOCK_CLOEXEC, protocol), 'socket')
}

export function bind(descriptor: number, address: Buffer): void {
  checked(library().bind(descriptor, address, address.length), 'bind')
}

export function setOption(descriptor: number, level: number, option: number, value: number): void {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  setOptionBytes(descriptor, level, option, bytes)
}

export function setOptionBytes(descriptor: number, level: number, option: number, value: Buffer): void {
  checked(library().setsockopt(descriptor, level, option, value, value.length), `setsockopt ${level}/${option}`)
}

/** Bytes sent, or -errno. */
export function sendNow(descriptor: number, bytes: Uint8Array, to: Buffer | null): number {
  return orErrno(library().sendto(descriptor, bytes, bytes.length, 0, to, to === null ? 0 : to.length))
}

/** Bytes received without waiting, or -errno. */
export function receiveNow(descriptor: number, into: Buffer): number {
  return orErrno(library().recv(descriptor, into, into.length, MSG_DONTWAIT))
}

/** Bytes read from a descriptor opened with O_NONBLOCK, or -errno. */
export function readNow(descriptor: number, into: Buffer): number {
  return orErrno(library().read(descriptor, into, into.length))
}

/** Bytes written, or -errno. */
export function writeNow(descriptor: number, bytes: Uint8Array): number {
  return orErrno(library().write(descriptor, bytes, bytes.length))
}

/** Waits until one of `descriptors` can be read; false when `timeoutMs` passed first. */
export function waitReadable(descriptors: readonly number[], timeoutMs: number): boolean {
  const entries = Buffer.alloc(8 * descriptors.length)
  descriptors.forEach((descriptor, index) => {
    entries.writeInt32LE(descriptor, 8 * index)
    entries.writeInt16LE(POLLIN, 8 * index + 4)
  })
  return library().poll(entries, descriptors.length, timeoutMs) > 0
}

/** The number of a network interface in the thread's network namespace; 0 when there is none of this name. */
export function interfaceIndex(name: string): number {
  return library().interfaceIndex(name)
}
