import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { RECEIVER_CHANNELS } from '../notify/channels/registry.ts'
import { maskedSettings, unmaskedSettings } from '../notify/channels/secrets.ts'
import type { Receiver, ReceiverKind, StoredReceiver } from '../notify/ports.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import { newId, refuseCount } from './policy-routes.ts'
import { receiverBody, receiverParams, receiverView, testView } from './receiver-schemas.ts'
import { refuseUsed } from './references.ts'
import { answerOf, environmentParams } from './schemas.ts'

const MAX_RECEIVERS = 100
const MAX_BODY_BYTES = 64 * 1024

const tags = ['receivers']
const one = answerOf({ receiver: receiverView })

/** Robots, webhooks and phones. Secrets are taken and never shown: masks in their place leave them as they are. */
export function receiverRoutes(context: ApiContext, desk: NotifyDesk): FastifyPluginAsyncZod {
  const { inTurn, answer, now } = context
  const store = desk.receivers

  async function read(environment: string, id: string): Promise<StoredReceiver> {
    const receiver = await store.receiver(environment, id)
    if (!receiver) throw notFound('receiver', id)
    return receiver
  }

  async function save(environment: string, id: string | undefined, body: ReceiverBody) {
    await context.environment(environment)
    refuseCount('receivers', id, await store.receivers(environment), MAX_RECEIVERS)
    const kept = id === undefined ? undefined : await read(environment, id)
    const receiver = receiverOf(environment, id ?? newId(context), body, kept)
    await store.saveReceiver(receiver, now())
    desk.changed()
    return answer({ receiver: viewReceiver(receiver) })
  }

  return async (app) => {
    app.get(
      '/environments/:id/receivers',
      {
        schema: {
          ...{ tags, params: environmentParams },
          response: { 200: answerOf({ receivers: receiverView.array() }) },
        },
      },
      async ({ params: { id } }) => {
        await context.environment(id)
        return answer({ receivers: (await store.receivers(id)).map(viewReceiver) })
      },
    )

    app.post(
      '/environments/:id/receivers',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { tags, params: environmentParams, body: receiverBody, response: { 201: one } },
      },
      async ({ params, body }, reply) =>
        reply.code(201).send(await inTurn(() => save(params.id, undefined, body))),
    )

    app.put(
      '/environments/:id/receivers/:receiver',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { tags, params: receiverParams, body: receiverBody, response: { 200: one } },
      },
      async ({ params, body }) => inTurn(() => save(params.id, params.receiver, body)),
    )

    app.delete(
      '/environments/:id/receivers/:receiver',
      { schema: { tags, params: receiverParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, receiver } }) => {
        await inTurn(async () => {
          await refuseUsed(desk, id, 'receivers', receiver)
          if (!(await store.removeReceiver(id, receiver))) throw notFound('receiver', receiver)
        })
        return answer({})
      },
    )

    app.post(
      '/environments/:id/receivers/:receiver/test',
      {
        schema: {
          ...{ tags, params: receiverParams },
          description: 'Sends a test message at once, and tells what was said on the way.',
          response: { 200: answerOf({ test: testView }) },
        },
      },
      async ({ params }) => {
        const { name } = await context.environment(params.id)
        const receiver = await read(params.id, params.receiver)
        const { taken, dialogue } = await desk.test(receiver, name)
        return answer({ test: { taken, dialogue: [...dialogue] } })
      },
    )
  }
}

type ReceiverBody = z.output<typeof receiverBody>

function receiverOf(
  environment: string,
  id: string,
  { settings, ...body }: ReceiverBody,
  kept: Receiver | undefined,
): Receiver {
  if (kept && kept.kind !== body.kind) {
    const fields = [{ field: 'kind', expected: `${kept.kind}: it can never be changed` }]
    throw new ApiFailure('invalid', 'the kind of a receiver can never be changed', { fields })
  }
  return { ...body, id, environment, settings: checked(body.kind, settings, kept?.settings) }
}

function checked(kind: ReceiverKind, settings: unknown, kept: unknown): unknown {
  const schema = RECEIVER_CHANNELS[kind].settings
  const whole = kept === undefined ? settings : unmaskedSettings(schema, settings, kept)
  const { data, error } = schema.safeParse(whole)
  if (!error) return data
  const fields = error.issues.map(({ path, message }) => ({
    field: ['settings', ...path].join('/'),
    expected: message,
  }))
  const texts = fields.map(({ field, expected }) => `${field}: ${expected}`)
  throw new ApiFailure('invalid', texts.join('; '), { fields })
}

function viewReceiver(receiver: StoredReceiver): z.output<typeof receiverView> {
  const { id, kind, name, language, timeZone, settings, disabled } = receiver
  const masked = maskedSettings(RECEIVER_CHANNELS[kind].settings, settings)
  return {
    ...{ id, kind, name, language, timeZone },
    settings: masked as Record<string, unknown>,
    ...(disabled && { disabled: { atMs: disabled.at, why: disabled.why } }),
  }
}
