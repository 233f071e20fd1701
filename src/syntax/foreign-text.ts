/**
 * Texts that somebody takes for iptables-save's, and that would be wrong in every line.
 */

/** What a rules text is that is none at all, and what to do; null when it may be one. */
export function foreignText(text: string): string | null {
  if (text.includes('\0')) return 'this is no text, but bytes; give what iptables-save prints'
  if (/^(?:#.*\n|\s*\n)*(?:table \w+ \S+ \{|flush ruleset)/.test(text)) {
    return 'these are rules of nft; give what iptables-save prints, whichever front end made them'
  }
  if (/^\s*(?:<\?xml|<iptables-rules)/.test(text)) return 'this is XML; give what iptables-save prints'
  return /^(?:#.*\n|\s*\n)*Chain \w+ \(policy /.test(text)
    ? 'this is a listing of iptables -L; give what iptables-save prints'
    : null
}
