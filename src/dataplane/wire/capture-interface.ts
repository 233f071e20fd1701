/** The interface that a record was captured on. */
import { CaptureInterface, Record } from '../layout/record'
import { replay } from '../layout/replay'

@inline
export function interfaceOf(record: Record): CaptureInterface {
  const index: usize = record.captureInterface
  return changetype<CaptureInterface>(replay().captureInterfaces + index * offsetof<CaptureInterface>())
}

/** The interface's own MAC address in the order of the bytes on the wire, as a load gives them; 0 unknown. */
@inline
export function ownMac(captureInterface: CaptureInterface): u64 {
  return bswap<u64>(captureInterface.mac) >> 16
}
