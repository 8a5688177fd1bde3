/** What the search for causes asks, through the port of the series. */
import type { CauseQuery, Point } from './cause/ports.ts'
import type { SeriesPort } from './series/port.ts'

type Line = { readonly times: ArrayLike<number>; readonly values: ArrayLike<number> }

/** News waits for the answers. */
const OPTIONS = { limits: { timeoutMs: 5000 } }

export function causeQueries(
  series: Pick<SeriesPort, 'instant' | 'range' | 'events'>,
  environment: string,
): CauseQuery {
  return {
    async instant(expr, at) {
      const value = await series.instant(environment, expr, at, { ...OPTIONS, forRule: true })
      return value.type === 'vector' ? value.samples : []
    },
    async line(expr, startMs, endMs, stepMs) {
      const value = await series.range(environment, expr, { startMs, endMs, stepMs }, OPTIONS)
      if (value.type !== 'matrix') return []
      const [first, ...others] = value.series
      return first && others.length === 0 ? pointsOf(first) : []
    },
    async events(service, fromMs, toMs) {
      const [found] = await series.events(environment, [{ module: service }], fromMs, toMs)
      return found ?? []
    },
  }
}

function pointsOf({ times, values }: Line): Point[] {
  return Array.from(times, (at, n) => ({ at, value: values[n] ?? Number.NaN }))
}
