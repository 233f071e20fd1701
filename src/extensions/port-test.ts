/**
 * Ports of SCTP and DCCP as options test them: printed whenever they are given, all ports too.
 */
import type { OptionReader } from './option-reader.js'
import { inPortRange, type PortRange, printPortRange, readPortRange } from './ports.js'
import { printOption } from './print-option.js'

export interface PortTest {
  readonly range: PortRange
  readonly inverted: boolean
}

/** Null without the option. Ports of services are those of `protocol`. */
export function readPortTest(reader: OptionReader, key: string, protocol: string): PortTest | null {
  const use = reader.find(key)
  if (use === undefined) return null
  return { range: readPortRange(reader, use.values[0], protocol), inverted: use.inverted }
}

export function printPortTest(name: string, test: PortTest | null): string {
  return test === null ? '' : printOption(name, printPortRange(test.range), test.inverted)
}

export function passesPortTest(port: number, test: PortTest | null): boolean {
  return test === null || inPortRange(port, test.range) !== test.inverted
}
