/**
 * -j IDLETIMER and -j LED: tell user space that packets come; here they only count.
 * Kernel: net/netfilter/xt_IDLETIMER.c, xt_LED.c (v6.18). iptables: extensions/libxt_IDLETIMER.c, libxt_LED.c.
 */
import { PLAIN_TARGET, TargetVerdict, type TargetExtension } from '../extension.js'
import { cutToBytes, printOption } from '../print-option.js'
import { wholeNumber } from '../../ruleset/number-text.js'

interface IdletimerOptions {
  readonly seconds: number
  readonly label: string
  readonly alarm: boolean
}

interface LedOptions {
  readonly trigger: string
  /** Milliseconds; -1 for ever. */
  readonly delayMs: number
  readonly alwaysBlink: boolean
}

/** Kernel: MAX_IDLETIMER_LABEL_SIZE - 1. */
const LONGEST_LABEL = 27
/** Less than 2^31 milliseconds. Kernel: idletimer_tg_helper(). */
const MOST_SECONDS = 2_147_482
/** Names of files that sysfs has itself. Kernel: idletimer_check_sysfs_name(). */
const TAKEN_LABELS = new Set(['.', '..', 'power', 'subsystem', 'uevent'])
/** Kernel: the size of struct xt_led_info's id, without what goes in front. */
const LONGEST_TRIGGER = 16
const MOST = 0xffffffff

export const idletimerTarget: TargetExtension<IdletimerOptions> = {
  ...PLAIN_TARGET,
  name: 'IDLETIMER',
  families: [4, 6],
  options: [
    { name: 'timeout', key: 'timeout', values: 1, required: true },
    { name: 'label', key: 'label', values: 1, required: true },
    { name: 'alarm', key: 'alarm', values: 0 },
  ],

  parse(reader) {
    const timeout = reader.find('timeout')?.values[0]
    const label = reader.find('label')?.values[0]
    if (label?.text === '') reader.problem(label, 'the label is empty')
    else if (label !== undefined && (TAKEN_LABELS.has(label.text) || label.text.includes('/'))) {
      reader.problem(label, `"${label.text}" cannot be the name of a file in sysfs`)
    }
    return {
      seconds: timeout === undefined ? 0 : reader.integer(timeout, 1, MOST_SECONDS),
      label: cutToBytes(label?.text ?? '', LONGEST_LABEL),
      alarm: reader.find('alarm') !== undefined,
    }
  },

  print: ({ seconds, label, alarm }) =>
    printOption('timeout', `${seconds}`) + printOption('label', label) + (alarm ? ' --alarm' : ''),
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}

export const ledTarget: TargetExtension<LedOptions> = {
  ...PLAIN_TARGET,
  name: 'LED',
  families: [4, 6],
  options: [
    { name: 'led-trigger-id', key: 'trigger', values: 1, required: true },
    { name: 'led-delay', key: 'delay', values: 1 },
    { name: 'led-always-blink', key: 'blink', values: 0 },
  ],

  parse(reader) {
    const trigger = reader.find('trigger')?.values[0]
    const delay = reader.find('delay')?.values[0]
    const forever = /^inf/i.test(delay?.text ?? '')
    const delayMs = forever ? -1 : wholeNumber(delay?.text ?? '0', 0, MOST)
    if (delay !== undefined && delayMs === null)
      reader.problem(delay, `"${delay.text}" is no delay in milliseconds, or inf`)
    if (trigger !== undefined && Buffer.byteLength(trigger.text) > LONGEST_TRIGGER) {
      reader.problem(trigger, `the name is longer than ${LONGEST_TRIGGER} bytes`)
    }
    return { trigger: trigger?.text ?? '', delayMs: delayMs ?? 0, alwaysBlink: reader.find('blink') !== undefined }
  },

  print: ({ trigger, delayMs, alwaysBlink }) =>
    printOption('led-trigger-id', `"${trigger.replace(/["\\]/g, '\\$&')}"`) +
    (delayMs === 0 ? '' : printOption('led-delay', delayMs < 0 ? 'inf' : `${delayMs}`)) +
    (alwaysBlink ? ' --led-always-blink' : ''),
  reads: () => [],
  prepare: () => () => TargetVerdict.Continue,
}
