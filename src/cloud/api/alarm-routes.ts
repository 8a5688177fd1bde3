import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { viewHandling } from './act-views.ts'
import { alarmPage } from './alarm-page.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import {
  alarmParams,
  alarmsQuery,
  alarmView,
  answerOf,
  deliveryView,
  environmentParams,
  eventView,
  storyView,
} from './schemas.ts'
import { viewAlarm, viewDelivery, viewEvents, viewStory } from './views.ts'

/** Deliveries looked at for one line of the list, and for the page of one alarm. */
const TOLD_LIMIT = 20
const DELIVERY_LIMIT = 200

const tags = ['alarms']
const many = { 200: answerOf({ alarms: alarmView.array(), next: alarmView.shape.firedAtMs }) }
const one = {
  200: answerOf({
    alarm: alarmView,
    story: storyView.optional(),
    /** Nobody is told before its cause was looked for; then, or by this time. */
    waitsUntilMs: alarmView.shape.firedAtMs,
    events: eventView.array(),
    deliveries: deliveryView.array(),
  }),
}

export function alarmRoutes(context: ApiContext): FastifyPluginAsyncZod {
  const { alerts, contacts, answer, notifyDesk } = context

  /** How each is handled, as its view says. */
  async function handlingOf(all: readonly { readonly id: string }[]) {
    const acts = (await notifyDesk?.acts.newestActs(all.map(({ id }) => id))) ?? []
    return (alarm: string) => {
      const newest = acts.find((act) => act.alert === alarm)
      const handling = viewHandling(newest, context.now())
      return handling && { handling }
    }
  }

  return async (app) => {
    app.get(
      '/environments/:id/alarms',
      { schema: { tags, params: environmentParams, querystring: alarmsQuery, response: many } },
      async ({ params, query: { state, before, limit, ...query } }) => {
        const { id: environment } = await context.environment(params.id)
        const page = await alarmPage(alerts, {
          environment,
          limit,
          ...(state && { states: state }),
          ...(query.unacknowledged && { unhandledAt: context.now() }),
          ...(query.drills && { drills: query.drills }),
          ...(query.level && { level: query.level }),
          ...(query.search && query.search.length > 0 && { words: query.search }),
          ...(before !== undefined && { before }),
        })
        const people = await contacts.contacts(environment)
        const told = (alert: string) => alerts.deliveries({ environment, alert, limit: TOLD_LIMIT })
        const handlings = await handlingOf(page.alerts)
        const alarms = await Promise.all(
          page.alerts.map(async (alert) => ({
            ...viewAlarm(alert, await told(alert.id), people),
            ...handlings(alert.id),
          })),
        )
        return answer({ alarms, ...(page.next !== undefined && { next: page.next }) })
      },
    )

    app.get(
      '/environments/:id/alarms/:alarm',
      { schema: { tags, params: alarmParams, response: one } },
      async ({ params: { id: environment, alarm } }) => {
        const alert = await alerts.alert(environment, alarm)
        if (!alert) throw notFound('alarm', alarm)
        const [people, story, waitsUntilMs, deliveries] = await Promise.all([
          contacts.contacts(environment),
          alerts.story(environment, alarm),
          alerts.waitsUntil(environment, alarm),
          alerts.deliveries({ environment, alert: alarm, limit: DELIVERY_LIMIT }),
        ])
        const teller = story?.into && (await alerts.alert(environment, story.into.alert))
        return answer({
          alarm: {
            ...viewAlarm(alert, deliveries, people),
            ...(await handlingOf([alert]))(alarm),
          },
          ...(story && { story: viewStory(story, teller) }),
          ...(waitsUntilMs !== undefined && { waitsUntilMs }),
          events: viewEvents(alert),
          deliveries: deliveries.map((delivery) => viewDelivery(delivery, people)),
        })
      },
    )
  }
}
