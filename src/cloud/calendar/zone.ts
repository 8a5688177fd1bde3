import type { UnixMs } from '../../model/time.ts'
import { type CivilDay, midnightUtc } from './civil-day.ts'

const MINUTE_MS = 60_000
/** Zones lie between 12 h behind UTC and 14 h ahead of it. */
const FARTHEST_MINUTES = 15 * 60

/** A time zone: which day and time of day its clocks show. Seconds are those of UTC. */
export class Zone {
  /** `Asia/Shanghai`. */
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #starts = new Map<CivilDay, UnixMs>()

  /** @throws {RangeError} there is no such zone. */
  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: name, hourCycle: 'h23' },
      ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    })
  }

  dayOf(at: UnixMs): CivilDay {
    const [month, day, year = ''] = this.#shown(at)
    return `${year.padStart(4, '0')}-${month}-${day}`
  }

  /** What clocks show, in minutes after midnight. */
  minuteOf(at: UnixMs): number {
    const [, , , hour, minute] = this.#shown(at)
    return Number(hour) * 60 + Number(minute)
  }

  /** The first instant of the day: midnight, or where clocks go forward at midnight what comes after. */
  startOf(day: CivilDay): UnixMs {
    const known = this.#starts.get(day)
    if (known !== undefined) return known
    const midnight = midnightUtc(day)
    let before = -FARTHEST_MINUTES
    let start = FARTHEST_MINUTES
    while (start - before > 1) {
      const middle = Math.floor((before + start) / 2)
      if (this.dayOf(midnight + middle * MINUTE_MS) < day) before = middle
      else start = middle
    }
    const at = midnight + start * MINUTE_MS
    if (this.#starts.size >= 100) this.#starts.clear()
    this.#starts.set(day, at)
    return at
  }

  /** When clocks show on `day` what they show at `at`; about then where they never do. */
  sameTime(at: UnixMs, day: CivilDay): UnixMs {
    const start = this.startOf(day)
    const guess = start + (at - this.startOf(this.dayOf(at)))
    // Clocks may have been changed between midnight and now, on either day.
    const off = this.minuteOf(at) - this.minuteOf(guess)
    const nearer = off > 720 ? off - 1440 : off < -720 ? off + 1440 : off
    return guess + nearer * MINUTE_MS
  }

  /** Month, day, year, hour, minute, as America writes them: to ask for named parts takes four times as long. */
  #shown(at: UnixMs): readonly string[] {
    return this.#format.format(at).match(/\d+/g) ?? []
  }
}
