/** Acts as the console sees them. Pure. */
import type { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import { type Act, handlingAt } from '../notify/acts/act.ts'
import type { actView } from './act-schemas.ts'
import type { handlingView } from './schemas.ts'

export function viewAct({ kind, at, by, contact, note, until }: Act): z.output<typeof actView> {
  return {
    ...{ kind, atMs: at, by, byLink: contact !== undefined, note },
    ...(until !== undefined && { untilMs: until }),
  }
}

/** Undefined: nobody looks after it. */
export function viewHandling(
  newest: Act | undefined,
  now: UnixMs,
): z.output<typeof handlingView> | undefined {
  const state = handlingAt(newest, now)
  if (!newest || !state) return undefined
  const { by, at, until } = newest
  return { state, by, atMs: at, ...(until !== undefined && { untilMs: until }) }
}
