/**
 * The public names of the library.
 */
export { replay } from './replay.js'
export type { ReplayOptions, ReplayResult } from './replay.js'
export type { Report } from './statistics/report.js'
export { BoxError } from './box/box-error.js'
export { CaptureError } from './capture/capture-error.js'
export { RulesError } from './ruleset/rules-error.js'
export { OutputError } from './report/output.js'
