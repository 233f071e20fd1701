/**
 * The snapshot script: it parses, it runs where tools are missing, and what it makes is a box.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseAddress } from '../../src/box/address.js'
import { readBox } from '../../src/box/read-box.js'
import { snapshotCommand } from '../../src/cli/snapshot.js'

const canMakeNamespaces = process.getuid?.() === 0 && existsSync('/proc/self/ns/net')
if (!canMakeNamespaces) console.info('snapshot in a network namespace: skipped, it needs root')

let directory = ''
let script = ''

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'snapshot-'))
  script = join(directory, 'snapshot.sh')
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  await snapshotCommand().parseAsync([], { from: 'user' })
  writeFileSync(script, String(write.mock.calls[0][0]))
  write.mockRestore()
})

afterEach(() => {
  rmSync(directory, { recursive: true })
})

test('the script is POSIX sh', () => {
  expect(spawnSync('sh', ['-n', script]).status).toBe(0)
})

test('a machine without any tool still gives a box', () => {
  const bin = join(directory, 'bin')
  const commands = ['mkdir', 'mv', 'rm', 'sed', 'grep', 'uname', 'sh', 'find', 'cat', 'tr', 'command']
  execFileSync('sh', [
    '-c',
    `mkdir "$0"; for name; do path=$(command -v "$name") && ln -s "$path" "$0/$name"; done`,
    bin,
    ...commands,
  ])
  const text = execFileSync('sed', ['s/^PATH=.*/PATH=' + bin.replaceAll('/', '\\/') + '/', script])
  writeFileSync(script, text)
  const box = join(directory, 'box')
  const run = spawnSync('sh', [script, box], { encoding: 'utf8' })
  expect(run.stderr).toContain('no ip here: ip-address.json is left out')
  expect(run.status).toBe(0)
  expect(readdirSync(box).sort()).toEqual(['sysctl.conf', 'uname'])
  expect(readBox(box).sysctl('net.ipv4.ip_forward')).toMatch(/^[01]$/)
})

test.runIf(canMakeNamespaces)('what it makes of a live machine is a box', () => {
  const box = join(directory, 'box')
  const setUp = [
    'ip link set lo up',
    'ip tuntap add eth0 mode tun',
    'ip address add 192.0.2.1/24 dev eth0',
    'ip -6 address add 2001:db8::1/64 dev eth0 nodad',
    'ip link set eth0 up',
    'ip route add default via 192.0.2.254',
    'ip rule add fwmark 1 table 100',
    'sysctl -qw net.ipv4.ip_forward=1',
    'iptables-legacy -A INPUT -s 10.0.0.0/8 -j DROP',
    `sh ${script} ${box} 2>/dev/null`,
  ]
  execFileSync('unshare', ['-n', 'sh', '-ec', setUp.join('\n')])
  const read = readBox(box)
  expect(read.interfaces.map(({ name }) => name)).toEqual(['lo', 'eth0'])
  expect(read.isOwnAddress(6, parseAddress('2001:db8::1')?.words ?? [])).toBe(true)
  expect(read.fib[4].hasCustomRules).toBe(true)
  expect(read.forwards(4, read.interfaceId('eth0'))).toBe(true)
  expect(execFileSync('cat', [join(box, 'iptables-save')], { encoding: 'utf8' })).toContain(
    '-A INPUT -s 10.0.0.0/8 -j DROP',
  )
})
