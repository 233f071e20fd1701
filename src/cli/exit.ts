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

const FILE_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'this is a directory; name a file in it',
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
}

/** Why a file could not be read, as `file:line:column: why`. */
export function describeFileError(path: string, error: unknown): string {
  const why = error instanceof Error && 'code' in error ? FILE_ERRORS[String(error.code)] : undefined
  return `${path}:1:1: ${why ?? (error instanceof Error ? error.message : String(error))}`
}

/** Says on standard error what went wrong; returns the exit code. */
export function reportFailure(error: unknown): Exit {
  if (!(error instanceof Error)) {
    console.error(`hookline: ${String(error)}`)
  } else if (INPUT_ERRORS.has(error.name)) {
    console.error(error.message)
  } else if ('syscall' in error && 'path' in error) {
    console.error(describeFileError(String(error.path), error))
  } else if ('syscall' in error) {
    console.error(`hookline: ${error.message}`)
  } else {
    console.error(`hookline: this is a mistake in hookline itself\n${error.stack ?? error.message}`)
  }
  return Exit.WrongInput
}
