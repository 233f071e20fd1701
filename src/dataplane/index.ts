/**
 * What the control plane may call: the exports of the data plane's WebAssembly module, one by one.
 */
export { allocate } from './layout/replay'
export { createSkb, replayShard, track } from './replay-shard'
export { internPath, countPath } from './path-table'
