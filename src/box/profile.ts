/**
 * Kernel profiles: what differs between kernel versions, as data. In: `uname -r`, or `--kernel`. Out: the profile
 * of that line of kernels, or of the newest one that was verified.
 */
export interface KernelProfile {
  /** First version of the line, as [major, minor]. */
  readonly version: readonly [number, number]
  /** CONFIG_HZ that distributions commonly set: jiffies a second, the grain of the kernel's timers. */
  readonly hz: number
  /** Default timeouts in seconds that changed. */
  readonly timeouts: { readonly udpStream: number }
}

/** Newest first. */
const PROFILES: readonly KernelProfile[] = [
  { version: [6, 18], hz: 250, timeouts: { udpStream: 120 } },
  // Kernel: "netfilter: conntrack: udp: set stream timeout to 2 minutes", v5.0.
  { version: [5, 0], hz: 250, timeouts: { udpStream: 120 } },
  { version: [0, 0], hz: 250, timeouts: { udpStream: 180 } },
]

/** The profile for a release such as `6.1.0-28-amd64`; null when the text begins with no version. */
export function profileOf(release: string | null): KernelProfile | null {
  if (release === null) return PROFILES[0]
  const version = /^\s*(\d+)\.(\d+)/.exec(release)
  if (version === null) return null
  const [major, minor] = [Number(version[1]), Number(version[2])]
  const fits = (profile: KernelProfile): boolean =>
    major > profile.version[0] || (major === profile.version[0] && minor >= profile.version[1])
  return PROFILES.find(fits) ?? PROFILES[PROFILES.length - 1]
}
