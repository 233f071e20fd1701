/**
 * The helper of PPTP: the control connection agrees on the ids of a GRE call. The client is the one that connects (PNS).
 * Kernel: net/netfilter/nf_conntrack_pptp.c, net/ipv4/netfilter/nf_nat_pptp.c (v6.18).
 */
import type { Tuple } from '../../memory/tuple.js'
import { originalTuple, replyTuple } from '../nat-tuple.js'
import { expectTo, type Expectation, Follow } from './expectation.js'
import { Expected } from './expectation-table.js'
import type { Helper } from './helper.js'
import type { HelpedPacket } from './helped-packet.js'
import { CallId, PptpState } from './pptp-call.js'

const GRE = 47
const WHOLE_PORT = 0xffff

/** RFC 2637: length, type, cookie; message type, reserved. */
const HEADER_BYTES = 12
const CONTROL = 1
const COOKIE = 0x1a2b3c4d

enum Message {
  StartRequest = 1,
  StartReply = 2,
  StopRequest = 3,
  StopReply = 4,
  EchoRequest = 5,
  EchoReply = 6,
  OutCallRequest = 7,
  OutCallReply = 8,
  InCallRequest = 9,
  InCallReply = 10,
  InCallConnect = 11,
  ClearRequest = 12,
  DisconnectNotify = 13,
  WanErrorNotify = 14,
  SetLinkInfo = 15,
}

/** Bytes behind the header at least. */
const MESSAGE_BYTES: Readonly<Record<number, number>> = {
  [Message.StartRequest]: 144,
  [Message.StartReply]: 144,
  [Message.StopRequest]: 4,
  [Message.StopReply]: 4,
  [Message.OutCallRequest]: 156,
  [Message.OutCallReply]: 20,
  [Message.InCallRequest]: 208,
  [Message.InCallReply]: 12,
  [Message.InCallConnect]: 16,
  [Message.ClearRequest]: 4,
  [Message.DisconnectNotify]: 136,
  [Message.WanErrorNotify]: 28,
  [Message.SetLinkInfo]: 12,
}

/** Kernel: enum pptp_ctrlsess_state. */
enum Session {
  None = 0,
  Error = 1,
  StopRequested = 2,
  Requested = 3,
  Confirmed = 4,
}

/** Kernel: enum pptp_ctrlcall_state. */
enum Call {
  None = 0,
  OutRequested = 2,
  OutConfirmed = 3,
  InRequested = 4,
  InReplied = 5,
  InConfirmed = 6,
  ClearRequested = 7,
}

const OK = '\u0001'

export const pptp: Helper = {
  name: 'pptp',
  policies: [{ most: 2, seconds: 300 }],

  help(packet) {
    if (!packet.isEstablished) return true
    const text = packet.payload()
    if (text.length < HEADER_BYTES || word(text, 2) !== CONTROL) return true
    if (word(text, 4) * 65536 + word(text, 6) !== COOKIE) return true
    const message = word(text, 8)
    const body = text.slice(HEADER_BYTES)
    if (body.length < (MESSAGE_BYTES[message] ?? 0)) return true
    const state = new PptpState(packet.plane, packet.ownState())
    return packet.direction === 0 ? fromClient(packet, state, message, body) : fromServer(packet, state, message, body)
  },
}

/** Kernel: pptp_outbound_pkt(). */
function fromClient(packet: HelpedPacket, state: PptpState, message: number, body: string): boolean {
  switch (message) {
    case Message.StartRequest:
      if (state.session !== Number(Session.None)) return true
      state.session = Session.Requested
      return true
    case Message.StopRequest:
      state.session = Session.StopRequested
      return true
    case Message.OutCallRequest: {
      if (state.session !== Number(Session.Confirmed)) return true
      state.call = Call.OutRequested
      state.setId(CallId.Pns, word(body, 0))
      if (!packet.isTranslated) return true
      // The id that the server sees is the port that the control connection has there.
      state.setId(CallId.NatPns, state.id(CallId.Pns))
      state.setId(CallId.Pns, packet.entry.replyDstPort)
      return writeId(packet, 0, state.id(CallId.Pns))
    }
    case Message.InCallReply:
      if (state.call !== Number(Call.InRequested) && state.call !== Number(Call.InReplied)) return true
      if (word(body, 2) !== state.id(CallId.Pac)) return true
      if (body[4] === OK) {
        state.call = Call.InReplied
        state.setId(CallId.Pns, word(body, 0))
      } else {
        state.call = Call.None
      }
      return !packet.isTranslated || writeId(packet, 0, state.id(CallId.Pns))
    case Message.ClearRequest:
      if (state.session !== Number(Session.Confirmed)) return true
      state.call = Call.ClearRequested
      return !packet.isTranslated || writeId(packet, 0, state.id(CallId.Pns))
    default:
      return true
  }
}

