import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { ContactGroup, Policy } from '../notify/policy.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure, notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import { groupBody, groupView, policyBody, policyView } from './policy-schemas.ts'
import { refuseUnknown, refuseUsed } from './references.ts'
import { answerOf, environmentParams, groupParams, policyParams } from './schemas.ts'

const MAX_POLICIES = 100
const MAX_GROUPS = 100
/** A policy with all it may name. */
const MAX_BODY_BYTES = 256 * 1024

const tags = ['notifications']

/** 通知配置. A new environment has one: everything, to all contacts. */
export function policyRoutes(context: ApiContext, desk: NotifyDesk): FastifyPluginAsyncZod {
  const { contacts, inTurn, answer } = context
  const store = desk.policies
  const one = answerOf({ policy: policyView })

  async function save(environment: string, id: string | undefined, body: PolicyBody) {
    await context.environment(environment)
    const existing = await store.policies(environment)
    refuseCount('policies', id, existing, MAX_POLICIES)
    refuseUnknown('contacts', body.contacts, await contacts.contacts(environment))
    refuseUnknown('groups', body.groups, await store.groups(environment))
    refuseUnknown('rotas', body.rotas, await desk.rotas.rotas(environment))
    refuseUnknown('receivers', body.receivers, await desk.receivers.receivers(environment))
    await refuseUnknownIn(body.escalation, environment)
    const policy = policyOf(environment, id ?? newId(context), body)
    await store.savePolicy(policy)
    return answer({ policy: viewPolicy(policy) })
  }

  async function refuseUnknownIn(steps: PolicyBody['escalation'], environment: string) {
    for (const [at, step] of steps.entries()) {
      const within = `escalation/${at}/`
      refuseUnknown('contacts', step.contacts, await contacts.contacts(environment), within)
      refuseUnknown('groups', step.groups, await store.groups(environment), within)
      refuseUnknown('rotas', step.rotas, await desk.rotas.rotas(environment), within)
      const known = await desk.receivers.receivers(environment)
      refuseUnknown('receivers', step.receivers, known, within)
    }
  }

  return async (app) => {
    app.get(
      '/environments/:id/policies',
      {
        schema: {
          ...{ tags, params: environmentParams },
          response: { 200: answerOf({ policies: policyView.array() }) },
        },
      },
      async ({ params: { id } }) => {
        await context.environment(id)
        return answer({ policies: (await store.policies(id)).map(viewPolicy) })
      },
    )

    app.post(
      '/environments/:id/policies',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { tags, params: environmentParams, body: policyBody, response: { 201: one } },
      },
      async ({ params, body }, reply) =>
        reply.code(201).send(await inTurn(() => save(params.id, undefined, body))),
    )

    app.put(
      '/environments/:id/policies/:policy',
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: { tags, params: policyParams, body: policyBody, response: { 200: one } },
      },
      async ({ params, body }) => inTurn(() => save(params.id, params.policy, body)),
    )

    app.delete(
      '/environments/:id/policies/:policy',
      { schema: { tags, params: policyParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, policy } }) => {
        const removed = await inTurn(() => store.removePolicy(id, policy))
        if (!removed) throw notFound('policy', policy)
        return answer({})
      },
    )
  }
}

/** 联系组. */
export function groupRoutes(context: ApiContext, desk: NotifyDesk): FastifyPluginAsyncZod {
  const { contacts, inTurn, answer } = context
  const store = desk.policies
  const one = answerOf({ group: groupView })

  async function save(environment: string, id: string | undefined, body: GroupBody) {
    await context.environment(environment)
    const existing = await store.groups(environment)
    refuseCount('groups', id, existing, MAX_GROUPS)
    refuseUnknown('contacts', body.contacts, await contacts.contacts(environment))
    const group = { ...body, id: id ?? newId(context), environment }
    await store.saveGroup(group)
    return answer({ group: viewGroup(group) })
  }

  return async (app) => {
    app.get(
      '/environments/:id/contact-groups',
      {
        schema: {
          ...{ tags, params: environmentParams },
          response: { 200: answerOf({ groups: groupView.array() }) },
        },
      },
      async ({ params: { id } }) => {
        await context.environment(id)
        return answer({ groups: (await store.groups(id)).map(viewGroup) })
      },
    )

    app.post(
      '/environments/:id/contact-groups',
      { schema: { tags, params: environmentParams, body: groupBody, response: { 201: one } } },
      async ({ params, body }, reply) =>
        reply.code(201).send(await inTurn(() => save(params.id, undefined, body))),
    )

    app.put(
      '/environments/:id/contact-groups/:group',
      { schema: { tags, params: groupParams, body: groupBody, response: { 200: one } } },
      async ({ params, body }) => inTurn(() => save(params.id, params.group, body)),
    )

    app.delete(
      '/environments/:id/contact-groups/:group',
      { schema: { tags, params: groupParams, response: { 200: answerOf({}) } } },
      async ({ params: { id, group } }) => {
        await inTurn(async () => {
          await refuseUsed(desk, id, 'groups', group)
          if (!(await store.removeGroup(id, group))) throw notFound('group', group)
        })
        return answer({})
      },
    )
  }
}

type PolicyBody = z.output<typeof policyBody>
type GroupBody = z.output<typeof groupBody>

/** What is as usual is not said. */
function policyOf(environment: string, id: string, body: PolicyBody): Policy {
  const { name, services, contacts, groups, rotas, receivers, alarms, severities, mode, hours } =
    body
  return {
    ...{ id, environment, name, services, contacts, groups, receivers, mode },
    ...(alarms !== 'all' && { alarms }),
    ...(new Set(severities).size < 3 && { severities }),
    ...(rotas.length > 0 && { rotas }),
    ...(hours && { hours }),
    ...(body.escalation.length > 0 && { escalation: body.escalation }),
    ...(!body.enabled && { off: true }),
  }
}

function viewPolicy(policy: Policy): z.output<typeof policyView> {
  const { id, name, services, contacts, alarms, severities, hours, mode = 'both' } = policy
  return {
    ...{ id, name, mode, enabled: !policy.off, services: [...services] },
    alarms: alarms ? [...alarms] : 'all',
    severities: severities ? [...severities] : ['ERROR', 'WARN', 'INFO'],
    contacts: contacts === 'all' ? contacts : [...contacts],
    groups: [...(policy.groups ?? [])],
    rotas: [...(policy.rotas ?? [])],
    receivers: [...(policy.receivers ?? [])],
    hours: hours
      ? { ...hours, times: hours.times.map((each) => ({ ...each, days: [...each.days] })) }
      : null,
    escalation: (policy.escalation ?? []).map((step) => ({
      ...step,
      contacts: [...step.contacts],
      groups: [...step.groups],
      rotas: [...(step.rotas ?? [])],
      receivers: [...step.receivers],
    })),
  }
}

function viewGroup({ id, name, contacts }: ContactGroup): z.output<typeof groupView> {
  return { id, name, contacts: [...contacts] }
}

/** @throws {ApiFailure} `limit-reached` for one more, `not-found` for one that is not there. */
export function refuseCount(
  what: string,
  id: string | undefined,
  existing: readonly { readonly id: string }[],
  max: number,
): void {
  if (id === undefined && existing.length >= max) {
    throw new ApiFailure('limit-reached', `there are ${max} ${what} already`)
  }
  if (id !== undefined && existing.every((other) => other.id !== id)) {
    throw notFound(`one of ${what}`, id)
  }
}

export function newId({ random }: ApiContext): string {
  return Buffer.from(random(8)).toString('hex')
}
