/**
 * A private network namespace around a piece of work. The calling thread enters it, and programs started meanwhile
 * run in it; it has no name and no process, so when the work is done, or the process dies, nothing of it is left.
 */
import { closeSync, openSync } from 'node:fs'
import { CLONE_NEWNET, setNamespace, unshare } from './libc.js'

/**
 * Runs `work` in a new network namespace and brings the thread back. The work must not wait for anything
 * asynchronous (the thread would then do other things inside the namespace), and must close its own descriptors.
 */
export function inNewNetworkNamespace<Result>(work: () => Result): Result {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  try {
    unshare(CLONE_NEWNET)
    try {
      return work()
    } finally {
      setNamespace(home, CLONE_NEWNET)
    }
  } finally {
    closeSync(home)
  }
}
