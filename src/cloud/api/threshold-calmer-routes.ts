import { basename } from 'node:path'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Alert } from '../alerts/alert.ts'
import { nameOf, type OwnRule } from '../rules/form/own-rule.ts'
import type { ApiContext } from './api-context.ts'
import { notFound } from './api-failure.ts'
import type { CalledReads, RuleDesk, ThresholdStore } from './ports.ts'
import { refuse } from './rule-routes.ts'
import { alarmParams, answerOf, ruleParams } from './schemas.ts'
import { changedValue, ownThreshold } from './threshold-own.ts'
import { alarmThresholdAnswer, valueChange } from './threshold-schemas.ts'
import { alarmThreshold } from './threshold-view.ts'

/** Of a rule that is off. */
const INTERVAL_MS = 30_000

const tags = ['rules']

/** "Too sensitive": what would have kept an alarm quiet, and the form of a rule with it. */
export function calmerRoutes(
  context: ApiContext,
  store: ThresholdStore,
  { reads, book, called }: Pick<RuleDesk, 'reads' | 'book'> & { readonly called: CalledReads },
): FastifyPluginAsyncZod {
  const { alerts, answer, now } = context

  /** Its newest data may be on their way: it has judged up to its last evaluation. */
  async function judged({ environment, id }: OwnRule) {
    const { groups, places } = book.groups(environment)
    const group = groups.find(({ key }) => key === places.get(id)?.group)
    const progress = group ? await reads.progress(environment) : []
    const untilMs = progress.find((one) => one.group === group?.key)?.evaluatedAt ?? now()
    return { stepMs: group?.intervalMs ?? INTERVAL_MS, untilMs }
  }

  async function view(alert: Alert) {
    const { environment, rule } = alert
    const own = book.rules(environment).find(({ body }) => nameOf(body) === rule)
    if (own) return { own: await ownThreshold(alert, own, await judged(own), called) }
    const rules = reads.rules(environment)
    const file = rules.groups.find((group) => group.rules.some(({ name }) => name === rule))?.file
    const known = { rules, set: await store.thresholds(environment), now: now() }
    const threshold = await alarmThreshold(alert, known, called)
    return { ...(threshold && { threshold }), ...(file !== undefined && { file: basename(file) }) }
  }

  return async (app) => {
    app.get(
      '/environments/:id/alarms/:alarm/threshold',
      {
        schema: {
          ...{ tags, params: alarmParams },
          description:
            'Where the rule of an alarm is from, and what would have kept the alarm quiet: the threshold that its rule reads, or the value of its form.',
          response: { 200: answerOf(alarmThresholdAnswer) },
        },
      },
      async ({ params: { id, alarm } }) => {
        const alert = await alerts.alert(id, alarm)
        if (!alert) throw notFound('alarm', alarm)
        return answer(await view(alert))
      },
    )

    app.put(
      '/environments/:id/rules/:rule/threshold',
      {
        schema: {
          ...{ tags, params: ruleParams, body: valueChange.omit({ rule: true }) },
          description: 'Changes the value, or the factor, of a form and nothing else of it.',
          response: { 200: answerOf({}) },
        },
      },
      async ({ params: { id, rule }, body }) => {
        const { after } = changedValue(book.rules(id), { ...body, rule })
        await book.save(after, false).catch(refuse)
        return answer({})
      },
    )
  }
}
