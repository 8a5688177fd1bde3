/** For how long what rules write is needed by others: how long it is kept, and how long before the first instant it begins. Pure. */
import type { Rule } from '../rules/rule.ts'
import type { Reading } from './readings.ts'

export interface Reach {
  /** So long before an instant others read what the rule wrote. */
  readonly keptMs: number
  /** So long before the first instant the rule is evaluated: what it writes is read by rules that are read. 0 of alerting rules. */
  readonly warmMs: number
}

/** Chains of readings are followed so far; rules that read each other in a circle as well. */
const MAX_DEPTH = 8

/** Of each rule that others read. */
export function reachesOf(readings: readonly Reading[]): ReadonlyMap<Rule, Reach> {
  const warm = warmOf(readings)
  const reaches = new Map<Rule, Reach>()
  for (const { written, backMs } of readings) {
    const keptMs = Math.max(backMs, reaches.get(written.rule)?.keptMs ?? 0)
    reaches.set(written.rule, { keptMs, warmMs: warm.get(written.rule) ?? 0 })
  }
  return reaches
}

function warmOf(readings: readonly Reading[]): ReadonlyMap<Rule, number> {
  // Alerts begin with the first instant.
  const recorded = readings.filter(({ written }) => written.rule.kind === 'recording')
  const others = recorded.filter(({ reader, written }) => reader.rule !== written.rule)
  const ownMs = new Map<Rule, number>()
  for (const { reader, written, backMs } of recorded) {
    if (reader.rule === written.rule) ownMs.set(reader.rule, backMs)
  }
  let warm: ReadonlyMap<Rule, number> = ownMs
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const deeper = new Map(ownMs)
    for (const { reader, written, backMs } of others) {
      const ms = (ownMs.get(written.rule) ?? 0) + (warm.get(reader.rule) ?? 0) + backMs
      deeper.set(written.rule, Math.max(deeper.get(written.rule) ?? 0, ms))
    }
    if (isSame(warm, deeper)) break
    warm = deeper
  }
  return warm
}

function isSame(a: ReadonlyMap<Rule, number>, b: ReadonlyMap<Rule, number>): boolean {
  return a.size === b.size && [...a].every(([rule, ms]) => b.get(rule) === ms)
}
