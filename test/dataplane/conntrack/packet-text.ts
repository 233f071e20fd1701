/**
 * Packets as a line of text, made into the bytes of an IP packet. Checksums are left 0: conntrack does not look at
 * them. Bodies are zeroes.
 *
 *   10.0.0.9:4000 > 10.0.0.1:22 tcp SYN,ACK seq 5 ack 101 win 100 len 0 wscale 7 sackok sack 20-30
 *   10.0.0.9:53 > 10.0.0.1:4000 udp len 20
 *   10.0.0.9 > 10.0.0.1 icmp 8/0 id 7        2001:db8::1 > 2001:db8::2 icmp6 128/0 id 7
 *   10.0.0.1 > 10.0.0.9 icmp 3/3 about 10.0.0.9:53 > 10.0.0.1:4000 udp
 *   10.0.0.9 > 10.0.0.1 proto 50
 */

const TCP_BITS: Readonly<Record<string, number>> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, none: 0 }

export function packetBytes(text: string): Uint8Array {
  const [outer, inner] = text.split(' about ')
  const [from, arrow, to, protocol, ...words] = outer.trim().split(/\s+/)
  if (arrow !== '>') throw new Error(`not a packet: ${text}`)
  const [src, srcPort] = endpoint(from)
  const [dst, dstPort] = endpoint(to)
  const options = optionsOf(words)
  switch (protocol) {
    case 'tcp':
      return ip(src, dst, 6, tcp(srcPort, dstPort, words[0], options))
    case 'udp':
      return ip(src, dst, 17, udp(srcPort, dstPort, options))
    case 'icmp':
    case 'icmp6':
      return ip(src, dst, protocol === 'icmp' ? 1 : 58, icmp(words[0], options, inner), Number(options.ttl ?? 64))
    case 'proto':
      return ip(src, dst, Number(words[0]), hex(options.data ?? '0000000000000000'))
    default:
      throw new Error(`unknown protocol in: ${text}`)
  }
}

function tcp(srcPort: number, dstPort: number, flags: string, options: Record<string, string>): Uint8Array {
  const list: number[] = []
  if (options.wscale !== undefined) list.push(1, 3, 3, Number(options.wscale))
  if (options.sackok !== undefined) list.push(1, 1, 4, 2)
  if (options.sack !== undefined) {
    const edges = options.sack.split(',').flatMap((block) => block.split('-').map(Number))
    list.push(1, 1, 5, 2 + 4 * edges.length, ...edges.flatMap((edge) => [...be32(edge)]))
  }
  const length = Number(options.len ?? 0)
  const bytes = new Uint8Array(20 + list.length + length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, srcPort)
  view.setUint16(2, dstPort)
  view.setUint32(4, Number(options.seq ?? 0))
  view.setUint32(8, Number(options.ack ?? 0))
  view.setUint8(12, ((20 + list.length) / 4) << 4)
  view.setUint8(
    13,
    flags.split(',').reduce((bits, name) => bits | TCP_BITS[name], 0),
  )
  view.setUint16(14, Number(options.win ?? 8192))
  bytes.set(list, 20)
  return bytes
}

function udp(srcPort: number, dstPort: number, options: Record<string, string>): Uint8Array {
  const bytes = new Uint8Array(8 + Number(options.len ?? 0))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, srcPort)
  view.setUint16(2, dstPort)
  view.setUint16(4, bytes.length)
  return bytes
}

function icmp(typeAndCode: string, options: Record<string, string>, inner: string | undefined): Uint8Array {
  const [type, code] = typeAndCode.split('/').map(Number)
  const prefix = hex(options.data ?? '')
  const quoted = inner === undefined ? new Uint8Array() : packetBytes(inner)
  const kept = quoted.subarray(0, Number(options.quote ?? quoted.length))
  const bytes = new Uint8Array(8 + prefix.length + kept.length)
  bytes.set([type, code, 0, 0, ...be16(Number(options.id ?? 0))])
  bytes.set(prefix, 8)
  bytes.set(kept, 8 + prefix.length)
  return bytes
}

function ip(src: Uint8Array, dst: Uint8Array, protocol: number, body: Uint8Array, ttl = 64): Uint8Array {
  const header = src.length === 4 ? new Uint8Array(20) : new Uint8Array(40)
  if (src.length === 4) {
    header.set([0x45, 0, ...be16(20 + body.length), 0, 0, 0, 0, ttl, protocol])
    header.set(src, 12)
    header.set(dst, 16)
  } else {
    header.set([0x60, 0, 0, 0, ...be16(body.length), protocol, ttl])
    header.set(src, 8)
    header.set(dst, 24)
  }
  return new Uint8Array([...header, ...body])
}

/** `words` as name and value; a name without one stands alone. */
function optionsOf(words: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {}
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 'sackok') options.sackok = ''
    else if (/^[a-z]/.test(words[i]) && i + 1 < words.length) options[words[i]] = words[++i]
  }
  return options
}

/** 10.0.0.9, 10.0.0.9:4000, 2001:db8::1 or [2001:db8::1]:4000. */
function endpoint(text: string): [address: Uint8Array, port: number] {
  const bracketed = /^\[(.*)\]:(\d+)$/.exec(text)
  if (bracketed !== null) return [ipv6(bracketed[1]), Number(bracketed[2])]
  if (text.split(':').length > 2) return [ipv6(text), 0]
  const [address, port] = text.split(':')
  return [new Uint8Array(address.split('.').map(Number)), Number(port ?? 0)]
}

function ipv6(text: string): Uint8Array {
  const [head, tail] = text.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const words = tail === undefined ? head : [...head, ...Array(8 - head.length - tail.length).fill('0'), ...tail]
  return new Uint8Array(words.flatMap((word: string) => [...be16(parseInt(word, 16))]))
}

function hex(text: string): Uint8Array {
  return new Uint8Array(text.match(/../g)?.map((byte) => parseInt(byte, 16)) ?? [])
}

function be16(value: number): Uint8Array {
  return new Uint8Array([value >> 8, value & 255])
}

function be32(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255])
}
