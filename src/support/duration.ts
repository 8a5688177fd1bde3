/** Durations and sizes as people write them in config and rule files. */

const UNITS_MS = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
} as const

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/

/** Prometheus' grammar: `1h30m`, units in descending order, or `0`; undefined for anything else. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0
  const parts = DURATION.exec(text)
  if (!parts || text === '') return undefined
  const [, y = 0, w = 0, d = 0, h = 0, m = 0, s = 0, ms = 0] = parts.map(Number).map((n) => n || 0)
  const total =
    y * UNITS_MS.y +
    w * UNITS_MS.w +
    d * UNITS_MS.d +
    h * UNITS_MS.h +
    m * UNITS_MS.m +
    s * UNITS_MS.s +
    ms
  return Number.isSafeInteger(total) ? total : undefined
}

/** The same back, as Prometheus prints it: `90000` → `1m30s`. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return '0s'
  let rest = durationMs
  let text = ''
  for (const unit of ['y', 'w', 'd', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNITS_MS[unit])
    // Years and weeks only when they come out even, so that 10d does not read 1w3d.
    if (count === 0 || ((unit === 'y' || unit === 'w') && rest % UNITS_MS[unit] !== 0)) continue
    text += `${count}${unit}`
    rest -= count * UNITS_MS[unit]
  }
  return text
}

/** `10M`, `512K`, `1G` or plain bytes, in powers of 1,024; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const parts = /^(\d+)([KMG]?)B?$/i.exec(text)
  if (!parts) return undefined
  const power = ['', 'K', 'M', 'G'].indexOf((parts[2] ?? '').toUpperCase())
  const bytes = Number(parts[1]) * 1024 ** power
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
