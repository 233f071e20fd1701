/**
 * One SIP message of a packet, which NAT may rewrite: its text, and what the helper keeps of the connection.
 *
 *   own state: number (CSeq) of the last INVITE u32 | and of the last REGISTER u32 | port that Via named u16
 */
import type { HelpedPacket } from '../helped-packet.js'
import type { Span } from './sip-text.js'

const STATE = { invite: 0, register: 4, port: 8 } as const

export class SipMessage {
  constructor(
    readonly packet: HelpedPacket,
    /** In the payload. */
    private readonly start: number,
    public text: string,
  ) {}

  get family(): 4 | 6 {
    return this.packet.packet.family
  }

  get inviteNumber(): number {
    return this.packet.plane.memory.u32(this.packet.ownState() + STATE.invite)
  }
  set inviteNumber(number: number) {
    this.packet.plane.memory.setU32(this.packet.ownState() + STATE.invite, number)
  }

  get registerNumber(): number {
    return this.packet.plane.memory.u32(this.packet.ownState() + STATE.register)
  }
  set registerNumber(number: number) {
    this.packet.plane.memory.setU32(this.packet.ownState() + STATE.register, number)
  }

  /** Where a phone listens that sends from another port; 0 none. Kernel: nf_ct_sip_master.forced_dport. */
  get forcedPort(): number {
    return this.packet.plane.memory.u16(this.packet.ownState() + STATE.port)
  }
  set forcedPort(port: number) {
    this.packet.plane.memory.setU16(this.packet.ownState() + STATE.port, port)
  }

  /** True when the packet could be rewritten. The numbers of a TCP connection are left to who went through them all. */
  replace({ offset, length }: Span, text: string): boolean {
    if (!this.packet.replaceOnly(this.start + offset, length, text)) return false
    this.text = this.text.slice(0, offset) + text + this.text.slice(offset + length)
    return true
  }
}
