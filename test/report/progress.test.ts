import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { Progress } from '../../src/report/progress.js'

/** A stand-in for standard error that keeps what is written. */
class Terminal extends PassThrough {
  readonly columns = 80
  constructor(readonly isTTY: boolean) {
    super()
  }
  cursorTo(): boolean {
    return true
  }
  clearLine(): boolean {
    return true
  }
  moveCursor(): boolean {
    return true
  }
}

async function shown(isTTY: boolean, updates: number, fraction: number | null): Promise<string> {
  const stream = new Terminal(isTTY)
  const progress = new Progress('replaying', 8, stream as unknown as NodeJS.WriteStream)
  for (let i = 0; i < updates; i++) {
    progress.update(fraction, '1,234,567 packets')
    await import('cli-progress')
  }
  progress.stop()
  progress.stop()
  progress.update(fraction, '9 packets')
  return String(stream.read() ?? '')
}

test('a terminal sees a bar and how many packets there were', async () => {
  const text = await shown(true, 20, 0.5)
  expect(text).toContain('replaying')
  expect(text).toContain('packets')
})

test('a short replay shows no bar', async () => {
  expect(await shown(true, 3, 0.5)).toBe('')
})

test('nothing is written where there is no terminal', async () => {
  expect(await shown(false, 20, 0.5)).toBe('')
})

test('input of unknown size shows no share', async () => {
  expect(await shown(true, 20, null)).not.toContain('%')
})
