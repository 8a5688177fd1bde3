import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { Calendar } from '../calendar/calendar.ts'
import { DRILL_STEPS, type Drill } from '../drill/drill.ts'
import { DEFAULT_PLAN, type KeptPlan, MAX_DAY, nextDue } from '../drill/drill-plan.ts'
import { CHANNEL_KINDS } from '../notify/ports.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure } from './api-failure.ts'
import type { DrillDesk } from './drill-ports.ts'
import { newId } from './policy-routes.ts'
import { refuseUnknown } from './references.ts'
import { answerOf, environmentParams, unixMs } from './schemas.ts'

const tags = ['drills']
const day = `first-workday, or a day of the month from 1 to ${MAX_DAY}`

const planBody = z.strictObject({
  enabled: z.boolean('true or false'),
  /** By the environment's calendar, and in its zone. */
  day: z.union([z.literal('first-workday'), z.int().min(1).max(MAX_DAY)], day),
  at: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time such as 10:00'),
  /** Who gets the report. */
  contacts: z.array(z.string().max(100)).max(500).default([]),
})

const planView = z.object({
  ...planBody.shape,
  timeZone: z.string(),
  /** When the next is due. */
  nextAtMs: unixMs.optional(),
})

const sinceFault = z.number().meta({ description: 'ms since the fault' })

const drillView = z.object({
  id: z.string(),
  /** Of a drill that was due, `2026-11`. */
  month: z.string().optional(),
  begunAtMs: unixMs,
  endedAtMs: unixMs.optional(),
  outcome: z.enum(['under-way', 'passed', 'failed']),
  /** What a drill that failed did not come to. */
  step: z.enum(DRILL_STEPS).optional(),
  /** Reasons of the trace where the step is `planned`; else what was answered. */
  why: z.string().array(),
  /** The cloud was started anew meanwhile. */
  takenUp: z.boolean(),
  /** Id of its alarm. */
  alarm: z.string().optional(),
  storedMs: sinceFault.optional(),
  firedMs: sinceFault.optional(),
  plannedMs: sinceFault.optional(),
  resolvedMs: sinceFault.optional(),
  overToldMs: sinceFault.optional(),
  channels: z
    .object({
      channel: z.enum(CHANNEL_KINDS),
      planned: z.number(),
      accepted: z.number(),
      firstMs: sinceFault.optional(),
      lastMs: sinceFault.optional(),
      missing: z.object({ to: z.string(), answer: z.string() }).array(),
    })
    .array(),
})

/** 告警演练: when they are due, what they found, and one at once. */
export function drillRoutes(context: ApiContext, desk: DrillDesk): FastifyPluginAsyncZod {
  const { inTurn, answer, now, contacts, calendars } = context
  const { store } = desk
  const params = environmentParams
  const all = answerOf({ plan: planView, drills: drillView.array() })

  async function view(environment: string) {
    await context.environment(environment)
    const calendar = new Calendar(await calendars?.calendar(environment))
    const unsaved = { ...DEFAULT_PLAN, environment, savedAt: now(), month: '' }
    const plan = (await store.plan(environment)) ?? unsaved
    const drills = await store.drills(environment)
    return answer({ plan: viewPlan(plan, calendar, now()), drills: drills.map(viewDrill) })
  }

  return async (app) => {
    app.get(
      '/environments/:id/drills',
      { schema: { tags, params, response: { 200: all } } },
      async ({ params: { id } }) => view(id),
    )

    app.put(
      '/environments/:id/drills/plan',
      { schema: { tags, params, body: planBody, response: { 200: all } } },
      async ({ params: { id }, body }) =>
        inTurn(async () => {
          await context.environment(id)
          refuseUnknown('contacts', body.contacts, await contacts.contacts(id))
          await store.savePlan(id, body, now())
          desk.changed()
          return view(id)
        }),
    )

    app.post(
      '/environments/:id/drills',
      { schema: { tags, params, response: { 202: answerOf({ drill: drillView }) } } },
      async ({ params: { id } }, reply) => {
        await context.environment(id)
        const drill = await desk.begin(id, newId(context))
        if (!drill) throw new ApiFailure('busy', 'a drill is under way: wait until it has ended')
        return reply.code(202).send(answer({ drill: viewDrill(drill) }))
      },
    )
  }
}

function viewPlan(plan: KeptPlan, calendar: Calendar, now: number): z.output<typeof planView> {
  const { enabled, day, at, contacts } = plan
  const nextAtMs = nextDue(plan, calendar, now)
  const own = { enabled, day, at, contacts: [...contacts], timeZone: calendar.zone.name }
  return { ...own, ...(nextAtMs !== undefined && { nextAtMs }) }
}

function viewDrill(drill: Drill): z.output<typeof drillView> {
  const { id, month, begunAt, faultAt = begunAt, end, alert, takenUp = false, channels } = drill
  const since = <Name extends string>(name: Name, at: number | undefined) =>
    // An evaluation may be of an instant just before.
    at === undefined ? {} : ({ [name]: Math.max(0, at - faultAt) } as Record<Name, number>)
  return {
    ...{ id, begunAtMs: begunAt, takenUp, outcome: end?.outcome ?? 'under-way' },
    ...(month !== undefined && { month }),
    ...(end && { endedAtMs: end.at }),
    ...(end?.outcome === 'failed' && { step: end.step }),
    why: end?.outcome === 'failed' ? [...end.why] : [],
    ...(alert !== undefined && { alarm: alert }),
    ...since('storedMs', drill.storedAt),
    ...since('firedMs', drill.firedAt),
    ...since('plannedMs', drill.plannedAt),
    ...since('resolvedMs', drill.resolvedAt),
    ...since('overToldMs', drill.overToldAt),
    channels: channels.map(({ firstAt, lastAt, missing, ...counts }) => ({
      ...{ ...counts, missing: [...missing] },
      ...since('firstMs', firstAt),
      ...since('lastMs', lastAt),
    })),
  }
}
