/**
 * Kernel settings: `sysctl -a` of the box, then what the command line sets on top of it.
 * In: lines `key = value`; only net.* is kept. Out: values by key, and per interface with the kernel's rule for it.
 */
import type { Family } from '../ruleset/ruleset.js'
import { BoxError } from './box-error.js'

/** Values by key in dots; a dot inside an interface's name is a slash, as sysctl prints it. */
export type Sysctls = ReadonlyMap<string, string>

/** Reads what `sysctl -a` printed, or a sysctl.conf. */
export function readSysctls(text: string, file: string): Map<string, string> {
  const sysctls = new Map<string, string>()
  text.split('\n').forEach((line, index) => {
    if (/^\s*(?:[#;].*)?$/.test(line)) return
    const setting = /^\s*-?([^\s=]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (setting === null) {
      // sysctl -a complains about keys that it may not read on the same stream.
      if (line.startsWith('sysctl:')) return
      throw new BoxError(file, index + 1, 1, `"${line.trim()}" is no setting`, 'write KEY = VALUE')
    }
    const key = canonicalKey(setting[1])
    if (key.startsWith('net.')) sysctls.set(key, setting[2])
  })
  return sysctls
}

/**
 * One setting from the command line. Like writing it on a live machine: forwarding of all interfaces sets each one.
 */
export function overrideSysctl(sysctls: Map<string, string>, key: string, value: string): void {
  const name = canonicalKey(key)
  const forwardsAll = /^net\.(?:ipv4\.(?:ip_forward|conf\.all\.forwarding)|ipv6\.conf\.all\.forwarding)$/.test(name)
  if (forwardsAll) {
    const family = name.startsWith('net.ipv4.') ? 'ipv4' : 'ipv6'
    for (const other of sysctls.keys()) {
      if (other.startsWith(`net.${family}.conf.`) && other.endsWith('.forwarding')) sysctls.set(other, value)
    }
    sysctls.set(`net.${family}.conf.all.forwarding`, value)
    if (family === 'ipv4') sysctls.set('net.ipv4.ip_forward', value)
  }
  sysctls.set(name, value)
}

/** A number, or the kernel's default where nothing is set. Settings of several numbers: the first. */
export function sysctlNumber(sysctls: Sysctls, key: string, byDefault: number): number {
  const text = sysctls.get(key)
  const number = text === undefined ? Number.NaN : Number.parseInt(text, 10)
  return Number.isNaN(number) ? byDefault : number
}

/** `net.FAMILY.conf.INTERFACE.NAME` of one interface; where it is not given, the default of new interfaces. */
export function interfaceSysctl(
  sysctls: Sysctls,
  family: Family,
  device: string,
  name: string,
  byDefault: number,
): number {
  const fallback = sysctlNumber(sysctls, `net.ipv${family}.conf.default.${name}`, byDefault)
  return sysctlNumber(sysctls, `net.ipv${family}.conf.${device.replaceAll('.', '/')}.${name}`, fallback)
}

/** Dots everywhere, also where a user wrote `net/ipv4/...`; one name for what the kernel calls by two. */
export function canonicalKey(key: string): string {
  const name = withDots(key)
  return name === 'net.nf_conntrack_max' ? 'net.netfilter.nf_conntrack_max' : name
}

function withDots(key: string): string {
  const slash = key.indexOf('/')
  const dot = key.indexOf('.')
  if (slash < 0 || (dot >= 0 && dot < slash)) return key
  return key.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'))
}
