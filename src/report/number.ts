/**
 * Numbers as people read them.
 */
const SECOND_NS = 1_000_000_000n
const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** 1234567 -> 1,234,567 */
export function formatCount(count: bigint | number): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ',')
}

/** 1234567 -> 1.2 MB; powers of 1000. */
export function formatBytes(bytes: bigint): string {
  let value = Number(bytes)
  let unit = 0
  for (; value >= 999.95 && unit < BYTE_UNITS.length - 1; unit++) value /= 1000
  return `${unit === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[unit]}`
}

/** 32.51 s, 12 min 05 s, 3 h 02 min, 4 d 06 h. */
export function formatSpan(ns: bigint): string {
  const seconds = ns / SECOND_NS
  if (seconds < 100n) return `${(Number(ns) / 1e9).toFixed(seconds < 1n ? 3 : 2)} s`
  if (seconds < 6000n) return `${seconds / 60n} min ${twoDigits(seconds % 60n)} s`
  const minutes = seconds / 60n
  if (minutes < 6000n) return `${minutes / 60n} h ${twoDigits(minutes % 60n)} min`
  return `${minutes / 1440n} d ${twoDigits((minutes / 60n) % 24n)} h`
}

/** 0.4213 -> 42.1 %; something small but not nothing is < 0.1 %. */
export function formatShare(part: bigint, whole: bigint): string {
  if (whole === 0n) return ''
  const percent = (Number(part) / Number(whole)) * 100
  return part > 0n && percent < 0.05 ? '< 0.1 %' : `${percent.toFixed(1)} %`
}

/** UTC, to the second: 2026-11-22 23:54:02. */
export function formatTime(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')
}

function twoDigits(value: bigint): string {
  return value.toString().padStart(2, '0')
}
