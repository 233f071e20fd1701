/**
 * -m connlabel: whether the connection has a label; with --set, gives it one.
 * Kernel: net/netfilter/xt_connlabel.c, connlabel_mt() (v6.18). iptables: extensions/libxt_connlabel.c.
 * Differs from the kernel: labels are kept beside the connections, 262,144 of them at most.
 *
 *   state: a table from a connection (address and number of its entry) to its 128 labels
 */
import { ANYWHERE, Field, type MatchExtension } from '../extension.js'
import { printOption } from '../print-option.js'
import { EntryView } from '../../memory/entry.js'
import { HashTable, type TableShape } from '../../memory/hash-table.js'
import type { Memory } from '../../memory/memory.js'

interface ConnlabelOptions {
  readonly label: number
  readonly sets: boolean
  readonly inverted: boolean
}

const MOST_LABEL = 127
const LABEL_BYTES = 16
/** The value: the labels, then the key again, by which dead connections are found. */
const SHAPE: TableShape = { keyWords: 3, valueBytes: LABEL_BYTES + 12, capacity: 262144 }

export const connlabelMatch: MatchExtension<ConnlabelOptions> = {
  name: 'connlabel',
  families: [4, 6],
  options: [
    { name: 'label', key: 'label', values: 1, invertible: true, required: true },
    { name: 'set', key: 'set', values: 0 },
  ],
  protocol: null,
  scope: 'trace',
  tracks: true,
  placement: () => ANYWHERE,

  parse(reader) {
    const use = reader.find('label')
    return {
      label: use === undefined ? 0 : reader.integer(use.values[0], 0, MOST_LABEL),
      sets: reader.find('set') !== undefined,
      inverted: use?.inverted ?? false,
    }
  },

  print({ label, sets, inverted }) {
    return printOption('label', `"${label}"`, inverted) + (sets ? ' --set' : '')
  },

  reads: () => [Field.TraceState, Field.CtState],
  stateBytes: () => HashTable.bytes(SHAPE),
  stateName: () => 'connlabel',

  prepare({ label, sets, inverted }, _box, stateAt) {
    let table: HashTable | null = null
    const byte = label >> 3
    const bit = 1 << (label & 7)
    return ({ memory, skb }) => {
      const { entry } = skb
      if (entry === 0) return inverted
      table ??= new HashTable(memory, stateAt, SHAPE)
      const key = keyOf(memory, entry)
      let labels = table.find(key)
      if (labels !== 0 && (memory.u8(labels + byte) & bit) !== 0) return !inverted
      if (!sets) return inverted
      if (labels === 0) labels = addLabels(memory, table, key)
      if (labels === 0) return inverted
      memory.setU8(labels + byte, memory.u8(labels + byte) | bit)
      return !inverted
    }
  },
}

function keyOf(memory: Memory, at: number): number[] {
  const entry = new EntryView(memory)
  entry.at = at
  const { id } = entry
  return [at, Number(BigInt.asUintN(32, id)), Number(id >> 32n)]
}

function addLabels(memory: Memory, table: HashTable, key: readonly number[]): number {
  if (table.count === SHAPE.capacity) {
    table.removeWhere((at) => {
      const own = [0, 4, 8].map((offset) => memory.u32(at + LABEL_BYTES + offset))
      return keyOf(memory, own[0]).some((word, index) => word !== own[index])
    })
  }
  const labels = table.insert(key)
  if (labels !== 0) key.forEach((word, index) => memory.setU32(labels + LABEL_BYTES + 4 * index, word))
  return labels
}
