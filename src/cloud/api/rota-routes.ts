import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import { dayAfter } from '../calendar/civil-day.ts'
import { zoneOf } from '../notify/day-times.ts'
import { type Rota, type Shift, shiftsOf } from '../notify/rota.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import { newId, refuseCount } from './policy-routes.ts'
import { refuseUnknown, refuseUsed } from './references.ts'
import { overrideBody, overrideParams, rotaBody, rotaParams, rotaView } from './rota-schemas.ts'
import { answerOf, environmentParams } from './schemas.ts'
import { tokenOf } from './session-routes.ts'

const MAX_ROTAS = 50
const MAX_OVERRIDES = 100
const SHOWN_DAYS = 28

const tags = ['rotas']
const one = answerOf({ rota: rotaView })

/** 值班表. */
export function rotaRoutes(context: ApiContext, desk: NotifyDesk): FastifyPluginAsyncZod {
  const { contacts, inTurn, answer, now, sessions } = context
  const store = desk.rotas

  async function rotaOf(environment: string, id: string): Promise<Rota> {
    const rota = (await store.rotas(environment)).find((other) => other.id === id)
    if (!rota) throw notFound('rota', id)
    return rota
  }

  async function view(environment: string, rotas: readonly Rota[]) {
    const there = new Set((await contacts.contacts(environment)).map(({ id }) => id))
    return rotas.map((rota) => viewRota(rota, there, now()))
  }

  async function saved(rota: Rota) {
    await store.saveRota(rota)
    const [shown] = await view(rota.environment, [rota])
    if (!shown) throw new RangeError('a rota is shown as one')
    return answer({ rota: shown })
  }

  async function save(environment: string, id: string | undefined, body: RotaBody) {
    await context.environment(environment)
    const existing = await store.rotas(environment)
    refuseCount('rotas', id, existing, MAX_ROTAS)
    refuseUnknown('members', body.members, await contacts.contacts(environment))
    const { overrides = [] } = existing.find((rota) => rota.id === id) ?? {}
    return saved({ ...body, id: id ?? newId(context), environment, overrides })
  }

  async function override(environment: string, id: string, body: OverrideBody, by: string) {
    const rota = await rotaOf(environment, id)
    const { fromMs: from, toMs: to, contact, reason } = body
    const [known] = (await contacts.contacts(environment)).filter((one) => one.id === contact)
    const fields = [
      ...(known ? [] : [{ field: 'contact', expected: 'one of the contacts there are' }]),
      ...(to > now() ? [] : [{ field: 'toMs', expected: 'an end that is not over' }]),
    ]
    if (fields.length > 0) throw new ApiFailure('invalid', 'no such override', { fields })
    const left = rota.overrides.filter((other) => other.to > now())
    refuseCount('overrides', undefined, left, MAX_OVERRIDES)
    const added = { id: newId(context), from, to, contact, by, reason }
    return saved({ ...rota, overrides: [...left, added] })
  }

  return async (app) => {
    app.get(
      '/environments/:id/rotas',
      {
        schema: {
          ...{ tags, params: environmentParams },
          response: { 200: answerOf({ rotas: rotaView.array() }) },
        },
      },
      async ({ params: { id } }) => {
        await context.environment(id)
        return answer({ rotas: await view(id, await store.rotas(id)) })
      },
    )

    app.post(
      '/environments/:id/rotas',
      { schema: { tags, params: environmentParams, body: rotaBody, response: { 201: one } } },
      async ({ params, body }, reply) =>
        reply.code(201).send(await inTurn(() => save(params.id, undefined, body))),
    )

    app.put(
      '/environments/:id/rotas/:rota',
      { schema: { tags, params: rotaParams, body: rotaBody, response: { 200: one } } },
      async ({ params, body }) => inTurn(() => save(params.id, params.rota, body)),
    )

    app.delete(
      '/environments/:id/rotas/:rota',
      { schema: { tags, params: rotaParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, rota } }) => {
        await inTurn(async () => {
          await refuseUsed(desk, id, 'rotas', rota)
          if (!(await store.removeRota(id, rota))) throw notFound('rota', rota)
        })
        return answer({})
      },
    )

    app.post(
      '/environments/:id/rotas/:rota/overrides',
      { schema: { tags, params: rotaParams, body: overrideBody, response: { 201: one } } },
      async (request, reply) => {
        const { name } = await sessions.userOf(tokenOf(request))
        const { params, body } = request
        const made = await inTurn(() => override(params.id, params.rota, body, name))
        return reply.code(201).send(made)
      },
    )

    app.delete(
      '/environments/:id/rotas/:rota/overrides/:override',
      { schema: { tags, params: overrideParams, response: { 200: one } } },
      async ({ params }) =>
        inTurn(async () => {
          const rota = await rotaOf(params.id, params.rota)
          const overrides = rota.overrides.filter(({ id }) => id !== params.override)
          if (overrides.length === rota.overrides.length)
            throw notFound('override', params.override)
          return saved({ ...rota, overrides })
        }),
    )
  }
}

type RotaBody = z.output<typeof rotaBody>
type OverrideBody = z.output<typeof overrideBody>

function viewRota(rota: Rota, there: ReadonlySet<string>, now: UnixMs): z.output<typeof rotaView> {
  const { id, name, timeZone, members, startsOn, handOverAt, turnDays } = rota
  const zone = zoneOf(timeZone)
  const days = Array.from({ length: SHOWN_DAYS }, (_, n) => dayAfter(zone.dayOf(now), n))
  const to = zone.startOf(dayAfter(zone.dayOf(now), SHOWN_DAYS))
  const shifts = shiftsOf(rota, { from: now, to }, (contact) => there.has(contact))
  return {
    ...{ id, name, timeZone, members: [...members], startsOn, handOverAt, turnDays },
    overrides: rota.overrides
      .filter((each) => each.to > now)
      .map(({ from, to: end, ...rest }) => ({ ...rest, fromMs: from, toMs: end })),
    gone: members.filter((member) => !there.has(member)),
    shifts: shifts.map(({ from, to: end, contact = null, override }) => ({
      ...{ fromMs: from, toMs: end, contact, stepsIn: override !== undefined },
    })),
    days: days.map((day) => {
      const during = { from: zone.startOf(day), to: zone.startOf(dayAfter(day, 1)) }
      return { day, contacts: namesOn(shifts, during) }
    }),
  }
}

function namesOn(shifts: readonly Shift[], { from, to }: Pick<Shift, 'from' | 'to'>): string[] {
  const some = shifts.filter((shift) => shift.from < to && from < shift.to)
  return [...new Set(some.flatMap(({ contact }) => contact ?? []))]
}
