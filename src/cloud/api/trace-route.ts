import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { isRouteId, routePathOf } from '../notify/routing/route-policy.ts'
import { INHIBITED } from '../notify/stages/inhibit.ts'
import type { TraceLine } from '../notify/trace.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import { alarmParams, answerOf, unixMs } from './schemas.ts'

const MAX_ENTRIES = 100
const TRACE_KINDS = [
  ...(['fired', 'repeated', 'resolved', 'digest'] as const),
  ...(['escalation', 'snooze-over', 'undo', 'unsent'] as const),
]

const named = z.object({
  id: z.string(),
  /** '' when it was removed since. */
  name: z.string(),
})

const lineView = z.object({
  stage: z.string(),
  verdict: z.enum(['tell', 'hold', 'drop']),
  /** Of a closed set: the console has a text for each. */
  reason: z.string(),
  policies: z.array(named),
  /** And receivers. */
  contacts: z.array(named),
  /** Not named: there are too many. */
  more: z.number(),
  mute: named.optional(),
  /** The rule of inhibition that holds it back, and the alarm that fires. */
  inhibition: z.object({ rule: z.string(), alarm: z.string() }).optional(),
  /** What went wrong, of news that could not be planned. */
  error: z.string().optional(),
})

const traceAnswer = answerOf({
  /** Newest first. */
  trace: z.array(
    z.object({
      atMs: unixMs,
      kind: z.enum(TRACE_KINDS),
      lines: z.array(lineView),
    }),
  ),
  /** News that nothing was decided of yet: until when it waits, and for the end of which mute. */
  waiting: z.array(
    z.object({
      atMs: unixMs,
      untilMs: unixMs.optional(),
      mute: named.optional(),
      inhibited: z.literal(true).optional(),
    }),
  ),
})

/** Why somebody was told of an alarm, or was not. */
export function traceRoute(context: ApiContext, desk: NotifyDesk): FastifyPluginAsyncZod {
  const { alerts, contacts, answer } = context

  /** Names of what a trace may name, by id. */
  async function names(environment: string): Promise<(id: string) => z.output<typeof named>> {
    const { policies, rotas, receivers, mutes } = desk
    const found = await Promise.all([
      ...[policies.policies(environment), contacts.contacts(environment)],
      ...[receivers.receivers(environment), rotas.rotas(environment)],
    ])
    const all = new Map(found.flat().map(({ id, name }) => [id, name]))
    for (const { id, reason } of await mutes.mutes(environment)) all.set(id, reason)
    const nameOf = (id: string) => (isRouteId(id) ? routePathOf(id) : (all.get(id) ?? ''))
    return (id) => ({ id, name: nameOf(id) })
  }

  return async (app) => {
    app.get(
      '/environments/:id/alarms/:alarm/trace',
      { schema: { tags: ['alarms'], params: alarmParams, response: { 200: traceAnswer } } },
      async ({ params: { id, alarm } }) => {
        if (!(await alerts.alert(id, alarm))) throw notFound('alarm', alarm)
        const nameOf = await names(id)
        const trace = await desk.traces.trace(id, alarm, MAX_ENTRIES)
        const waiting = await desk.traces.waiting(id, alarm)
        return answer({
          trace: trace.map(({ at, kind, lines }) => ({
            ...{ atMs: at, kind },
            lines: lines.map((each) => viewLine(each, nameOf)),
          })),
          waiting: waiting.map(({ at, until, mute }) => ({
            atMs: at,
            ...(until !== undefined && { untilMs: until }),
            ...(mute !== undefined && mute !== INHIBITED && { mute: nameOf(mute) }),
            ...(mute === INHIBITED && { inhibited: true as const }),
          })),
        })
      },
    )
  }
}

function viewLine(
  { stage, verdict, reason, policies, contacts = [], more = 0, mute, by, source, error }: TraceLine,
  nameOf: (id: string) => z.output<typeof named>,
): z.output<typeof lineView> {
  return {
    ...{ stage, verdict, reason, more },
    policies: policies.map(nameOf),
    contacts: contacts.map(nameOf),
    ...(mute !== undefined && { mute: nameOf(mute) }),
    ...(by !== undefined && source !== undefined && { inhibition: { rule: by, alarm: source } }),
    ...(error !== undefined && { error }),
  }
}
