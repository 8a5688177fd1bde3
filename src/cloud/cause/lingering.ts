/**
 * Deaths that nodes told of. Such an alert is soon over, as notifies have no end, and nobody is told that it is; what
 * it causes begins with it or after it. So it counts as firing for a while, and as long as it explains others. Pure.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Alert } from '../alerts/alert.ts'
import type { Standings } from './holding.ts'
import { isDeath } from './symptom.ts'

export interface Lingering {
  readonly alert: Alert
  readonly overAt: UnixMs
}

export interface LingeringStep {
  readonly at: UnixMs
  /** That were firing at the step before. */
  readonly was: readonly Alert[]
  /** That are pending or firing now. */
  readonly alerts: readonly Alert[]
  readonly standings: Standings
}

/** As long as a server may take to be missed by all. */
const LINGER_MS = 300_000
const LONGEST_MS = 1_800_000
const MAX_LINGERING = 200

export function linger(
  before: readonly Lingering[],
  { at, was, alerts, standings }: LingeringStep,
): readonly Lingering[] {
  const living = new Set(alerts.map(({ id }) => id))
  const causing = new Set(
    [...standings].flatMap(([id, { into }]) => (into !== undefined && living.has(id) ? into : [])),
  )
  const isTold = ({ id }: Alert) => standings.get(id)?.isTold && !standings.get(id)?.into
  const over = was.filter((alert) => isDeath(alert) && !living.has(alert.id) && isTold(alert))
  return [...before, ...over.map((alert) => ({ alert, overAt: at }))]
    .filter(({ alert, overAt }) => {
      const agoMs = at - overAt
      return agoMs < LINGER_MS || (causing.has(alert.id) && agoMs < LONGEST_MS)
    })
    .slice(-MAX_LINGERING)
}
