/**
 * Why something may be as it is: from each troubled thing to those that explain it.
 *
 * Failures and delays come from callees: a link to a callee explains its caller when the link's own excess makes
 * up the caller's. Traffic comes from callers: their calls changed, or they are in trouble and call less.
 */
import { healthReasons } from './health-reasons.ts'
import { loadReasons } from './load-reasons.ts'
import { keyOf, type Matter, type Reason } from './matter.ts'
import type { Signs } from './signs.ts'

/** What a service reports of itself within this time of its trouble belongs to it. */
const SAME_TIME_MS = 120_000

/** Finds reasons; each matter is looked at once. */
export class Reasons {
  readonly #signs: Signs
  readonly #known = new Map<string, readonly Reason[]>()

  constructor(signs: Signs) {
    this.#signs = signs
  }

  of(matter: Matter): readonly Reason[] {
    const key = keyOf(matter)
    const known = this.#known.get(key)
    if (known) return known
    const found = this.#find(matter)
    this.#known.set(key, found)
    return found
  }

  #find(matter: Matter): readonly Reason[] {
    const { kind, service } = matter
    if (kind === 'alert') return eventReasons(this.#signs, service, matter.alert)
    if (kind === 'load') return loadReasons(this.#signs, service)
    return healthReasons(this.#signs, service, this.of({ kind: 'load', service }))
  }
}

/** What a service tells of itself while it is in trouble. */
function eventReasons(signs: Signs, service: string, alert: string): readonly Reason[] {
  const own = signs.suspects(service).find((suspect) => suspect.alert === alert)
  if (service === '' || own?.symptom !== 'events') return []
  const to: Matter = { kind: 'health', service }
  const isNear = signs.alertsOn(to).some(({ since }) => Math.abs(since - own.since) <= SAME_TIME_MS)
  return isNear ? [{ to, strength: 1 }] : []
}
