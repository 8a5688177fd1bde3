import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import { holdsUntil, type Mute } from '../notify/mute.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import { muteBody, muteParams, muteView } from './mute-schemas.ts'
import type { CountedMute, NotifyDesk } from './notify-ports.ts'
import { newId, refuseCount } from './policy-routes.ts'
import { answerOf, environmentParams } from './schemas.ts'
import { tokenOf } from './session-routes.ts'

const MAX_MUTES = 500
const SOON_MS = 86_400_000

const tags = ['mutes']
const one = answerOf({ mute: muteView })

/** 屏蔽配置. What was muted and still fires is told when the mute ends, is changed or removed. */
export function muteRoutes(context: ApiContext, desk: NotifyDesk): FastifyPluginAsyncZod {
  const { inTurn, answer, now, sessions } = context
  const store = desk.mutes

  async function save(environment: string, id: string | undefined, body: MuteBody, author: string) {
    await context.environment(environment)
    const existing = await store.mutes(environment)
    refuseCount('mutes', id, existing, MAX_MUTES)
    const kept = existing.find((mute) => mute.id === id)
    const mute = muteOf(environment, body, kept ?? { id: newId(context), author, createdAt: now() })
    await store.saveMute(mute)
    desk.changed()
    return answer({ mute: viewMute({ ...mute, ...countOf(kept) }, now()) })
  }

  return async (app) => {
    app.get(
      '/environments/:id/mutes',
      {
        schema: {
          ...{ tags, params: environmentParams },
          response: { 200: answerOf({ mutes: muteView.array() }) },
        },
      },
      async ({ params: { id } }) => {
        await context.environment(id)
        const all = await store.mutes(id)
        return answer({ mutes: all.map((mute) => viewMute(mute, now())) })
      },
    )

    app.post(
      '/environments/:id/mutes',
      { schema: { tags, params: environmentParams, body: muteBody, response: { 201: one } } },
      async (request, reply) => {
        const { name } = await sessions.userOf(tokenOf(request))
        const { params, body } = request
        return reply.code(201).send(await inTurn(() => save(params.id, undefined, body, name)))
      },
    )

    app.put(
      '/environments/:id/mutes/:mute',
      { schema: { tags, params: muteParams, body: muteBody, response: { 200: one } } },
      async ({ params, body }) => inTurn(() => save(params.id, params.mute, body, '')),
    )

    app.delete(
      '/environments/:id/mutes/:mute',
      { schema: { tags, params: muteParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, mute } }) => {
        if (!(await inTurn(() => store.removeMute(id, mute)))) throw notFound('mute', mute)
        desk.changed()
        return answer({})
      },
    )
  }
}

type MuteBody = z.output<typeof muteBody>

function muteOf(
  environment: string,
  { fromMs, toMs, matchers, weekly, reason }: MuteBody,
  { id, author, createdAt }: Pick<Mute, 'id' | 'author' | 'createdAt'>,
): Mute {
  return {
    ...{ id, environment, matchers, from: fromMs, to: toMs, reason, author, createdAt },
    ...(weekly && { weekly }),
  }
}

function countOf(kept: CountedMute | undefined) {
  const { muted = 0, mutedAt } = kept ?? {}
  return { muted, ...(mutedAt !== undefined && { mutedAt }) }
}

function viewMute(mute: CountedMute, now: UnixMs): z.output<typeof muteView> {
  const { id, matchers, from, to, weekly, reason, author, createdAt, muted, mutedAt } = mute
  return {
    ...{ id, matchers: [...matchers], fromMs: from, toMs: to, reason, author, muted },
    createdAtMs: createdAt,
    weekly: weekly
      ? { ...weekly, times: weekly.times.map((each) => ({ ...each, days: [...each.days] })) }
      : null,
    state: stateOf(mute, now),
    endsSoon: now >= from && now < to && to - now <= SOON_MS,
    ...(mutedAt !== undefined && { mutedAtMs: mutedAt }),
  }
}

function stateOf(mute: Mute, now: UnixMs): z.output<typeof muteView>['state'] {
  if (now < mute.from) return 'waiting'
  if (now >= mute.to) return 'ended'
  return holdsUntil(mute, now) === undefined ? 'pausing' : 'active'
}
