/** The part of the data plane that reading captures needs. */
export { allocate } from '../../src/dataplane/layout/replay'
export { walkPcap, walkPcapng } from '../../src/dataplane/records'
export { mergeRecords } from '../../src/dataplane/merge-records'
