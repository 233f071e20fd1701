/**
 * pcapng: sections, each with its byte order and its interfaces, and blocks in them. Section Header and Interface
 * Description Blocks are read here; packet blocks, and those to pass over, by the data plane's walk.
 * Format: draft-ietf-opsawg-pcapng.
 */
import type { DataPlane } from '../memory/data-plane.js'
import {
  SECTION_INTERFACE_OFFSET,
  SECTION_INTERFACE_SIZE,
  TimeUnit,
  WalkStop,
  type RecordWalkView,
} from '../memory/record-walk.js'
import type { CaptureInterfaces } from './capture-interfaces.js'
import type { CaptureSource } from './capture-source.js'
import type { CaptureWalk, FilePart, WalkOutcome } from './capture-walk.js'
import { longestPacket } from './longest-packet.js'

const BYTE_ORDER_MAGIC = 0x1a2b3c4d
/** Longest section or interface block that is read, as the walk has it for packets. */
const LONGEST_BLOCK = 3 << 19

// Section Header Block: type 0, length 4, byte-order magic 8, major 12, minor 14, section length 16, options 24.
const SECTION_SMALLEST = 28
// Interface Description Block: type 0, length 4, link type 8, reserved 10, snap length 12, options 16.
const INTERFACE_SMALLEST = 20
const INTERFACE_OPTIONS = 16

/** Options of an Interface Description Block. */
enum InterfaceOption {
  End = 0,
  Name = 2,
  Mac = 6,
  TimeResolution = 9,
  TimeOffset = 14,
}

const PACKET_BLOCKS = new Set([2, 3, 6])
const MOST_INTERFACES = 65535
const MICROSECONDS = 6
const SECOND_NS = 1_000_000_000n

/** What an Interface Description Block says. */
interface Description {
  linkType: number
  snapLength: number
  name: string | null
  mac: bigint
  /** if_tsresol: a negative power of 10, or with the top bit of 2. */
  resolution: number
  offsetSeconds: bigint
}

export class PcapngWalk implements CaptureWalk {
  private littleEndian = true
  private capacity = 0

  constructor(
    private readonly dataPlane: DataPlane,
    private readonly walk: RecordWalkView,
    private readonly source: CaptureSource,
    private readonly interfaces: CaptureInterfaces,
  ) {}

  run(): WalkOutcome {
    for (;;) {
      const stop: WalkStop = this.dataPlane.exports.walkPcapng(this.walk.address)
      if (stop === WalkStop.NeedBytes) return 'need-bytes'
      if (stop === WalkStop.Full) return 'full'
      let outcome: WalkOutcome | null
      if (stop === WalkStop.Section) outcome = this.readSection()
      else if (stop === WalkStop.Interface) outcome = this.readInterface()
      else outcome = { corrupt: this.damage(stop) }
      if (outcome !== null) return outcome
    }
  }

  part(): FilePart {
    const { walk } = this
    return walk.trailer === 0 && walk.end - walk.at >= 4 && PACKET_BLOCKS.has(this.word(0)) ? 'packet' : 'block'
  }

  /** Reads the Section Header Block at `at` and moves behind it; an outcome when it cannot. */
  private readSection(): WalkOutcome | null {
    const { walk } = this
    const present = walk.end - walk.at
    if (present < 12) return 'need-bytes'
    const bigEndian = walk.memory.be32(walk.at + 8) === BYTE_ORDER_MAGIC
    if (!bigEndian && walk.memory.u32(walk.at + 8) !== BYTE_ORDER_MAGIC) {
      return { corrupt: 'corrupt: a section header without the byte-order magic 1a2b3c4d' }
    }
    this.littleEndian = !bigEndian
    walk.swapped = bigEndian
    const wrong = this.wholeBlock('section header', SECTION_SMALLEST)
    if (wrong !== null) return wrong
    const major = walk.memory.view.getUint16(walk.at + 12, this.littleEndian)
    if (major !== 1) return { corrupt: `version ${major} of the pcapng format is not known; it should be 1` }
    walk.interfaceCount = 0
    walk.at += this.word(4)
    return null
  }

  /** The same for an Interface Description Block: registers the interface. */
  private readInterface(): WalkOutcome | null {
    const { walk } = this
    const wrong = this.wholeBlock('interface description', INTERFACE_SMALLEST)
    if (wrong !== null) return wrong
    const description = this.readDescription()
    const { name, linkType, mac } = description
    const { file, interfaceName } = this.source
    const index = this.interfaces.add({ name: name ?? interfaceName, linkType, file }, mac)
    if (index < 0) return { corrupt: 'more than 65535 interfaces' }
    const problem = this.addToSection(description, index)
    if (problem !== null) return { corrupt: problem }
    walk.at += this.word(4)
    return null
  }

