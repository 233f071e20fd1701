/**
 * The extensions for whose edges the kernel is not asked, each with what docs/extensions.md says about that.
 */
const NO_MODULE = 'no: the running kernel has no module for it'
const NO_OBJECT = 'no: the running kernel has no accounting objects to name'
const UNDECIDED = 'options only'
const LEFT = 'no: the running kernel has none any more'

export const NOT_ASKED: Readonly<Record<string, string>> = {
  cgroup: UNDECIDED,
  cpu: UNDECIDED,
  ipvs: NO_MODULE,
  nfacct: NO_OBJECT,
  osf: UNDECIDED,
  owner: UNDECIDED,
  socket: UNDECIDED,
  CLUSTERIP: LEFT,
  CONNSECMARK: NO_MODULE,
  LED: NO_MODULE,
  SECMARK: NO_MODULE,
  SYNPROXY: UNDECIDED,
  TPROXY: UNDECIDED,
  ULOG: LEFT,
}
