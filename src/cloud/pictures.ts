/** Pictures of alarms, through the port of the series and the rules that fire them. */
import type { Labels } from '../model/labels.ts'
import type { UnixMs } from '../model/time.ts'
import type { Alert } from './alerts/alert.ts'
import { ruleOf } from './alerts/judge.ts'
import type { Picture } from './picture/picture.ts'
import type { PictureQuery } from './picture/ports.ts'
import { readPicture } from './picture/read-picture.ts'
import { whatToDraw } from './picture/what-to-draw.ts'
import type { RuleSet } from './rules/rule.ts'
import type { SeriesQueries } from './series/port.ts'

/** Of real time, for all questions of a picture together: news does not wait longer for it. */
const TIMEOUT_MS = 800
/** A picture shows a few series; more is no picture's business. */
const LIMITS = { timeoutMs: TIMEOUT_MS, maxResultSamples: 500_000 }

export interface Pictures {
  /**
   * As far as the data reach at `asOf`. Undefined: the alarm never fired, nothing can be drawn of it, or that took
   * too long. Never rejects.
   */
  of(alert: Alert, asOf: UnixMs): Promise<Picture | undefined>
}

export function openPictures(
  series: Pick<SeriesQueries, 'instant' | 'range'>,
  rules: (environment: string) => RuleSet,
): Pictures {
  return {
    async of(alert, asOf) {
      if (alert.firedAt === undefined) return undefined
      const { environment } = alert
      const question = whatToDraw(alert, ruleOf(alert, rules(environment))?.expr)
      if (!question) return undefined
      try {
        return await readPicture(queriesOf(series, environment), question, alert, asOf)
      } catch {
        return undefined
      }
    },
  }
}

function queriesOf(
  series: Pick<SeriesQueries, 'instant' | 'range'>,
  environment: string,
): PictureQuery {
  const options = { limits: LIMITS, signal: AbortSignal.timeout(TIMEOUT_MS) }
  return {
    async instant(expr, at) {
      const value = await series.instant(environment, expr, at, options)
      return value.type === 'vector' ? value.samples : []
    },
    async range(expr, startMs, endMs, stepMs) {
      const range = { startMs, endMs, stepMs }
      const value = await series.range(environment, expr, range, options)
      return value.type === 'matrix' ? value.series.map(pointsOf) : []
    },
  }
}

function pointsOf({ labels, times, values }: Read) {
  const points = Array.from(times, (at, n) => [at, values[n] ?? Number.NaN] as const)
  return { labels, points }
}

interface Read {
  readonly labels: Labels
  readonly times: ArrayLike<number>
  readonly values: ArrayLike<number>
}
