/**
 * A worker of the pool: replays units of work until the trace is done, or encodes the statistics of one shard as
 * protobuf.
 * It owns no state: everything lasting is in the shared memory, so any worker may do any unit.
 */
import { runReplay, type ReplayDone, type ReplayTask } from '../src/engine/worker.js'
import { collectShard, type CollectTask } from '../src/statistics/collect.js'
import { encodeShard } from '../src/statistics/wire.js'

type Task = ({ readonly kind: 'replay' } & ReplayTask) | ({ readonly kind: 'collect' } & CollectTask)

export default function work(task: Task): Uint8Array | ReplayDone {
  return task.kind === 'replay' ? runReplay(task) : encodeShard(collectShard(task))
}
