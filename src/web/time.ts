/** Instants and ages for people. Pure. */

const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1000 },
] as const

/** `2026-03-02 10:00:00` in the zone. */
export function instantText(atMs: number, timeZone: string): string {
  // Sweden writes dates as ISO 8601 does.
  const format = { timeZone, dateStyle: 'short', timeStyle: 'medium' } as const
  return new Intl.DateTimeFormat('sv-SE', format).format(atMs)
}

/** `3小时前`, `in 365 days`: in the largest unit that fits once. */
export function ageText(atMs: number, nowMs: number, language: string): string {
  const distanceMs = atMs - nowMs
  const { unit, ms } = UNITS.find((candidate) => Math.abs(distanceMs) >= candidate.ms) ?? UNITS[3]
  const count = Math.trunc(distanceMs / ms)
  return new Intl.RelativeTimeFormat(language).format(count === 0 ? -0 : count, unit)
}

/** `2 min 5 s`, its two largest units. */
export function durationText(lengthMs: number, language: string): string {
  const parts: string[] = []
  let restMs = Math.max(0, lengthMs)
  for (const { unit, ms } of UNITS) {
    const count = Math.floor(restMs / ms)
    restMs -= count * ms
    if (count === 0 && !(unit === 'second' && parts.length === 0)) continue
    const format = { style: 'unit', unit, unitDisplay: 'short' } as const
    parts.push(new Intl.NumberFormat(language, format).format(count))
    if (parts.length === 2) break
  }
  return parts.join(' ')
}
