/**
 * -m bpf: a classic BPF program over the packet, which matches unless it returns 0.
 * Kernel: net/netfilter/xt_bpf.c (v6.18). iptables: extensions/libxt_bpf.c, revision 1.
 */
import { type Instruction, printProgram, readProgram } from '../bpf-program.js'
import { runProgram } from '../bpf-run.js'
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import { printOption } from '../print-option.js'

export const bpfMatch: MatchExtension<readonly Instruction[]> = {
  ...PLAIN_MATCH,
  name: 'bpf',
  families: [4, 6],
  options: [
    { name: 'bytecode', key: 'bytecode', values: 1, excludes: ['pinned'] },
    { name: 'object-pinned', key: 'pinned', values: 1, excludes: ['bytecode'] },
  ],

  parse(reader) {
    const pinned = reader.find('pinned')
    if (pinned !== undefined) reader.problem(pinned.name, 'an object of a live kernel; --bytecode can be read')
    const value = reader.find('bytecode')?.values[0]
    if (value !== undefined) return readProgram(reader, value)
    if (pinned === undefined) reader.problem(reader.name, '--bytecode is missing')
    return []
  },

  print: (program) => printOption('bytecode', `"${printProgram(program)}"`),
  reads: () => [Field.Payload, Field.Mark],
  prepare: (program) => (packet) => runProgram(program, packet) !== 0,
}
