/** Values of `AgentServer.conf`. Each reader throws an `Error` that says what was expected. */
import { parseBytes, parseDurationMs } from '../support/duration.ts'
import type { LogLevel } from '../support/log.ts'
import { frameworkDbOfUrl } from './feeds/framework-db.ts'

/** The known word that is most likely meant; undefined when none is near. */
export function closestOf(known: readonly string[], word: string): string | undefined {
  const near = known
    .map((each) => ({ each, letters: distance(each, word) }))
    .filter(({ letters }) => letters <= 2)
    .sort((a, b) => a.letters - b.letters)
  return near[0]?.each
}

/** Letters to change, add or take away to make `b` of `a` (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap))
    }
    row = next
  }
  return row[b.length] ?? 0
}

export function readKey(text: string): string {
  // Never repeat it: it is a secret.
  if (/^[\w.-]{1,200}$/.test(text)) return text
  throw new Error('contains spaces or signs no key has: copy 环境标示 again, without quotes')
}

export function readBoolean(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new Error(`'${text}' is neither true nor false`)
}

export function readLogLevel(text: string): LogLevel {
  return readOneOf(['debug', 'info', 'warn', 'error', 'silent'], text)
}

export function readOneOf<T extends string>(words: readonly T[], text: string): T {
  const word = words.find((each) => each === text.toLowerCase())
  if (word) return word
  throw new Error(`'${text}' is none of ${words.join(', ')}`)
}

export function readDurationMs(text: string): number {
  const durationMs = parseDurationMs(text)
  if (durationMs !== undefined) return durationMs
  throw new Error(`'${text}' is no duration like 10s (units: ms, s, m, h)`)
}

export function readBytes(text: string): number {
  const bytes = parseBytes(text)
  if (bytes !== undefined) return bytes
  throw new Error(`'${text}' is no size like 64M (units: K, M, G)`)
}

export function readBetween(value: number, min: number, max: number, range: string): number {
  if (value >= min && value <= max) return value
  throw new Error(`is out of range, expected ${range}`)
}

export function readInteger(text: string): number {
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new Error(`'${text}' is no whole number`)
}

/** Parts between commas or blanks; at least one. */
export function readList(text: string): readonly string[] {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '')
  if (parts.length > 0 && parts.length <= 8) return parts
  throw new Error(`${parts.length} parts, expected 1 to 8 with commas between`)
}

export function readProxy(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol === 'http:' && url.hostname !== '') return text
  // Never repeat it: it may hold a password.
  throw new Error('is no address like http://proxy:3128 or http://user:password@proxy:3128')
}

export function readDatabase(text: string): string {
  frameworkDbOfUrl(text)
  return text
}

export function readTimeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone && text
  } catch {
    throw new Error(`'${text}' is no time zone like Asia/Shanghai or +08:00`)
  }
}
