/**
 * An interface of the box under study: a TUN device (bare IP packets) or a TAP device (Ethernet frames). Writing
 * delivers a packet: its whole way through the receive path happens inside the write. Reading gives what left.
 */
import { closeSync, constants, openSync } from 'node:fs'
import { ioctl, readNow, writeNow } from './libc.js'

export type TunKind = 'tun' | 'tap'

// include/uapi/linux/if_tun.h, include/uapi/linux/if.h
const TUNSETIFF = 0x400454ca
const IFF_TUN = 0x0001
const IFF_TAP = 0x0002
const IFF_NO_PI = 0x1000
const IFNAMSIZ = 16
const IFREQ_BYTES = 40

const LONGEST_FRAME = 65_550

export class TunDevice {
  readonly descriptor: number
  private readonly buffer = Buffer.alloc(LONGEST_FRAME)

  /** Creates the device in the thread's network namespace; it is down and has no address yet. */
  constructor(
    readonly name: string,
    readonly kind: TunKind,
  ) {
    this.descriptor = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK)
    const request = Buffer.alloc(IFREQ_BYTES)
    request.write(name.slice(0, IFNAMSIZ - 1), 'latin1')
    request.writeUInt16LE((kind === 'tun' ? IFF_TUN : IFF_TAP) | IFF_NO_PI, IFNAMSIZ)
    try {
      ioctl(this.descriptor, TUNSETIFF, request, `interface ${name}`)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Delivers a packet (TUN) or a frame (TAP); 0, or the errno with which the device refused it. */
  deliver(bytes: Uint8Array): number {
    return Math.max(0, -writeNow(this.descriptor, bytes))
  }

  /** The next packet or frame that left the box here, a copy; null when there is none. */
  take(): Buffer | null {
    const length = readNow(this.descriptor, this.buffer)
    return length > 0 ? Buffer.from(this.buffer.subarray(0, length)) : null
  }

  /** Removes the device. */
  close(): void {
    closeSync(this.descriptor)
  }
}
