/**
 * -j CONNMARK: sets the mark of the packet's connection, saves the packet's mark there, or restores it from there.
 * Kernel: net/netfilter/xt_connmark.c, connmark_tg_shift() (v6.18). iptables: extensions/libxt_CONNMARK.c, revision 2.
 */
import { ANYWHERE, Field, TargetVerdict, type TargetExtension } from '../extension.js'
import { MARK_OPERATIONS, readMarkChange } from '../mark-change.js'
import type { OptionReader, OptionUse } from '../option-reader.js'
import type { OptionSpec } from '../option-spec.js'
import { hex, printOption } from '../print-option.js'
import type { Packet } from '../../memory/packet.js'

interface ConnmarkOptions {
  readonly mode: 'set' | 'save' | 'restore'
  readonly mark: number
  readonly ctMask: number
  readonly nfMask: number
  /** Bits to the left; to the right when negative. */
  readonly shift: number
}

const ALL = 0xffffffff
/** iptables takes 32 bits, too; the kernel (v6.18) then refuses the table. */
const MOST_SHIFT = 31
const OPERATIONS = [...MARK_OPERATIONS, 'save-mark', 'restore-mark']
const options: readonly OptionSpec[] = [
  ...MARK_OPERATIONS.map((name): OptionSpec => ({ name, key: name, values: 1, excludes: OPERATIONS })),
  { name: 'save-mark', key: 'save-mark', values: 0, excludes: OPERATIONS },
  { name: 'restore-mark', key: 'restore-mark', values: 0, excludes: OPERATIONS },
  { name: 'left-shift-mark', key: 'left-shift-mark', values: 1 },
  { name: 'right-shift-mark', key: 'right-shift-mark', values: 1 },
  { name: 'ctmask', key: 'ctmask', values: 1, excludes: ['mask'] },
  { name: 'nfmask', key: 'nfmask', values: 1, excludes: ['mask'] },
  { name: 'mask', key: 'mask', values: 1, excludes: ['ctmask', 'nfmask'] },
]

export const connmarkTarget: TargetExtension<ConnmarkOptions> = {
  name: 'CONNMARK',
  families: [4, 6],
  options,
  scope: 'connection',
  tracks: true,
  placement: () => ANYWHERE,

  parse(reader) {
    if (!reader.uses.some((use) => OPERATIONS.includes(use.spec.key))) {
      reader.problem(reader.name, `one of ${OPERATIONS.map((name) => `--${name}`).join(', ')} is needed`)
    }
    // Later options overwrite what earlier ones set, masks too.
    const uses = reader.uses.map((use) => readUse(reader, use))
    return Object.assign({ mode: 'set', mark: 0, ctMask: ALL, nfMask: ALL, shift: 0 }, ...uses) as ConnmarkOptions
  },

  print({ mode, mark, ctMask, nfMask, shift }) {
    const change =
      mode === 'set'
        ? printOption('set-xmark', `${hex(mark)}/${hex(ctMask)}`)
        : ` --${mode}-mark${printOption('nfmask', hex(nfMask))}${printOption('ctmask', hex(ctMask))}`
    if (shift === 0) return change
    return change + printOption(shift > 0 ? 'left-shift-mark' : 'right-shift-mark', `${Math.abs(shift)}`)
  },

  reads({ mode }) {
    const fields = [Field.CtState, Field.CtMark]
    return mode === 'set' ? fields : [...fields, Field.Mark]
  },

  prepare(of) {
    return (packet) => {
      if (of.mode === 'restore') restore(of, packet)
      else change(of, packet)
      return TargetVerdict.Continue
    }
  },
}

function restore({ ctMask, nfMask, shift }: ConnmarkOptions, { skb, ctMark }: Packet): void {
  if (ctMark !== null) skb.mark = ((skb.mark & ~nfMask) ^ shifted(ctMark & ctMask, shift)) >>> 0
}

function change({ mode, mark, ctMask, nfMask, shift }: ConnmarkOptions, packet: Packet): void {
  const entry = packet.connection()
  if (entry === null) return
  const old = entry.ctMark
  const changed =
    mode === 'set' ? shifted((old & ~ctMask) ^ mark, shift) : (old & ~ctMask) ^ shifted(packet.skb.mark & nfMask, shift)
  if (changed >>> 0 === old) return
  entry.ctMark = changed
  packet.changedState = true
}

/** To the left, or to the right when negative. */
function shifted(value: number, shift: number): number {
  return shift < 0 ? (value >>> 0) >>> -shift : value << shift
}

function readUse(reader: OptionReader, use: OptionUse): Partial<ConnmarkOptions> {
  const { key } = use.spec
  if (MARK_OPERATIONS.includes(key)) {
    const { mark, mask } = readMarkChange(reader, use)
    return { mode: 'set', mark, ctMask: mask }
  }
  if (key === 'save-mark') return { mode: 'save' }
  if (key === 'restore-mark') return { mode: 'restore' }
  const [value] = use.values
  if (key === 'left-shift-mark') return { shift: reader.integer(value, 0, MOST_SHIFT) }
  if (key === 'right-shift-mark') return { shift: -reader.integer(value, 0, MOST_SHIFT) }
  const mask = reader.integer(value, 0, ALL)
  if (key === 'ctmask') return { ctMask: mask }
  if (key === 'nfmask') return { nfMask: mask }
  return { ctMask: mask, nfMask: mask }
}
