/**
 * -j NFQUEUE: hands the packet to a program, which decides. With --queue-bypass it passes the table instead, as where
 * no program listens. Kernel: net/netfilter/xt_NFQUEUE.c; nf_queue(), net/netfilter/nf_queue.c (v6.18).
 * iptables: extensions/libxt_NFQUEUE.c, revision 3.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { printOption } from '../print-option.js'

interface NfqueueOptions {
  readonly first: number
  /** The same as the first for one queue. */
  readonly last: number
  readonly bypass: boolean
  readonly fanout: boolean
}

const MOST = 65535

export const nfqueueTarget: TargetExtension<NfqueueOptions> = {
  ...PLAIN_TARGET,
  name: 'NFQUEUE',
  families: [4, 6],
  options: [
    { name: 'queue-num', key: 'number', values: 1, excludes: ['balance'] },
    { name: 'queue-balance', key: 'balance', values: 1, excludes: ['number'] },
    { name: 'queue-bypass', key: 'bypass', values: 0 },
    { name: 'queue-cpu-fanout', key: 'fanout', values: 0 },
  ],

  parse(reader) {
    const bypass = reader.find('bypass') !== undefined
    const fanout = reader.find('fanout')
    const number = reader.find('number')?.values[0]
    const balance = reader.find('balance')?.values[0]
    if (fanout !== undefined && balance === undefined) {
      reader.problem(fanout.name, '--queue-cpu-fanout needs --queue-balance')
    }
    if (balance === undefined) {
      const only = number === undefined ? 0 : reader.integer(number, 0, MOST)
      return { first: only, last: only, bypass, fanout: false }
    }
    const [first, last] = reader.integerRange(balance, MOST)
    if (first >= last) reader.problem(balance, `"${balance.text}" is no range from:to`)
    if (last - first === MOST) reader.problem(balance, `there are more than ${MOST} queues`)
    return { first, last, bypass, fanout: fanout !== undefined }
  },

  print: ({ first, last, bypass, fanout }) =>
    (first === last ? printOption('queue-num', `${first}`) : printOption('queue-balance', `${first}:${last}`)) +
    (bypass ? ' --queue-bypass' : '') +
    (fanout ? ' --queue-cpu-fanout' : ''),

  reads: () => [],
  prepare:
    ({ bypass }) =>
    () =>
      bypass ? TargetVerdict.Accept : TargetVerdict.Queue,
}
