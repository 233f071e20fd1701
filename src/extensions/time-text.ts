/**
 * Dates, times and lists of days as the options of -m time write them.
 * iptables: time_parse_date() and others, extensions/libxt_time.c.
 */
import { listItems, type OptionReader, type Token } from './option-reader.js'
import { wholeNumber } from '../ruleset/number-text.js'

export const WEEK_DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

const LAST_YEAR = 2038

/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]`, in seconds since 1970. */
export function readDate(reader: OptionReader, value: Token): number {
  const parts = /^(\d+)(?:-(\d+)(?:-(\d+)(?:T(\d+)(?::(\d+)(?::(\d+))?)?)?)?)?$/.exec(value.text)?.slice(1)
  const [year, month, day, hour, minute, second] = (parts ?? []).map((part: string | undefined, index) =>
    part === undefined ? (index === 1 || index === 2 ? 1 : 0) : Number(part),
  )
  const fits =
    year >= 1970 && year <= LAST_YEAR && month <= 12 && day <= 31 && hour <= 23 && minute <= 59 && second <= 59
  if (parts === undefined || !fits) {
    reader.problem(value, `"${value.text}" is no date from 1970 to ${LAST_YEAR} such as 2026-01-31T12:00:00`)
    return 0
  }
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000
}

/** `hh:mm[:ss]`, in seconds. */
export function readClockTime(reader: OptionReader, value: Token): number {
  const parts = /^(\d+):(\d+)(?::(\d+))?$/.exec(value.text)?.slice(1)
  const [hour, minute, second] = (parts ?? []).map((part: string | undefined) => Number(part ?? 0))
  if (parts === undefined || hour > 23 || minute > 59 || second > 59) {
    reader.problem(value, `"${value.text}" is no time such as 23:59:59`)
    return 0
  }
  return hour * 3600 + minute * 60 + second
}

/** Bits 1 << day. */
export function readMonthDays(reader: OptionReader, value: Token): number {
  let days = 0
  for (const item of itemsOf(value)) {
    const day = wholeNumber(item.text.slice(0, 2), 0, 31)
    if (day === null && item.text !== '') reader.problem(item, `"${item.text}" is no day of a month`)
    days |= 1 << (day ?? 0)
  }
  return days >>> 0
}

/** Bits 1 << day; Monday is 1. Two letters of a name are enough; numbers beyond 7 mean nothing. */
export function readWeekDays(reader: OptionReader, value: Token): number {
  let days = 0
  for (const item of itemsOf(value)) {
    const number = item.text === '' ? 0 : wholeNumber(item.text.slice(0, 3), 0, 999)
    const named = WEEK_DAYS.findIndex((name) => item.text.length >= 2 && name.startsWith(item.text.slice(0, 2))) + 1
    const day = number ?? named
    if (number === 0) reader.problem(item, 'the week begins with Monday, which is 1')
    else if (day === 0) reader.unknownName(item, 'day of the week', WEEK_DAYS)
    if (day < 8) days |= 1 << day
  }
  return days
}

/** The items of a list; a comma at its end begins none. */
function itemsOf(list: Token): readonly Token[] {
  const items = listItems(list)
  return items[items.length - 1].text === '' ? items.slice(0, -1) : items
}
