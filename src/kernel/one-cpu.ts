/**
 * Work that the kernel does on one CPU: what it keeps for each CPU, or asks of it, is then the same for all packets.
 */
import { allowedCpus, CPU_MASK_BYTES, currentCpu, setAllowedCpus } from './libc.js'

/** Runs `work` with the calling thread bound to the CPU that it is on. */
export function onOneCpu<Result>(work: () => Result): Result {
  const before = allowedCpus()
  const own = Buffer.alloc(CPU_MASK_BYTES)
  const cpu = currentCpu()
  own[cpu >> 3] = 1 << (cpu & 7)
  setAllowedCpus(own)
  try {
    return work()
  } finally {
    setAllowedCpus(before)
  }
}
