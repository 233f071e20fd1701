/**
 * -j TPROXY: marks the packet and hands it to a local program, or drops it where none listens, which a capture does
 * not tell: --unknown=always says that one listens. Kernel: net/netfilter/xt_TPROXY.c (v6.18).
 * iptables: extensions/libxt_TPROXY.c, revision 1.
 */
import { Field, PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { readHost } from '../host-option.js'
import { readResolvedPort } from '../ports.js'
import { hex, printOption } from '../print-option.js'
import { checkProtocol } from '../protocol-option.js'
import { type Undecided } from '../undecided.js'
import { ANY_ADDRESS, printAddress } from '../../ruleset/address.js'
import { Hook } from '../../ruleset/ruleset.js'

interface TproxyOptions extends Undecided {
  readonly port: number
  readonly address: readonly number[]
  readonly mark: number
  readonly mask: number
}

const TCP = 6
const UDP = 17

export const tproxyTarget: TargetExtension<TproxyOptions> = {
  ...PLAIN_TARGET,
  name: 'TPROXY',
  guesses: true,
  families: [4, 6],
  options: [
    { name: 'on-port', key: 'port', values: 1, required: true },
    { name: 'on-ip', key: 'address', values: 1 },
    { name: 'tproxy-mark', key: 'mark', values: 1 },
  ],
  placement: () => ({ tables: ['mangle'], hooks: [Hook.Prerouting] }),

  parse(reader, place) {
    checkProtocol(reader, reader.name, place, [TCP, UDP], 'tcp or -p udp')
    const port = reader.find('port')?.values[0]
    const address = reader.find('address')?.values[0]
    const mark = reader.find('mark')?.values[0]
    const { value, mask } = mark === undefined ? { value: 0, mask: 0 } : reader.valueAndMask(mark, 0xffffffff)
    return {
      port: port === undefined ? 0 : readResolvedPort(reader, port),
      address: address === undefined ? ANY_ADDRESS[reader.family] : readHost(reader, address),
      mark: value,
      mask,
      answer: reader.undecidable('whether a program listens for a packet'),
    }
  },

  print: ({ port, address, mark, mask }) =>
    printOption('on-port', `${port}`) +
    printOption('on-ip', printAddress(address)) +
    printOption('tproxy-mark', `${hex(mark)}/${hex(mask)}`),
  reads: () => [Field.Mark],

  prepare({ mark, mask, answer }) {
    return (packet) => {
      packet.guessed = true
      if (!answer) return TargetVerdict.Drop
      const { skb } = packet
      skb.mark = ((skb.mark & ~mask) ^ mark) >>> 0
      return TargetVerdict.Accept
    }
  },
}
