/**
 * Names of interfaces that turn up in a capture while workers run already: a table in shared memory, by number. Only
 * a box that does not know its own interfaces needs it; to any other, a strange name is an unknown interface.
 */
import type { Box } from '../box/box.js'
import type { Memory } from '../memory/memory.js'

/** Kernel: IFNAMSIZ. */
const NAME_BYTES = 16
/** Names beyond the ones that rules and the command line mention; a further one is an unknown interface. */
const LATE_NAMES = 255

export class InterfaceNames {
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    /** As `capacity` said before the replay. */
    private readonly limit: number,
  ) {}

  /** How many numbers interfaces can have during the replay, 0 included. */
  static capacity(box: Box): number {
    return box.interfaceCount + (box.interfaces.length > 0 ? 0 : LATE_NAMES)
  }

  static bytes(box: Box): number {
    return InterfaceNames.capacity(box) * NAME_BYTES
  }

  /** The box's number for a name that a capture says; 0 when it is none of the box's. */
  numberOf(name: string, box: Box): number {
    const known = box.interfaceId(name)
    if (known !== 0 || box.interfaces.length > 0) return known
    const encoded = new TextEncoder().encode(name)
    if (encoded.length >= NAME_BYTES || box.interfaceCount >= this.limit) return 0
    const number = box.internInterface(name)
    this.memory.bytes.set(encoded, this.at + number * NAME_BYTES)
    return number
  }

  /** The name of a number that came late; '' when it did not. */
  name(number: number): string {
    const at = this.at + number * NAME_BYTES
    const end = this.memory.bytes.indexOf(0, at)
    return new TextDecoder().decode(this.memory.bytes.slice(at, end))
  }
}
