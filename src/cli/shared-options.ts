/**
 * Options that several commands have in common, each with the same words.
 */
import { Option } from 'commander'

/** `--vantage`: `arrival` by default. */
export function vantageOption(): Option {
  return new Option('--vantage <where>', "where the captures were taken: anywhere, or on the box's own interfaces")
    .choices(['arrival', 'tap'])
    .default('arrival')
}

/** `--unknown`: `error` by default. */
export function unknownOption(): Option {
  return new Option('--unknown <answer>', 'what a match that hookline does not know answers')
    .choices(['never', 'always'])
    .default('error', 'it is an error')
}
