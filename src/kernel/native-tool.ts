/**
 * Runs one of the system's own programs (ip, nft, iptables-legacy-restore ...) in the calling thread's network
 * namespace and waits for it. A program that fails or is missing throws `KernelError`.
 */
import { spawnSync } from 'node:child_process'
import { KernelError } from './kernel-error.js'

/** Debian's package for each program, for the hint when it is missing. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  nft: 'nftables',
  ipset: 'ipset',
  'iptables-legacy-restore': 'iptables',
  'iptables-legacy-save': 'iptables',
  'ip6tables-legacy-restore': 'iptables',
  'ip6tables-legacy-save': 'iptables',
}

// The lock that the iptables programs share would leave a file behind, and a private namespace needs none.
const ENVIRONMENT = {
  ...process.env,
  PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`,
  LC_ALL: 'C',
  XTABLES_LOCKFILE: '/dev/null',
}

export interface ToolResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `program` and returns what it printed, whatever its exit status. */
export function tryTool(program: string, words: readonly string[], input: string): ToolResult {
  const result = spawnSync(program, words, { input, encoding: 'utf8', env: ENVIRONMENT, maxBuffer: 1 << 30 })
  if (result.error !== undefined) {
    const missing = 'code' in result.error && result.error.code === 'ENOENT'
    throw new KernelError(missing ? missingTool(program) : `${program}: ${result.error.message}`)
  }
  return { status: result.status ?? 1, stdout: result.stdout, stderr: result.stderr }
}

/** Runs `program` and returns what it wrote to standard output; throws when it does not exit with 0. */
export function runTool(program: string, words: readonly string[], input = ''): string {
  const result = tryTool(program, words, input)
  if (result.status === 0) return result.stdout
  const said = (result.stderr || result.stdout).trim()
  throw new KernelError(`${[program, ...words].join(' ')} failed: ${said}`)
}

/** The message for a program that is not there. */
export function missingTool(program: string): string {
  return `${program} is not installed: apt-get install ${PACKAGES[program] ?? program}`
}
