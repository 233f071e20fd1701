/**
 * -m comment: a remark in the rule; it always matches.
 * Kernel: net/netfilter/xt_comment.c (v6.18). iptables: extensions/libxt_comment.c.
 */
import { ANYWHERE, type MatchExtension } from '../extension.js'
import { cutToBytes, printOption, quoted } from '../print-option.js'

interface CommentOptions {
  readonly comment: string
}

/** Bytes that are kept. Kernel: XT_MAX_COMMENT_LEN - 1. */
const LONGEST = 255

export const commentMatch: MatchExtension<CommentOptions> = {
  name: 'comment',
  families: [4, 6],
  options: [{ name: 'comment', key: 'comment', values: 1, required: true }],
  protocol: null,
  scope: 'packet',
  tracks: false,
  placement: () => ANYWHERE,
  parse: (reader) => ({ comment: cutToBytes(reader.find('comment')?.values[0].text ?? '', LONGEST) }),
  print: (of) => printOption('comment', quoted(of.comment)),
  reads: () => [],
  decidesByFlow: true,
  flowTests: () => [],
  stateBytes: () => 0,
  prepare: () => () => true,
}
