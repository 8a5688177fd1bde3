/** Prometheus' `humanize*`. Source: prometheus `template/template.go`. */
import { formatFloat } from './go-text.ts'
import { formatTime } from './go-time.ts'

const LARGE = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y']
const LARGE_1024 = ['', 'ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']
const SMALL = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y']

const four = (value: number) => formatFloat(value, 'g', 4)

function scaled(value: number, base: number, prefixes: readonly string[]): string {
  let rest = value
  let power = 0
  while (Math.abs(rest) >= base && power < prefixes.length - 1) {
    rest /= base
    power++
  }
  return four(rest) + prefixes[power]
}

function scaledSmall(value: number): string {
  let rest = value
  let power = 0
  while (Math.abs(rest) < 1 && power < SMALL.length - 1) {
    rest *= 1000
    power++
  }
  return four(rest) + SMALL[power]
}

/** `1234567` → `1.235M`, `0.12` → `120m`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return four(value)
  return Math.abs(value) >= 1 ? scaled(value, 1000, LARGE) : scaledSmall(value)
}

/** `1048576` → `1Mi`. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return four(value)
  return scaled(value, 1024, LARGE_1024)
}

/** Seconds: `3725` → `1h 2m 5s`, `0.0001` → `100us`. */
export function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return four(seconds)
  if (seconds === 0) return '0s'
  if (Math.abs(seconds) < 1) return `${scaledSmall(seconds)}s`
  const sign = seconds < 0 ? '-' : ''
  const size = Math.abs(seconds)
  const whole = Math.trunc(size)
  const s = whole % 60
  const m = Math.trunc(whole / 60) % 60
  const h = Math.trunc(whole / 3600) % 24
  const d = Math.trunc(whole / 86_400)
  if (d > 0) return `${sign}${d}d ${h}h ${m}m ${s}s`
  if (h > 0) return `${sign}${h}h ${m}m ${s}s`
  return m > 0 ? `${sign}${m}m ${s}s` : `${sign}${four(size)}s`
}

/** `0.1234` → `12.34%`. */
export function humanizePercentage(ratio: number): string {
  return `${four(ratio * 100)}%`
}

/** Unix seconds → `2015-06-23 13:19:44.128 +0000 UTC`. */
export function humanizeTimestamp(seconds: number): string {
  if (!Number.isFinite(seconds)) return four(seconds)
  return formatTime(toMs(seconds))
}

/** Go's times here hold int64 nanoseconds: years 1677 to 2262. */
export function toMs(seconds: number): number {
  if (Math.abs(seconds) * 1e9 >= 2 ** 63) {
    throw new Error(
      `${formatFloat(seconds, 'g', -1)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    )
  }
  return Math.trunc(seconds * 1e9) / 1e6
}