/** Kernel: pptp_inbound_pkt(). */
function fromServer(packet: HelpedPacket, state: PptpState, message: number, body: string): boolean {
  switch (message) {
    case Message.StartReply:
      if (state.session < Number(Session.Requested)) return true
      state.session = body[2] === OK ? Session.Confirmed : Session.Error
      return true
    case Message.StopReply:
      if (state.session > Number(Session.StopRequested)) return true
      state.session = body[0] === OK ? Session.None : Session.Error
      return true
    case Message.OutCallReply:
      if (state.session !== Number(Session.Confirmed)) return true
      if (state.call !== Number(Call.OutRequested) && state.call !== Number(Call.OutConfirmed)) return true
      if (state.id(CallId.Pns) !== word(body, 2)) return true
      if (body[4] === OK) {
        state.call = Call.OutConfirmed
        state.setId(CallId.Pac, word(body, 0))
        expectCall(packet, state, word(body, 0), word(body, 2))
      } else {
        state.call = Call.None
      }
      return writePeer(packet, state, 2)
    case Message.InCallRequest:
      if (state.session !== Number(Session.Confirmed)) return true
      state.call = Call.InRequested
      state.setId(CallId.Pac, word(body, 0))
      return true
    case Message.InCallConnect:
      if (state.session !== Number(Session.Confirmed)) return true
      if (state.call !== Number(Call.InReplied) && state.call !== Number(Call.InConfirmed)) return true
      if (state.id(CallId.Pns) !== word(body, 0)) return true
      state.call = Call.InConfirmed
      expectCall(packet, state, state.id(CallId.Pac), word(body, 0))
      return writePeer(packet, state, 0)
    case Message.DisconnectNotify:
      state.call = Call.None
      packet.endCalls()
      return writePeer(packet, state, 0)
    case Message.WanErrorNotify:
      return writePeer(packet, state, 0)
    default:
      return true
  }
}

/** Expects the call's packets of both directions. Kernel: exp_gre(), pptp_exp_gre() of nf_nat_pptp.c. */
function expectCall(packet: HelpedPacket, state: PptpState, pac: number, pns: number): void {
  const { entry } = packet
  const [original, reply] = [originalTuple(entry), replyTuple(entry)]
  let there = { ...callTo(original, pns, pac), direction: 0 as const }
  let back = { ...callTo(reply, pac, pns), direction: 1 as const }
  if (packet.isTranslated) {
    state.setId(CallId.NatPac, state.id(CallId.Pac))
    const [natPns, natPac] = [state.id(CallId.NatPns), state.id(CallId.NatPac)]
    const [ownPns, ownPac] = [state.id(CallId.Pns), state.id(CallId.Pac)]
    there = { ...callTo(original, natPns, ownPac), direction: 0, savedPort: ownPns }
    back = { ...callTo(reply, natPac, ownPns), direction: 1, savedPort: natPns }
  }
  if (packet.expect(there) !== Expected.Added) return
  const { shard } = packet.asking()
  if (packet.expect(back) === Expected.Added) {
    if (state.addKey(shard, 0, there.tuple)) {
      if (state.addKey(shard, 1, back.tuple)) return
      state.removeKeys(shard)
    }
    packet.unexpect(back.tuple)
  }
  packet.unexpect(there.tuple)
}

function callTo({ source, destination }: Tuple, srcKey: number, dstKey: number): Expectation {
  const expectation = expectTo(4, GRE, source, destination, dstKey)
  return {
    ...expectation,
    tuple: { ...expectation.tuple, srcPort: srcKey },
    mask: { ...expectation.mask, port: WHOLE_PORT },
    follow: Follow.Pptp,
  }
}

/** Behind NAT, the client's id as the client knows it. */
function writePeer(packet: HelpedPacket, state: PptpState, offset: number): boolean {
  return !packet.isTranslated || writeId(packet, offset, state.id(CallId.NatPns))
}

function writeId(packet: HelpedPacket, offset: number, id: number): boolean {
  return packet.replace(HEADER_BYTES + offset, 2, String.fromCharCode(id >> 8, id & 255))
}

/** 16 bits, big-endian. */
function word(text: string, at: number): number {
  return text.charCodeAt(at) * 256 + text.charCodeAt(at + 1)
}
