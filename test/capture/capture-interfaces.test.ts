/** The table of capture interfaces, and what the box says about them. */
import { expect, test } from 'vitest'
import { CaptureInterfaces } from '../../src/capture/capture-interfaces.js'
import { Memory } from '../../src/memory/memory.js'
import { buildPcap, interfaceName, PcapngBuilder } from './build-capture.js'
import { interfacesAt, memory, readAll, temporaryFolder } from './read-all.js'
import { CAPTURE_INTERFACE_OFFSET, CAPTURE_INTERFACE_SIZE } from '../../src/memory/capture-interface.js'

const write = temporaryFolder()
const TABLE = 0x400000

/** A row as the data plane sees it. */
function row(memory: Memory, index: number): object {
  const at = TABLE + index * CAPTURE_INTERFACE_SIZE
  return {
    linkType: memory.u32(at + CAPTURE_INTERFACE_OFFSET.linkType),
    boxInterface: memory.u32(at + CAPTURE_INTERFACE_OFFSET.boxInterface),
    mac: memory.u64(at + CAPTURE_INTERFACE_OFFSET.mac),
    vlans: memory.u32(at + CAPTURE_INTERFACE_OFFSET.vlans),
  }
}

test('the box is asked about each interface, and its MAC address goes before the capture its own', () => {
  const memory = Memory.create()
  const interfaces = new CaptureInterfaces(memory, TABLE, (name) => {
    return name === 'eth0'
      ? { boxInterface: 3, mac: 0x021122334455n, vlansAt: 64 }
      : { boxInterface: 0, mac: 0n, vlansAt: 0 }
  })
  expect(interfaces.add({ name: 'eth0', linkType: 1, file: 'a' }, 0xffn)).toBe(0)
  expect(interfaces.add({ name: null, linkType: 276, file: 'a' }, 0xffn)).toBe(1)
  expect(interfaces.add({ name: 'eth0', linkType: 1, file: 'a' }, 0xffn)).toBe(0)
  expect(row(memory, 0)).toEqual({ linkType: 1, boxInterface: 3, mac: 0x021122334455n, vlans: 64 })
  expect(row(memory, 1)).toEqual({ linkType: 276, boxInterface: 0, mac: 0xffn, vlans: 0 })
})

test('a table that is full says so', () => {
  const interfaces = new CaptureInterfaces(Memory.create(), TABLE, () => ({ boxInterface: 0, mac: 0n, vlansAt: 0 }))
  for (let index = 0; index < 65535; index++) interfaces.add({ name: `if${index}`, linkType: 1, file: 'a' }, 0n)
  expect(interfaces.add({ name: 'if65535', linkType: 1, file: 'a' }, 0n)).toBe(-1)
  expect(interfaces.add({ name: 'if9', linkType: 1, file: 'a' }, 0n)).toBe(9)
})

test('the MAC address of an interface is read from the capture', async () => {
  const build = new PcapngBuilder()
  const described = build.interface(1, 0, [interfaceName('eth0'), [6, Uint8Array.of(2, 0x11, 0x22, 0x33, 0x44, 0x55)]])
  const asked: (string | null)[] = []
  const { reader } = await readAll(
    [write('mac.pcapng', Buffer.concat([build.section(), described]))],
    'hookline',
    (name) => {
      asked.push(name)
      return { boxInterface: 1, mac: 0n, vlansAt: 0 }
    },
  )
  expect(asked).toEqual(['eth0'])
  expect(reader.interfaces().length).toBe(1)
  expect(memory.u64(interfacesAt + CAPTURE_INTERFACE_OFFSET.mac)).toBe(0x021122334455n)
})

test('the name on the command line is what the box is asked for', async () => {
  const asked: [string | null, number][] = []
  await readAll([`eth7=${write('named.pcap', buildPcap([]))}`], 'hookline', (name, linkType) => {
    asked.push([name, linkType])
    return { boxInterface: 0, mac: 0n, vlansAt: 0 }
  })
  expect(asked).toEqual([['eth7', 1]])
})
