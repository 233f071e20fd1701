/**
 * How a match answers that asks what a capture does not tell: as the user says, and each answer is counted.
 */
import type { Packet } from '../memory/packet.js'

export interface Undecided {
  /** What the user wants to be answered, whatever the options are. */
  readonly answer: boolean
}

export function undecidedTest({ answer }: Undecided): (packet: Packet) => boolean {
  return (packet) => {
    packet.guessed = true
    return answer
  }
}
