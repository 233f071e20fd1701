/**
 * -j CLASSIFY: sets the packet's priority for queueing disciplines, which decide nothing about rules.
 * Kernel: net/netfilter/xt_CLASSIFY.c (v6.18). iptables: extensions/libxt_CLASSIFY.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { printOption } from '../print-option.js'
import { Hook } from '../../ruleset/ruleset.js'

interface ClassifyOptions {
  readonly major: number
  readonly minor: number
}

/** Two hexadecimal numbers; what follows is not looked at. iptables: sscanf(s, "%x:%x"). */
const CLASS = /^\s*([-+]?)(?:0x)?([\da-f]+):\s*([-+]?)(?:0x)?([\da-f]+)/i

export const classifyTarget: TargetExtension<ClassifyOptions> = {
  ...PLAIN_TARGET,
  name: 'CLASSIFY',
  families: [4, 6],
  options: [{ name: 'set-class', key: 'class', values: 1, required: true }],
  placement: () => ({ tables: null, hooks: [Hook.Forward, Hook.Output, Hook.Postrouting] }),

  parse(reader) {
    const value = reader.find('class')?.values[0]
    const parts = CLASS.exec(value?.text ?? '')
    if (value !== undefined && parts === null) reader.problem(value, `"${value.text}" is no class such as 1:10`)
    const [, majorSign, major, minorSign, minor] = parts ?? ['', '', '0', '', '0']
    return { major: low16(majorSign, major), minor: low16(minorSign, minor) }
  },

  print: ({ major, minor }) => printOption('set-class', `${hexWord(major)}:${hexWord(minor)}`),
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}

function low16(sign: string, digits: string): number {
  const low = Number.parseInt(digits.slice(-4), 16)
  return sign === '-' ? -low & 0xffff : low
}

function hexWord(value: number): string {
  return value.toString(16).padStart(4, '0')
}
