import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { actBody, actView } from './act-schemas.ts'
import { viewAct } from './act-views.ts'
import { saveAct } from './acting.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import { alarmParams, answerOf } from './schemas.ts'
import { tokenOf } from './session-routes.ts'

const tags = ['alarms']
const path = '/environments/:id/alarms/:alarm/acts'

/** Acknowledge, snooze, close, take that back, add a note: what people did about an alarm, and doing it. */
export function actRoutes(context: ApiContext, desk: NotifyDesk): FastifyPluginAsyncZod {
  const { alerts, sessions, inTurn, answer, now } = context
  return async (app) => {
    app.get(
      path,
      {
        schema: {
          ...{ tags, params: alarmParams },
          response: { 200: answerOf({ acts: actView.array() }) },
        },
      },
      async ({ params: { id, alarm } }) => {
        if (!(await alerts.alert(id, alarm))) throw notFound('alarm', alarm)
        return answer({ acts: (await desk.acts.acts(id, alarm)).map(viewAct).reverse() })
      },
    )

    app.post(
      path,
      {
        schema: {
          ...{ tags, params: alarmParams, body: actBody },
          response: { 201: answerOf({ act: actView }) },
        },
      },
      async (request, reply) => {
        const { name } = await sessions.userOf(tokenOf(request))
        const { kind, note, untilMs } = request.body
        const { id: environment, alarm: alert } = request.params
        const act = {
          ...{ environment, alert, kind, note, by: name },
          ...(kind === 'snooze' && untilMs !== undefined && { until: untilMs }),
        }
        const saved = await inTurn(() => saveAct(alerts, desk, act, now()))
        return reply.code(201).send(answer({ act: viewAct(saved) }))
      },
    )
  }
}
