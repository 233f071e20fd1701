/**
 * -j NETMAP: maps a whole network onto another, address by address.
 * Kernel: net/netfilter/xt_NETMAP.c, netmap_tg4(), netmap_tg6() (v6.18).
 * iptables: extensions/libipt_NETMAP.c, libip6t_NETMAP.c.
 */
import { NO_RANGE } from '../../memory/nat-range.js'
import type { Packet } from '../../memory/packet.js'
import {
  ANY_ADDRESS,
  FULL_MASK,
  lengthOfMask,
  maskAddress,
  parseHostAddress,
  parseMask,
  printAddress,
} from '../../ruleset/address.js'
import { Hook } from '../../ruleset/ruleset.js'
import { TargetVerdict, type TargetExtension } from '../extension.js'
import type { OptionReader, Token } from '../option-reader.js'
import { printOption } from '../print-option.js'

interface NetmapOptions {
  readonly network: readonly number[]
  readonly mask: readonly number[]
}

const LOCALHOST: readonly number[] = [0x7f000001]

export const netmapTarget: TargetExtension<NetmapOptions> = {
  name: 'NETMAP',
  families: [4, 6],
  options: [{ name: 'to', key: 'to', values: 1, required: true }],
  scope: 'connection',
  tracks: true,
  placement: () => ({ tables: ['nat'], hooks: [Hook.Prerouting, Hook.Input, Hook.Output, Hook.Postrouting] }),

  parse(reader) {
    const use = reader.find('to')
    if (use === undefined) return { network: ANY_ADDRESS[reader.family], mask: FULL_MASK[reader.family] }
    return readNetwork(reader, use.values[0])
  },

  print: ({ network, mask }) => printOption('to', `${printAddress(network)}/${lengthOfMask(mask)}`),
  reads: () => [],

  prepare({ network, mask }) {
    return (packet) => {
      const words = network.map((word, index) => (word | (changedWord(packet, index) & ~mask[index])) >>> 0)
      packet.mapping = { ...NO_RANGE, addresses: [words, words] }
      return TargetVerdict.Accept
    }
  },
}

/** Of the destination where the packet has yet to be routed, else of the source. */
function changedWord(packet: Packet, word: number): number {
  const destination = packet.hook === Number(Hook.Prerouting) || packet.hook === Number(Hook.Output)
  if (packet.family === 4) return destination ? packet.dst4 : packet.src4
  return destination ? packet.dst6(word) : packet.src6(word)
}

/** A mask that is no prefix (also `33`, which is 0.0.0.33) counts as if it were not there, as iptables reads it. */
function readNetwork(reader: OptionReader, value: Token): NetmapOptions {
  const { family } = reader
  const slash = value.text.indexOf('/')
  const host = slash < 0 ? value.text : value.text.slice(0, slash)
  const address = parseHostAddress(host, family) ?? (family === 4 && host === 'localhost' ? LOCALHOST : null)
  if (address === null) reader.problem(value, `"${host}" is no IPv${family} address`)
  const text = slash < 0 ? null : value.text.slice(slash + 1)
  const written = text === null ? FULL_MASK[family] : parseMask(text, family)
  if (text !== null && written === null && (family === 6 || parseHostAddress(text, 4) === null)) {
    reader.problem(value, `"${text}" is no prefix length or mask`)
  }
  const mask = written === null || lengthOfMask(written) < 0 ? FULL_MASK[family] : written
  return { network: maskAddress(address ?? ANY_ADDRESS[family], mask), mask }
}
