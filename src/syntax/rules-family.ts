/**
 * Of which family a rules text is, when nobody says it.
 */
import { basename } from 'node:path'
import type { Family } from '../ruleset/ruleset.js'

/** IPv6 when a comment at the beginning names ip6tables-save, or the file's name has the word `ip6tables` in it. */
export function rulesFamily(text: string, file: string): Family {
  if (/(?:^|[^A-Za-z0-9])ip6tables/.test(basename(file))) return 6
  return /^(?:#.*\n|\s*\n)*#.*\bip6tables-(?:nft-|legacy-)?save\b/.test(text) ? 6 : 4
}
