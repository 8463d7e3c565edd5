// Placeholders in templates and in the title of the day.
// TEMPLATES · Filling · filled · clockOf

import { leafOf, parentOf } from './titles.ts'

/** Where templates stand. */
export const TEMPLATES = 'Template/'

/** What placeholders are filled with. `now` is a day, `2026-11-24`, or a minute, `2026-11-24T09:30`. */
export interface Filling {
  title: string
  user: string
  now: string
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** The text with every `{{placeholder}}` that is known filled; what is not known stays as it is. */
export function filled(text: string, { title, user, now }: Filling): string {
  const [date = '', time = ''] = now.split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  const weekday = DAYS[new Date(`${date}T00:00:00Z`).getUTCDay()] ?? ''
  const values: Record<string, string> = {
    title: leafOf(title),
    path: title,
    parent: parentOf(title),
    user,
    date,
    time,
    year,
    month,
    day,
    weekday,
    monthname: MONTHS[Number(month) - 1] ?? '',
  }
  return text.replace(/\{\{\s*([a-z]+)\s*\}\}/gi, (whole, name: string) => values[name.toLowerCase()] ?? whole)
}

/** A moment as a clock in this time zone shows it, or in the browser's own. */
export function clockOf(moment: Date, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(moment)
  const of = (type: string) => parts.find(part => part.type === type)!.value
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}`
}
