/** Instants that are evaluated again, because data of theirs came late. Pure. */
import type { NotifyEvent } from '../../model/event.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Observation } from '../rules/ports.ts'
import type { Alert } from './alert.ts'
import { aliveKey, judge, LATE_SECONDS, type Living } from './judge.ts'

export interface LateScene {
  /** Of one group, oldest first, each with the events that its verdict may need. */
  readonly observations: readonly {
    readonly observation: Observation
    /** By `labelsKey`. */
    readonly events: ReadonlyMap<string, readonly NotifyEvent[]>
  }[]
  /** As they stand now, after all of these instants. */
  readonly living: ReadonlyMap<string, Living>
  readonly maxPerRule: number
  /** Whether somebody was told of this one, though it is over. */
  isTold(key: string, alert: Alert): boolean
}

/**
 * The alerts that fire in them, and of which nobody has heard: by `aliveKey` the newest. One that is over by now has
 * `clearedAt`. What fired and now would not is left: it was told, and ends when its condition does.
 */
export function foundLate({ observations, living, maxPerRule, isTold }: LateScene) {
  const first = observations[0]?.observation.at ?? Infinity
  const then = new Map([...living].filter(([, { alert }]) => alert.activeAt < first))
  /** By id: of one key there may be several, and some that were told. */
  const fired = new Map<string, Living>()
  for (const { observation, events } of observations) {
    const verdict = judge({ observation, living: then, maxPerRule, events })
    for (const [key, now] of verdict.living) {
      if (now) then.set(key, now)
      else then.delete(key)
    }
    for (const { kind, alert } of verdict.changes) {
      const { rule } = verdict.living.get(keyOf(alert)) ?? {}
      if (kind === 'fired') fired.set(alert.id, { alert, rule })
    }
    for (const alert of verdict.alerts) {
      const known = fired.get(alert.id)
      if (known) fired.set(alert.id, { ...known, alert: reopened(alert) })
    }
  }
  const found = [...fired.values()].map((each) => [keyOf(each.alert), each] as const)
  return new Map(
    found.filter(([key, { alert }]) => {
      return living.get(key)?.alert.state !== 'firing' && !isTold(key, alert)
    }),
  )
}

function keyOf({ rule, labels }: Alert): string {
  return aliveKey(rule, labels)
}

/** Told as firing, it ends with the next evaluation. */
function reopened({ resolvedAt: _, ...alert }: Alert): Alert {
  return { ...alert, state: 'firing' }
}

/** With the annotation that says how late it was found. */
export function markedLate(alert: Alert, receivedAt: UnixMs): Alert {
  const seconds = Math.round((receivedAt - (alert.firedAt ?? alert.activeAt)) / 1000)
  return { ...alert, annotations: { ...alert.annotations, [LATE_SECONDS]: String(seconds) } }
}

/** As it is kept when all of it is long over: at `lastAt` nobody knows more. */
export function historic(alert: Alert, lastAt: UnixMs, receivedAt: UnixMs): Alert {
  const clearedAt = alert.clearedAt ?? lastAt
  return { ...markedLate(alert, receivedAt), state: 'resolved', clearedAt, resolvedAt: clearedAt }
}
