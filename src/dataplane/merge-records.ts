/**
 * Several captures become one, by time: in come the records of each, out go copies of them, bytes too, in one
 * stretch of memory. Of records with the same time, the one of the earlier file on the command line comes first.
 */
import { Record } from './layout/record'
import { MergeInput, RecordMerge } from './layout/record-walk'

/** `mergeRecords` says: no room for another record. Every other number is that of the input that ran out. */
const FULL: u32 = u32.MAX_VALUE

/** Merges until an input has no record left (returns its index, its next record may be the next one) or FULL. */
export function mergeRecords(merge: RecordMerge): u32 {
  while (true) {
    let first: u32 = 0
    let firstNs: u64 = u64.MAX_VALUE
    // Up to when the first input may go on before another one's record comes, which wins a tie if it stands earlier.
    let untilNs: u64 = u64.MAX_VALUE
    for (let i: u32 = 0; i < merge.inputCount; i++) {
      const input = inputAt(merge, i)
      if (input.next === input.end) return i
      const atNs = changetype<Record>(input.next).atNs
      if (atNs < firstNs) {
        // The input that was first so far stands earlier: at the same time, its record comes first.
        untilNs = firstNs - 1
        firstNs = atNs
        first = i
      } else {
        untilNs = min(untilNs, atNs)
      }
    }
    const input = inputAt(merge, first)
    let next = input.next
    while (next !== input.end && changetype<Record>(next).atNs <= untilNs) {
      if (!take(merge, changetype<Record>(next))) {
        input.next = next
        return FULL
      }
      next += offsetof<Record>()
    }
    input.next = next
  }
}

@inline
function inputAt(merge: RecordMerge, index: u32): MergeInput {
  return changetype<MergeInput>(merge.inputs + index * offsetof<MergeInput>())
}

/** Copies a record and its bytes; false when there is no room. */
@inline
function take(merge: RecordMerge, record: Record): bool {
  const captured = record.captured
  if (merge.records === merge.recordsEnd || captured > merge.end - merge.at) return false
  memory.copy(merge.at, record.bytes, captured)
  memory.copy(merge.records, changetype<usize>(record), offsetof<Record>())
  changetype<Record>(merge.records).bytes = merge.at
  merge.at += captured
  merge.records += offsetof<Record>()
  merge.capturedBytes += captured
  merge.originalBytes += record.original
  return true
}
