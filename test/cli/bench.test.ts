/**
 * `hookline bench` as users call it.
 */
import { CommanderError } from 'commander'
import { expect, test, vi } from 'vitest'
import { benchCommand } from '../../src/cli/bench.js'

async function refusal(...args: string[]): Promise<string> {
  const said: string[] = []
  const command = benchCommand()
    .exitOverride()
    .configureOutput({ writeErr: (text) => said.push(text) })
  await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(CommanderError)
  vi.restoreAllMocks()
  return said.join('')
}

test('standard input is refused: every run reads the captures again', async () => {
  expect(await refusal('-')).toContain('standard input can be read only once')
  expect(await refusal('eth0=-')).toContain('standard input can be read only once')
})

test('no runs measure nothing', async () => {
  expect(await refusal('x.pcap', '--runs', '0')).toContain('It must be at least 1.')
})
