/** `[IFACE=]FILE`. */
import { expect, test } from 'vitest'
import { parseCaptureSource } from '../../src/capture/capture-source.js'

test.each<[string, string | null, string]>([
  ['a.pcap', null, 'a.pcap'],
  ['-', null, '-'],
  ['eth0=a.pcap', 'eth0', 'a.pcap'],
  ['eth0=-', 'eth0', '-'],
  ['eth0.100=/tmp/x=y.pcap', 'eth0.100', '/tmp/x=y.pcap'],
  ['./a=b.pcap', null, './a=b.pcap'],
  ['/tmp/a=b.pcap', null, '/tmp/a=b.pcap'],
  ['a-name-longer-than-any=b.pcap', null, 'a-name-longer-than-any=b.pcap'],
  ['eth0=', null, 'eth0='],
  ['=a.pcap', null, '=a.pcap'],
])('%s is interface %s, file %s', (argument, interfaceName, file) => {
  expect(parseCaptureSource(argument)).toEqual({ file, interfaceName })
})
