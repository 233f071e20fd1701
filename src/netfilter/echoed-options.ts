/**
 * The IPv4 options of an ICMP error: a recorded route and time stamps of the packet that it answers go on in it.
 * Kernel: __ip_options_echo(), ip_options_build(), net/ipv4/ip_options.c (v6.18).
 *
 * Differs from the kernel: a source route is not turned round.
 */
import type { Packet } from '../memory/packet.js'
import { PRESPECIFIED } from './ipv4-options.js'
import { type ReceivedOptions, timeOfDay } from './received-options.js'

const POINTER = 2
const OVERFLOW = 3
const ADDRESS_BYTES = 4

/** The options as bytes, padded to whole words; null when the packet's are such that there is no answer. */
export interface EchoedOptions {
  readonly bytes: Buffer
  /** Where the answer's own source address goes. */
  readonly addressesAt: readonly number[]
}

const NONE: EchoedOptions = { bytes: Buffer.alloc(0), addressesAt: [] }

/** `isUnicast` says of an address that it is another host's. */
export function echoOptions(
  packet: Packet,
  received: ReceivedOptions | null,
  isUnicast: (address: number) => boolean,
): EchoedOptions | null {
  if (received === null) return NONE
  const { recordRoute, timestamp } = received
  const route = recordRoute === null ? NONE : echoRoute(packet, recordRoute)
  if (route === null) return null
  const times = timestamp === null ? NONE : echoTimes(packet, timestamp, isUnicast)
  if (times === null) return null
  const used = route.bytes.length + times.bytes.length
  return {
    bytes: Buffer.concat([route.bytes, times.bytes, Buffer.alloc(-used & 3)]),
    addressesAt: [...route.addressesAt, ...times.addressesAt.map((at) => at + route.bytes.length)],
  }
}

function echoRoute(
  packet: Packet,
  { offset, needsAddress }: NonNullable<ReceivedOptions['recordRoute']>,
): EchoedOptions | null {
  const bytes = copyOption(packet, offset)
  const pointer = bytes[POINTER]
  if (!needsAddress || pointer > bytes.length) return { bytes, addressesAt: [] }
  if (pointer + 3 > bytes.length) return null
  bytes[POINTER] = pointer + ADDRESS_BYTES
  return { bytes, addressesAt: [pointer - 1] }
}

function echoTimes(
  packet: Packet,
  { offset, needsAddress, needsTime }: NonNullable<ReceivedOptions['timestamp']>,
  isUnicast: (address: number) => boolean,
): EchoedOptions | null {
  const bytes = copyOption(packet, offset)
  let pointer = bytes[POINTER]
  if (pointer > bytes.length) return { bytes, addressesAt: [] }
  const addressesAt: number[] = []
  if (needsAddress) {
    if (pointer + 3 > bytes.length) return null
    addressesAt.push(pointer - 1)
    pointer += ADDRESS_BYTES
  }
  if (needsTime) {
    if (pointer + 3 > bytes.length) return null
    const prespecified = (bytes[OVERFLOW] & 15) === PRESPECIFIED
    const whole = pointer + 7 <= bytes.length
    if (!prespecified) pointer += ADDRESS_BYTES
    else if (whole && !isUnicast(bytes.readUInt32BE(pointer - 1))) pointer += 2 * ADDRESS_BYTES
    if (pointer !== bytes[POINTER] + addressesAt.length * ADDRESS_BYTES) {
      bytes.writeUInt32BE(timeOfDay(packet.skb.nowNs), pointer - 1 - ADDRESS_BYTES)
    }
  }
  bytes[POINTER] = pointer
  return { bytes, addressesAt }
}

function copyOption({ memory, at }: Packet, offset: number): Buffer {
  const option = at + offset
  return Buffer.from(memory.bytes.slice(option, option + memory.u8(option + 1)))
}
