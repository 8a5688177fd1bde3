import { FAMILIES, SPAN_MS, START_MS } from './data.ts'
import type { Random } from './random.ts'

/** A selector of a range has its modifiers behind the brackets. */
export type Place = 'instant' | 'range'

const LABELS: readonly string[] = ['job', 'instance', 'code', 'zone', 'version', 'kind', 'le']
const VALUES: readonly string[] = [
  ...FAMILIES.flatMap(({ labels }) => Object.values(labels).flat()),
  'none',
]
const PATTERNS = [
  '.*',
  '.+',
  '',
  'a.*',
  'api|db',
  '(a|b):1',
  '[45]..',
  '.*1',
  '网.',
  '(?i)API',
  'z1|',
  '[^a]+',
  '\\\\d+',
]

/** `name{…}`, or only the braces. */
export function matchersText(random: Random, name: string): string {
  const matchers = Array.from({ length: random.pick([0, 0, 0, 1, 1, 2]) }, () => matcher(random))
  if (random.chance(0.93)) return matchers.length === 0 ? name : `${name}{${matchers.join(',')}}`
  const named = random.pick([`="${name}"`, `=~"${name}"`, `=~"${name.slice(0, 3)}.*"`])
  return `{${[...matchers, `__name__${named}`].join(', ')}}`
}

function matcher(random: Random): string {
  const label = random.pick(LABELS)
  if (random.chance(0.5)) {
    const value = random.pick([...VALUES, ''])
    return `${label}${random.pick(['=', '!='])}${JSON.stringify(value)}`
  }
  return `${label}${random.pick(['=~', '!~'])}"${random.pick(PATTERNS)}"`
}

const RANGES = ['30s', '1m', '90s', '2m', '5m', '5m', '10m', '17m', '1h']

/** At times with a half second, so that a subquery in a subquery begins off its inner instants. */
export function rangeText(random: Random): string {
  return random.pick(RANGES) + (random.chance(0.15) ? '500ms' : '')
}

/** `offset` and `@` in either order. */
export function modifiersText(random: Random): string {
  const parts: string[] = []
  if (random.chance(0.1)) {
    parts.push(`offset ${random.pick(['1m', '5m', '13s', '-1m', '-7m', '1h', '2m30s'])}`)
  }
  if (random.chance(0.1)) parts.push(`@ ${at(random)}`)
  if (random.chance(0.5)) parts.reverse()
  return parts.map((part) => ` ${part}`).join('')
}

function at(random: Random): string {
  const seconds = (START_MS + random.int(0, SPAN_MS / 1000) * 1000 + 500) / 1000
  return random.pick(['start()', 'end()', seconds.toFixed(3)])
}