  private readDescription(): Description {
    const { walk, littleEndian } = this
    const { view } = walk.memory
    const description: Description = {
      linkType: view.getUint16(walk.at + 8, littleEndian),
      snapLength: this.word(12),
      name: null,
      mac: 0n,
      resolution: MICROSECONDS,
      offsetSeconds: 0n,
    }
    const end = walk.at + this.word(4) - 4
    let at = walk.at + INTERFACE_OPTIONS
    while (at + 4 <= end) {
      const code = view.getUint16(at, littleEndian)
      const length = view.getUint16(at + 2, littleEndian)
      const value = at + 4
      at = value + ((length + 3) & ~3)
      if (code === InterfaceOption.End || at > end) break
      if (code === InterfaceOption.Name) description.name = this.text(value, length)
      else if (code === InterfaceOption.Mac && length === 6) description.mac = view.getBigUint64(value) >> 16n
      else if (code === InterfaceOption.TimeResolution && length === 1) description.resolution = view.getUint8(value)
      else if (code === InterfaceOption.TimeOffset && length === 8) {
        description.offsetSeconds = view.getBigInt64(value, littleEndian)
      }
    }
    return description
  }

  /** Writes the section's next `SectionInterface`. Returns what is wrong with it, or null. */
  private addToSection(description: Description, index: number): string | null {
    const { walk } = this
    const power = description.resolution & 0x7f
    const binary = description.resolution >= 0x80
    if (power > (binary ? 63 : 19)) {
      return `corrupt: an interface counts time in units of ${binary ? 2 : 10}^-${power} seconds`
    }
    const offsetNs = description.offsetSeconds * SECOND_NS
    if (BigInt.asIntN(64, offsetNs) !== offsetNs) {
      return `corrupt: an interface whose times are off by ${description.offsetSeconds} seconds`
    }
    if (walk.interfaceCount === MOST_INTERFACES) return `more than ${MOST_INTERFACES} interfaces in a section`
    if (walk.interfaceCount === this.capacity) this.grow()
    const { memory } = walk
    const at = walk.interfaces + walk.interfaceCount * SECTION_INTERFACE_SIZE
    const factor = binary ? BigInt(power) : 10n ** BigInt(Math.abs(9 - power))
    const unit = binary ? TimeUnit.Shift : power > 9 ? TimeUnit.Divide : TimeUnit.Multiply
    memory.setU32(at + SECTION_INTERFACE_OFFSET.captureInterface, index)
    memory.setU32(at + SECTION_INTERFACE_OFFSET.snapLength, description.snapLength)
    memory.setU32(at + SECTION_INTERFACE_OFFSET.unit, unit)
    memory.setU32(at + SECTION_INTERFACE_OFFSET.longest, longestPacket(description.snapLength))
    memory.setU64(at + SECTION_INTERFACE_OFFSET.factor, factor)
    memory.setU64(at + SECTION_INTERFACE_OFFSET.offsetNs, BigInt.asUintN(64, offsetNs))
    walk.interfaceCount += 1
    return null
  }

  private grow(): void {
    const { walk } = this
    const capacity = Math.max(64, this.capacity * 2)
    const interfaces = this.dataPlane.allocate(capacity * SECTION_INTERFACE_SIZE, 'interfaces of a section')
    const used = walk.interfaceCount * SECTION_INTERFACE_SIZE
    walk.memory.bytes.copyWithin(interfaces, walk.interfaces, walk.interfaces + used)
    walk.interfaces = interfaces
    this.capacity = capacity
  }

  /** Checks that the block at `at` is there as a whole, with the same length at both ends. */
  private wholeBlock(what: string, smallest: number): WalkOutcome | null {
    const { walk } = this
    const length = this.word(4)
    if (length < smallest || length > LONGEST_BLOCK || length % 4 !== 0) {
      return { corrupt: `corrupt: ${what} of ${length} bytes` }
    }
    if (walk.end - walk.at < length) return 'need-bytes'
    const trailer = this.word(length - 4)
    if (trailer !== length) return { corrupt: `corrupt: ${what} of ${length} bytes that ends as one of ${trailer}` }
    return null
  }

  private damage(stop: WalkStop): string {
    switch (stop) {
      case WalkStop.BadBlockLength:
        return `corrupt: a block of type ${this.word(0)} and ${this.word(4)} bytes`
      case WalkStop.BadTrailer:
        return `corrupt: a block of ${this.walk.trailer} bytes ends here as one of ${this.word(0)}`
      case WalkStop.BadInterface:
        return 'corrupt: a packet of an interface that its section does not describe'
      default:
        return 'corrupt: a packet with more captured bytes than there can be'
    }
  }

  private word(offset: number): number {
    return this.walk.memory.view.getUint32(this.walk.at + offset, this.littleEndian)
  }

  private text(at: number, length: number): string | null {
    const text = Buffer.from(this.walk.memory.bytes.slice(at, at + length)).toString('utf8')
    const end = text.indexOf('\0')
    return (end < 0 ? text : text.slice(0, end)) || null
  }
}
