import { expect, test } from 'vitest'
import { paragraphs } from '../../src/cli/help-text.js'

test('the lines of a paragraph become one, and empty lines stay', () => {
  expect(paragraphs('\none\ntwo\n\nthree\nfour, five')).toBe('one two\n\nthree four, five')
})
