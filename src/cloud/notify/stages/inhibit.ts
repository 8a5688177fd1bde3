import type { Decision, Stage } from './stage.ts'

/** In place of the mute for whose end news waits. */
export const INHIBITED = 'inhibited'
/** After this time it is looked at again whether the source still fires. */
const RECHECK_MS = 60_000

/**
 * What a rule holds back while its source fires is told to nobody: that it fired waits until the source is over; that
 * it goes on is forgotten. That it is over goes on: whoever was told before hears it.
 */
export const inhibit: Stage = (envelope, { at, inhibitor, again, overInhibited }) => {
  const { kind, alert } = envelope.news
  // What is told once more was told before its source fired.
  if (kind === 'resolved' || again) return envelope
  const decided = { stage: 'inhibit', policy: '' } as const
  const closedBy = (decision: Decision) => ({
    ...{ ...envelope, closed: true },
    trace: [...envelope.trace, decision],
  })
  if (overInhibited) {
    return closedBy({ ...decided, verdict: 'drop', reason: 'over-while-inhibited' })
  }
  const found = inhibitor?.of(alert)
  if (!found) return envelope
  const waits = kind === 'fired'
  return {
    ...closedBy({
      ...{ ...decided, verdict: waits ? 'hold' : 'drop', reason: 'inhibited' },
      ...{ by: found.rule, source: found.source },
    }),
    muted: { mute: INHIBITED, ...(waits && { until: at + RECHECK_MS }) },
  }
}
