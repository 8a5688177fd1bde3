/** The values at which a form's rule judged an alarm, out of stored series. */
import type { SeriesData } from '../../../promql/index.ts'
import type { Compared } from '../form/compared.ts'
import { reachedTogether } from './reached.ts'

const MINUTE_MS = 60_000

/** Unix ms. */
export interface Instants {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

/** The series of the alarm in the answer to a range query; undefined: there is none. */
export type Ask = (query: string, instants: Instants) => Promise<SeriesData | undefined>

/** At each of the instants at which there is one, in the unit of `compared`. Rejects as `ask` does. */
export async function comparedValues(
  { queries, repeated, op, scale }: Compared,
  instants: Instants,
  ask: Ask,
): Promise<number[]> {
  const values: number[] = []
  for (const { value, counted } of queries) {
    if (!repeated || counted === undefined) {
      values.push(...Array.from((await ask(value, instants))?.values ?? []))
      continue
    }
    const at = await ask(counted, instants)
    const minutes = at && (await ask(value, minutesOf(instants, repeated.minutes)))
    if (minutes) values.push(...reachedTogether(minutes, { ...repeated, op }, Array.from(at.times)))
  }
  return values.map((one) => one * scale)
}

/** All full minutes that are counted at one of the instants. */
function minutesOf({ startMs, endMs }: Instants, minutes: number): Instants {
  const first = Math.ceil((startMs - minutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
  return { startMs: first, endMs, stepMs: MINUTE_MS }
}
