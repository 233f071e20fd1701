/**
 * The TCP options that window tracking needs: window scale and SACK-permitted of a SYN, SACK blocks of the others.
 * Options are read as far as they were captured; what a snap length cut off counts as absent.
 * Kernel: tcp_options(), tcp_sack(), net/netfilter/nf_conntrack_proto_tcp.c.
 */
import { Descriptor } from '../layout/descriptor'
import { TcpFlag } from '../layout/entry'
import { isAfter } from './tcp-sequence'

const END: u32 = 0
const NO_OPERATION: u32 = 1
const WINDOW_SCALE: u32 = 3
const SACK_PERMITTED: u32 = 4
const SACK: u32 = 5

const FIXED_HEADER: u32 = 20
const MAX_SCALE: u32 = 14
/** Two NOPs and a timestamp: all that most segments carry. */
const ALIGNED_TIMESTAMP: u32 = 0x0a080101

/** In `windowOptions`: the TcpFlag bits found stand above the scale. */
export const OPTION_FLAGS_SHIFT: u32 = 8

/** The window scale that a SYN offers (0 to 14), and TcpFlag.WINDOW_SCALE and SACK_PERMITTED above it. */
export function windowOptions(descriptor: Descriptor): u32 {
  let flags: u32 = 0
  let scale: u32 = 0
  let at = optionsAt(descriptor)
  const end = optionsEnd(descriptor, at)
  while (at < end) {
    const option = <u32>load<u8>(at)
    if (option == END) break
    if (option == NO_OPERATION) {
      at++
      continue
    }
    const size = optionSize(at, end)
    if (size == 0) break
    if (option == SACK_PERMITTED && size == 2) flags |= TcpFlag.SACK_PERMITTED
    else if (option == WINDOW_SCALE && size == 3) {
      scale = min<u32>(load<u8>(at, 2), MAX_SCALE)
      flags |= TcpFlag.WINDOW_SCALE
    }
    at += size
  }
  return (flags << OPTION_FLAGS_SHIFT) | scale
}

/** The highest right edge of the first SACK option, if it is above `ack`; else `ack`. */
export function highestSack(descriptor: Descriptor, ack: u32): u32 {
  let at = optionsAt(descriptor)
  const end = optionsEnd(descriptor, at)
  if (end - at == 12 && load<u32>(at) == ALIGNED_TIMESTAMP) return ack
  let sack = ack
  while (at < end) {
    const option = <u32>load<u8>(at)
    if (option == END) break
    if (option == NO_OPERATION) {
      at++
      continue
    }
    const size = optionSize(at, end)
    if (size == 0) break
    if (option == SACK && size >= 10 && (size - 2) % 8 == 0) {
      for (let block = at + 2; block < at + size; block += 8) {
        const edge = bswap<u32>(load<u32>(block, 4))
        if (isAfter(edge, sack)) sack = edge
      }
      break
    }
    at += size
  }
  return sack
}

@inline
function optionsAt(descriptor: Descriptor): usize {
  return <usize>descriptor.packet + descriptor.transport + FIXED_HEADER
}

/** Where the options end, or were cut off. */
@inline
function optionsEnd(descriptor: Descriptor, at: usize): usize {
  const end = at + descriptor.tcpHeader - FIXED_HEADER
  const captured: usize = <usize>descriptor.packet + descriptor.captured
  return end < captured ? end : max<usize>(captured, at)
}

/** Length of the option at `at`, kind and length bytes included; 0: it is malformed, and so is all behind it. */
@inline
function optionSize(at: usize, end: usize): u32 {
  if (end - at < 2) return 0
  const size = <u32>load<u8>(at, 1)
  return size < 2 || size > <u32>(end - at) ? 0 : size
}
