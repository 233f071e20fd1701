/**
 * What the control plane may call: the exports of the data plane's WebAssembly module, one by one.
 */
export { allocate } from './layout/replay'
export { walkPcap, walkPcapng } from './records'
export { mergeRecords } from './merge-records'
export { createSkb, replayShard, track } from './replay-shard'
export { internPath, countPath } from './path-table'
export { createShard } from './conntrack/create-shard'
export { confirm, release, setClosing } from './conntrack/confirm'
export { sweep } from './conntrack/sweep'
export { buryEntry, findTuple, killEntry } from './conntrack/nat-lookup'
export { nextOfSource } from './conntrack/nat-source'
export { addLocalAddress } from './box-address'
export { indexBlock } from './index-block'
export { defragmentBlock } from './conntrack/defragment'
export { mayArriveWithOptions } from './wire/hop-by-hop'
export { gatherForDelivery } from './conntrack/local-delivery'
export { sctpCrc } from './wire/sctp-crc'
