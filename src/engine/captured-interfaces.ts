/**
 * --vantage tap: on which of the box's interfaces the captures were taken, so that what passes one of these is in
 * them. Known once the first block has been read: an interface that a capture names later than that was not listened
 * on from the start.
 */
import type { Box } from '../box/box.js'
import type { Memory } from '../memory/memory.js'

/** LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2: all interfaces, unless the capture names one. */
const COOKED = new Set([113, 276])

export class CapturedInterfaces {
  private settled = false

  /** `at` is the address of a byte for each of the box's interfaces, from 0; 0 when nobody asks. */
  constructor(
    private readonly memory: Memory,
    private readonly at: number,
    private readonly box: Box,
  ) {}

  /** A capture was taken on the box's interface; 0 is one that the box does not know. */
  add(boxInterface: number, linkType: number): void {
    if (this.at === 0 || this.settled) return
    const all = boxInterface === 0 && COOKED.has(linkType)
    for (const { id, vlan } of this.box.interfaces) {
      // What passes a VLAN passes its parent.
      if (all || id === boxInterface || (vlan !== null && vlan.parent === boxInterface))
        this.memory.setU8(this.at + id, 1)
    }
  }

  settle(): void {
    this.settled = true
  }
}
