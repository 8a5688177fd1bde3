/** Summaries of alarms by day and week, as the API tells. */
import { call, place } from './call.ts'

export interface SummaryBody {
  readonly every: 'day' | 'week'
  /** 0 is Sunday. */
  readonly weekday: number
  /** `09:00`. */
  readonly at: string
  readonly timeZone: string
  readonly contacts: readonly string[]
  readonly groups: readonly string[]
  readonly evenIfQuiet: boolean
}

export interface Summary extends SummaryBody {
  readonly id: string
}

export async function summaries(environment: string): Promise<readonly Summary[]> {
  return (await call<{ summaries: Summary[] }>('GET', place(environment, 'summaries'))).summaries
}

/** Adds one, or changes the one of this id. */
export async function saveSummary(environment: string, body: SummaryBody, id?: string) {
  if (id === undefined) await call('POST', place(environment, 'summaries'), body)
  else await call('PUT', place(environment, 'summaries', id), body)
}

export async function removeSummary(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'summaries', id))
}
