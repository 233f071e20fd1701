/**
 * What left the box because of each packet: the kernel's packets against the replay's, interface by interface, in
 * order, byte for byte. Left out is only what a kernel draws at random:
 *
 *   the id of an IPv4 packet that had none (REJECT's ICMP errors), and the header checksum with it
 *   the flow label of an ICMPv6 error that the box makes; the identification of IPv6 fragments that it makes
 *   where asked for, ports and ICMP ids that NAT chose; checksums then must be as right or as wrong
 *
 * Of packets that were cut in the capture, what is there is compared.
 */
import type { Difference } from './difference.js'
import { withoutIdentity, withoutPorts } from './random-fields.js'

/** An IP packet that left by an interface. */
export interface SentPacket {
  readonly interface: string
  readonly bytes: Buffer
  /** Its length; more than there are bytes where the capture was cut. */
  readonly length: number
}

/** What left because of each packet of the capture, in order. */
export type SentPackets = readonly (readonly SentPacket[])[]

export function compareSent(kernel: SentPackets, replay: SentPackets, randomPorts: boolean): Difference[] {
  return kernel.flatMap((ours, index) => comparePacket(index + 1, ours, replay[index] ?? [], randomPorts))
}

function comparePacket(
  number: number,
  kernel: readonly SentPacket[],
  replay: readonly SentPacket[],
  randomPorts: boolean,
): Difference[] {
  const interfaces = new Set([...kernel, ...replay].map((packet) => packet.interface))
  return [...interfaces].flatMap((name): Difference[] => {
    const ours = kernel.filter((packet) => packet.interface === name)
    const theirs = replay.filter((packet) => packet.interface === name)
    const where = `packet ${number} sent by ${name}`
    if (ours.length !== theirs.length) {
      return [{ where, kernel: lengths(ours), replay: lengths(theirs), note: '' }]
    }
    return ours.flatMap((packet, index) => {
      const difference = differenceOf(packet, theirs[index], randomPorts)
      return difference === null ? [] : [{ where, ...difference, note: '' }]
    })
  })
}

function lengths(packets: readonly SentPacket[]): string {
  if (packets.length === 0) return 'nothing'
  return packets.map(({ length }) => `${length} bytes`).join(' + ')
}

function differenceOf(
  kernel: SentPacket,
  replay: SentPacket,
  randomPorts: boolean,
): Pick<Difference, 'kernel' | 'replay'> | null {
  if (kernel.length !== replay.length) return { kernel: `${kernel.length} bytes`, replay: `${replay.length} bytes` }
  const there = Math.min(kernel.bytes.length, replay.bytes.length)
  let ours = kernel.bytes.subarray(0, there)
  let theirs = replay.bytes.subarray(0, there)
  if (ours.equals(theirs)) return null
  ;[ours, theirs] = withoutIdentity(ours, theirs)
  if (randomPorts) [ours, theirs] = [withoutPorts(ours, kernel.length), withoutPorts(theirs, replay.length)]
  const first = ours.findIndex((byte, index) => byte !== theirs[index])
  if (first < 0) return null
  return { kernel: bytesAt(ours, first), replay: bytesAt(theirs, first) }
}

/** Some bytes from where the packets differ. */
function bytesAt(packet: Buffer, at: number): string {
  const shown = packet.subarray(at & ~1, (at & ~1) + 8).toString('hex')
  return `${shown.replace(/(....)(?=.)/g, '$1 ')} at ${at & ~1} of ${packet.length}`
}
