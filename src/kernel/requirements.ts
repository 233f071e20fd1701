/**
 * What running a capture through the kernel takes, and what is missing here: Linux, root, a few programs.
 */
import { existsSync } from 'node:fs'
import { inNewNetworkNamespace } from './network-namespace.js'
import { missingTool, tryTool } from './native-tool.js'

const PROGRAMS = ['ip', 'nft', 'iptables-legacy-restore', 'iptables-legacy-save', 'ip6tables-legacy-restore']

/** What stands in the way, one line each, with what to do about it; empty when nothing does. */
export function whatIsMissing(): string[] {
  if (process.platform !== 'linux') return ['verify asks the kernel of a Linux machine; this is none']
  if (process.getuid?.() !== 0) return ['verify needs root: it makes a network namespace of its own']
  const missing = PROGRAMS.filter((program) => !isInstalled(program)).map(missingTool)
  if (!existsSync('/dev/net/tun')) missing.push('/dev/net/tun is missing: modprobe tun')
  if (missing.length > 0) return missing
  try {
    inNewNetworkNamespace(() => undefined)
  } catch (error) {
    return [`network namespaces cannot be made here: ${error instanceof Error ? error.message : String(error)}`]
  }
  return []
}

function isInstalled(program: string): boolean {
  try {
    tryTool(program, [program === 'ip' ? '-V' : '--version'], '')
    return true
  } catch {
    return false
  }
}
