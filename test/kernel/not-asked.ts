/**
 * The extensions for whose edges the kernel is not asked, each with what docs/extensions.md says about that.
 */
const NO_MODULE = 'no: the running kernel has no module for it'
const NO_OBJECT = 'no: the running kernel has no accounting objects to name'
const UNDECIDED = 'options only'

export const NOT_ASKED: Readonly<Record<string, string>> = {
  cgroup: UNDECIDED,
  cpu: UNDECIDED,
  nfacct: NO_OBJECT,
  osf: UNDECIDED,
  owner: UNDECIDED,
  socket: UNDECIDED,
  CONNSECMARK: NO_MODULE,
  LED: NO_MODULE,
  SECMARK: NO_MODULE,
  SYNPROXY: UNDECIDED,
  TPROXY: UNDECIDED,
}
