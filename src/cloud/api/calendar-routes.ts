import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { Calendar } from '../calendar/calendar.ts'
import { SCHEDULED_UNTIL } from '../calendar/chinese-schedule.ts'
import { daysOfYear } from '../calendar/civil-day.ts'
import { type CalendarSettings, calendarSchema, DEFAULT_CALENDAR } from '../calendar/special-day.ts'
import type { ApiContext } from './api-context.ts'
import { calendarAnswer, calendarQuery } from './calendar-schemas.ts'
import type { CalendarStore } from './ports.ts'
import { environmentParams } from './schemas.ts'

/** 400 days with long names. */
const MAX_BODY_BYTES = 256 * 1024

const tags = ['calendar']
const shared = { params: environmentParams, querystring: calendarQuery }
const response = { 200: calendarAnswer }

/** How an environment sees days, and what that makes of the days of a year. */
export function calendarRoutes(context: ApiContext, store: CalendarStore): FastifyPluginAsyncZod {
  function view(settings: CalendarSettings, asked: number | undefined) {
    const calendar = new Calendar(settings)
    const today = calendar.today(context.now())
    const year = asked ?? Number(today.slice(0, 4))
    const days = daysOfYear(year).map((day) => {
      const { kind, whence, name } = calendar.info(day)
      return { day, kind, whence, ...(name && { name }) }
    })
    const scheduledUntil = settings.holidays === 'china' ? { scheduledUntil: SCHEDULED_UNTIL } : {}
    return context.answer({ calendar: settings, year: { year, today, days, ...scheduledUntil } })
  }

  return async (app) => {
    app.get(
      '/environments/:id/calendar',
      { schema: { tags, ...shared, response } },
      async ({ params: { id }, query: { year } }) => {
        await context.environment(id)
        return view((await store.calendar(id)) ?? DEFAULT_CALENDAR, year)
      },
    )

    app.put(
      '/environments/:id/calendar',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { tags, ...shared, body: calendarSchema, response },
      },
      async ({ params: { id }, query: { year }, body }) => {
        await context.environment(id)
        await store.saveCalendar(id, body)
        return view(body, year)
      },
    )
  }
}
