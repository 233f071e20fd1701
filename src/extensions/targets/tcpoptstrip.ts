/**
 * -j TCPOPTSTRIP: overwrites TCP options with padding.
 * Kernel: net/netfilter/xt_TCPOPTSTRIP.c (v6.18). iptables: extensions/libxt_TCPOPTSTRIP.c.
 */
import { Field, PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { listItems, type OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { checkProtocol } from '../protocol-option.js'
import { changeTcpByte, DATA_OFFSET, optionBytes, TCP_HEADER } from '../tcp-header.js'
import type { Packet } from '../../memory/packet.js'
import { wholeNumber } from '../../ruleset/number-text.js'

/** Kinds of options. */
type Kinds = ReadonlySet<number>

const TCP = 6
const PADDING = 1
const NAMES: Readonly<Record<string, number>> = {
  wscale: 3,
  mss: 2,
  'sack-permitted': 4,
  sack: 5,
  timestamp: 8,
  md5: 19,
}

export const tcpoptstripTarget: TargetExtension<Kinds> = {
  ...PLAIN_TARGET,
  name: 'TCPOPTSTRIP',
  families: [4, 6],
  options: [{ name: 'strip-options', key: 'kinds', values: 1 }],
  placement: () => ({ tables: ['mangle'], hooks: null }),

  parse(reader, place) {
    checkProtocol(reader, reader.name, place, [TCP], 'tcp')
    return readKinds(reader)
  },

  print: (kinds) => (kinds.size === 0 ? '' : printOption('strip-options', [...kinds].sort((a, b) => a - b).join(','))),
  reads: () => [Field.TcpOptions],

  prepare: (kinds) => (packet) => strip(packet, kinds),
}

function strip(packet: Packet, kinds: Kinds): TargetVerdict {
  const { memory, fragmentOffset } = packet
  if (fragmentOffset !== 0) return TargetVerdict.Continue
  if (packet.length < packet.transport + TCP_HEADER) return TargetVerdict.Drop
  if (!packet.hasTransport(TCP_HEADER)) return TargetVerdict.Continue
  const at = packet.at + packet.transport
  const header = (memory.u8(at + DATA_OFFSET) >> 4) * 4
  if (header < TCP_HEADER || packet.length < packet.transport + header) return TargetVerdict.Drop
  if (!packet.hasTransport(header)) return TargetVerdict.Continue
  for (let offset = TCP_HEADER; offset < header - 1;) {
    const bytes = optionBytes(packet, offset)
    if (offset + bytes > header) break
    if (kinds.has(memory.u8(at + offset))) {
      for (let index = 0; index < bytes; index++) changeTcpByte(packet, offset + index, PADDING)
    }
    offset += bytes
  }
  return TargetVerdict.Continue
}

function readKinds(reader: OptionReader): Kinds {
  const kinds = new Set<number>()
  const list = reader.find('kinds')?.values[0]
  if (list === undefined) return kinds
  for (const item of listItems(list)) {
    const named = Object.hasOwn(NAMES, item.text) ? NAMES[item.text] : null
    const kind = named ?? wholeNumber(item.text, 2, 255)
    if (kind === null) {
      reader.problem(
        item,
        `"${item.text}" is no kind of TCP option from 2 to 255, nor the name of one`,
        Object.keys(NAMES),
      )
    } else if (kinds.has(kind)) reader.problem(item, `option ${item.text} stands twice`)
    else kinds.add(kind)
  }
  return kinds
}
