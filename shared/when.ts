// Moments as people say them: “now”, “07:30”, “yesterday”, “12 Nov”.
// WhenKind · when · knownZone · hourIn

/** `row`: as short as it goes, for lists. `sentence`: to stand behind “edited”. `day`: without the hour. */
export type WhenKind = 'row' | 'sentence' | 'day'

interface Zone {
  day: Intl.DateTimeFormat
  clock: Intl.DateTimeFormat
  weekday: Intl.DateTimeFormat
  date: Intl.DateTimeFormat
  year: Intl.DateTimeFormat
}

const zones = new Map<string, Zone>()

function inZone(timeZone: string | undefined): Zone {
  const known = zones.get(timeZone ?? '')
  if (known) return known
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-GB', { timeZone, ...options })
  const zone: Zone = {
    day: new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
    clock: format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    weekday: format({ weekday: 'long' }),
    date: format({ day: 'numeric', month: 'short' }),
    year: format({ day: 'numeric', month: 'short', year: 'numeric' }),
  }
  zones.set(timeZone ?? '', zone)
  return zone
}

/** The time zone of this name in its one spelling, or null if there is none. */
export function knownZone(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}

/** The hour of the day in a time zone. */
export function hourIn(timeZone: string | undefined, now = new Date()): number {
  return Number(inZone(timeZone).clock.format(now).slice(0, 2))
}

/** A moment (ISO 8601) as seen from `now`; without a time zone, in the machine's own. */
export function when(at: string, kind: WhenKind, now = new Date(), timeZone?: string): string {
  const moment = new Date(at)
  const zone = inZone(timeZone)
  const seconds = (now.getTime() - moment.getTime()) / 1000
  const short = kind !== 'sentence'
  if (seconds < 60 && kind !== 'day') return short ? 'now' : 'just now'
  const [today, that] = [now, moment].map(date => zone.day.format(date))
  const days = Math.round((Date.parse(today!) - Date.parse(that!)) / 86_400_000)
  const clock = zone.clock.format(moment)
  if (!short && seconds < 3_570) return seconds < 90 ? 'a minute ago' : `${Math.round(seconds / 60)} minutes ago`
  if (days <= 0 && kind === 'day') return 'today'
  if (days <= 0) return short ? clock : `today at ${clock}`
  if (days === 1) return short ? 'yesterday' : `yesterday at ${clock}`
  if (days < 7) {
    const weekday = zone.weekday.format(moment)
    return short ? weekday : `on ${weekday} at ${clock}`
  }
  const date = (that!.slice(0, 4) === today!.slice(0, 4) ? zone.date : zone.year).format(moment)
  return short ? date : `on ${date}`
}
