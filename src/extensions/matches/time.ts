/**
 * -m time: the date, the time of the day, the day of the week and of the month at which the packet was captured.
 * Kernel: net/netfilter/xt_time.c, time_mt() (v6.18). iptables: extensions/libxt_time.c.
 * Differs from the kernel: its time zone (--kerneltz) is taken to be UTC, as no tool prints it.
 */
import { Field, type MatchExtension, PLAIN_MATCH } from '../extension.js'
import type { OptionReader } from '../option-reader.js'
import { printOption } from '../print-option.js'
import { readClockTime, readDate, readMonthDays, readWeekDays, WEEK_DAYS } from '../time-text.js'

interface TimeOptions {
  /** Seconds since 1970, both included. */
  readonly dateStart: number
  readonly dateStop: number
  /** Seconds of the day, both included; over midnight when the end is not behind the start. */
  readonly dayStart: number
  readonly dayStop: number
  /** Bits 1 << day. */
  readonly monthDays: number
  readonly weekDays: number
  readonly kernelZone: boolean
  /** What is behind midnight belongs to the day before. */
  readonly contiguous: boolean
}

const DAY = 86_400
const LAST_DATE = 0x7fffffff
const ALL_MONTH_DAYS = 0xfffffffe
const ALL_WEEK_DAYS = 0xfe
const NS_PER_SECOND = 1_000_000_000n

export const timeMatch: MatchExtension<TimeOptions> = {
  ...PLAIN_MATCH,
  name: 'time',
  families: [4, 6],
  options: [
    { name: 'datestart', key: 'datestart', values: 1 },
    { name: 'datestop', key: 'datestop', values: 1 },
    { name: 'timestart', key: 'timestart', values: 1 },
    { name: 'timestop', key: 'timestop', values: 1 },
    { name: 'contiguous', key: 'contiguous', values: 0 },
    { name: 'weekdays', key: 'weekdays', values: 1, invertible: true },
    { name: 'monthdays', key: 'monthdays', values: 1, invertible: true },
    { name: 'localtz', key: 'localtz', values: 0, excludes: ['utc'] },
    { name: 'utc', key: 'utc', values: 0, excludes: ['localtz', 'kerneltz'] },
    { name: 'kerneltz', key: 'kerneltz', values: 0, excludes: ['utc'] },
  ],

  parse(reader) {
    const dayStart = readOr(reader, 'timestart', readClockTime, 0)
    const dayStop = readOr(reader, 'timestop', readClockTime, DAY - 1)
    const contiguous = reader.find('contiguous')
    if (contiguous !== undefined && dayStart < dayStop) {
      reader.problem(contiguous.name, '--contiguous means something only if --timestop comes before --timestart')
    }
    return {
      dateStart: readOr(reader, 'datestart', readDate, 0),
      dateStop: readOr(reader, 'datestop', readDate, LAST_DATE),
      dayStart,
      dayStop,
      monthDays: readDays(reader, 'monthdays', readMonthDays, ALL_MONTH_DAYS),
      weekDays: readDays(reader, 'weekdays', readWeekDays, ALL_WEEK_DAYS),
      kernelZone: reader.find('kerneltz') !== undefined || reader.find('localtz') !== undefined,
      contiguous: contiguous !== undefined,
    }
  },

  print(of) {
    const wholeDay = of.dayStart === 0 && of.dayStop === DAY - 1
    return (
      (wholeDay
        ? ''
        : printOption('timestart', printTime(of.dayStart)) + printOption('timestop', printTime(of.dayStop))) +
      (of.monthDays === ALL_MONTH_DAYS ? '' : printOption('monthdays', daysOf(of.monthDays, 31).join(','))) +
      (of.weekDays === ALL_WEEK_DAYS
        ? ''
        : printOption(
            'weekdays',
            daysOf(of.weekDays, 7)
              .map((day) => WEEK_DAYS[day - 1])
              .join(','),
          )) +
      (of.dateStart === 0 ? '' : printOption('datestart', printDate(of.dateStart))) +
      (of.dateStop === 0 ? '' : printOption('datestop', printDate(of.dateStop))) +
      (of.kernelZone ? ' --kerneltz' : '') +
      (of.contiguous ? ' --contiguous' : '')
    )
  },

  reads: () => [Field.Clock],

  prepare(of) {
    return (packet) => {
      let stamp = Number(packet.skb.nowNs / NS_PER_SECOND)
      if (stamp < of.dateStart || stamp > of.dateStop) return false
      const second = stamp % DAY
      if (of.dayStart < of.dayStop) {
        if (second < of.dayStart || second > of.dayStop) return false
      } else {
        if (second < of.dayStart && second > of.dayStop) return false
        if (of.contiguous && second <= of.dayStop) stamp -= DAY
      }
      // 1970 began on a Thursday; Monday is 1.
      const weekDay = ((Math.floor(stamp / DAY) + 3) % 7) + 1
      if ((of.weekDays & (1 << weekDay)) === 0) return false
      return of.monthDays === ALL_MONTH_DAYS || (of.monthDays & (1 << new Date(stamp * 1000).getUTCDate())) !== 0
    }
  },
}

function readOr(
  reader: OptionReader,
  key: string,
  read: (reader: OptionReader, value: OptionReader['name']) => number,
  byDefault: number,
): number {
  const value = reader.find(key)?.values[0]
  return value === undefined ? byDefault : read(reader, value)
}

function readDays(
  reader: OptionReader,
  key: string,
  read: (reader: OptionReader, value: OptionReader['name']) => number,
  all: number,
): number {
  const use = reader.find(key)
  if (use === undefined) return all
  const days = read(reader, use.values[0])
  return (use.inverted ? days ^ all : days) >>> 0
}

function daysOf(bits: number, last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1).filter((day) => (bits & (1 << day)) !== 0)
}

function printTime(second: number): string {
  return [second / 3600, (second / 60) % 60, second % 60]
    .map((part) => `${Math.floor(part)}`.padStart(2, '0'))
    .join(':')
}

function printDate(stamp: number): string {
  return new Date(stamp * 1000).toISOString().slice(0, 19)
}
