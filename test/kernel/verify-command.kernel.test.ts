import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { writePcapng } from '../../dist/src/capture/write.js'
import { describeAgainstKernel } from './against-kernel.js'
import { writeBoxDirectory } from './box-directory.js'
import { tcp } from './packets.js'
import { SERVER } from './scenarios/boxes.js'

const HOOKLINE = new URL('../../dist/src/cli/main.js', import.meta.url).pathname
const directory = mkdtempSync(join(tmpdir(), 'hookline-verify-test-'))
const box = join(directory, 'box')
const capture = join(directory, 'capture.pcapng')
afterAll(() => rmSync(directory, { recursive: true }))

function verify(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, TMPDIR: directory }
  return spawnSync(process.execPath, [HOOKLINE, 'verify', ...words], { encoding: 'utf8', env })
}

describeAgainstKernel('hookline verify', () => {
  test('exits with 0 when kernel and replay agree, and leaves nothing behind', async () => {
    const rules = '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
    writeBoxDirectory(box, SERVER, { rules })
    const bytes = tcp('10.0.0.9:4000 > 10.0.0.1:22', 'S', { seq: 1 })
    const packet = { interface: 0, atNs: 1n, bytes, original: bytes.length, direction: 0, comment: null }
    await writePcapng(capture, [{ name: 'eth0', linkType: 101 }], [packet, packet])
    const before = [readdirSync(directory), readFileSync('/proc/net/dev', 'utf8').split('\n').length]
    const { status, stdout } = verify(capture, '--box', box)
    expect(stdout).toBe('2 packets, 2 offered to the box, 0 connections: no difference\n')
    expect(status).toBe(0)
    expect([readdirSync(directory), readFileSync('/proc/net/dev', 'utf8').split('\n').length]).toEqual(before)
  })

  test('exits with 2 and says where when a file of the box is no such file', () => {
    const broken = join(directory, 'broken')
    writeBoxDirectory(broken, SERVER, {})
    writeFileSync(join(broken, 'ip-address.json'), '{')
    const { status, stderr } = verify(capture, '--box', broken)
    expect(status).toBe(2)
    expect(stderr).toContain('ip-address.json')
    expect(verify(capture, '--box', join(directory, 'nowhere')).status).toBe(2)
  })

  test('exits with 2 when the kernel refuses the rules, with what it said', () => {
    const rules = join(directory, 'wrong.rules')
    writeFileSync(rules, '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT --nonsense\nCOMMIT\n')
    const { status, stderr } = verify(capture, '--box', box, '--rules', rules)
    expect(status).toBe(2)
    expect(stderr).toContain('nonsense')
  })
})
