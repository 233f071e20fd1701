/**
 * The helpers that hookline models.
 */
import { amanda } from './amanda.js'
import { ftp } from './ftp.js'
import type { Helper } from './helper.js'
import { irc } from './irc.js'
import { netbiosNs } from './netbios-ns.js'
import { pptp } from './pptp.js'
import { sane } from './sane.js'
import { sip } from './sip/sip.js'
import { tftp } from './tftp.js'

const HELPERS: readonly Helper[] = [ftp, tftp, irc, amanda, sane, netbiosNs, pptp, sip]

/** Null for a helper that is not modelled. */
export function modelOf(name: string): Helper | null {
  return HELPERS.find((helper) => helper.name === name) ?? null
}
