/**
 * Exit codes, and how a failure is told: problems of the user's input in one line each, ours with their stack.
 */
export enum Exit {
  Done = 0,
  Found = 1,
  WrongInput = 2,
  BrokenOff = 3,
  Interrupted = 130,
}

/** Names of errors whose message says all that a user needs. */
const INPUT_ERRORS = new Set([
  'InputError',
  'CaptureError',
  'RulesError',
  'BoxError',
  'KernelError',
  'OutputError',
  'OutOfMemory',
])

/** Says on standard error what went wrong; returns the exit code. */
export function reportFailure(error: unknown): Exit {
  if (!(error instanceof Error)) {
    console.error(`hookline: ${String(error)}`)
  } else if (INPUT_ERRORS.has(error.name)) {
    console.error(error.message)
  } else if ('code' in error && typeof error.code === 'string' && 'syscall' in error) {
    console.error(`hookline: ${error.message}`)
  } else {
    console.error(`hookline: this is a mistake in hookline itself\n${error.stack ?? error.message}`)
  }
  return Exit.WrongInput
}
