/**
 * What a report says of a command line that names what the box does not have.
 */
import { expect, test } from 'vitest'
import { replay } from '../../dist/src/replay.js'

const SERVER = new URL('../../captures/server/', import.meta.url).pathname

test('an interface that the box does not have, and a setting that nobody reads, are named', async () => {
  const { report } = await replay({
    captures: [`eth9=${SERVER}eth0.pcap`],
    box: `${SERVER}box`,
    sysctl: ['net.ipv4.ip_foward=1'],
    workers: 1,
  })
  expect(report.warnings.filter((warning) => /eth9|foward/.test(warning))).toEqual([
    'net.ipv4.ip_foward changes nothing here: no setting of this name is read; did you mean "net.ipv4.ip_forward"?',
    'the box has no interface eth9; did you mean "eth0"?',
  ])
})
