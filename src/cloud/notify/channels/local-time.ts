import type { UnixMs } from '../../../model/time.ts'

const FALLBACK_ZONE = 'Asia/Shanghai'
const formats = new Map<string, Intl.DateTimeFormat>()

/** Times as one reader sees them. An unknown zone reads as Asia/Shanghai. */
export interface LocalTime {
  /** `2022-08-10 10:05:06`. */
  text(at: UnixMs): string
  /** `Asia/Shanghai (UTC+8)`: the offset that holds at `at`. */
  zone(at: UnixMs): string
}

export function localTime(timeZone: string): LocalTime {
  const format = formatOf(timeZone)
  if (!format) return localTime(FALLBACK_ZONE)
  const parts = (at: UnixMs) =>
    Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return {
    text(at) {
      const { year, month, day, hour, minute, second } = parts(at)
      return `${year}-${month}-${day} ${hour}:${minute}:${second}`
    },
    zone(at) {
      return `${timeZone} (${parts(at).timeZoneName?.replace('GMT', 'UTC')})`
    },
  }
}

// Making one costs a hundred times what using it costs.
function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = formats.get(timeZone)
  if (known) return known
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'shortOffset',
    })
    formats.set(timeZone, format)
    return format
  } catch {
    return undefined
  }
}
