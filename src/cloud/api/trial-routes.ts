import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { Failure } from '../../support/failure.ts'
import type { BacktestReport } from '../backtest/report.ts'
import type { ApiContext } from './api-context.ts'
import { ApiFailure } from './api-failure.ts'
import type { RuleDesk, RuleTrials } from './ports.ts'
import { answerOf, environmentParams } from './schemas.ts'
import { trialGroups } from './trial-groups.ts'
import { progressView, reportView, trialBody } from './trial-schemas.ts'

const DAY_MS = 86_400_000
const MAX_MS = 8 * DAY_MS
/** 200,000 characters of a rule file, as JSON. */
const MAX_BODY_BYTES = 1024 * 1024
const LISTED = 50

const tags = ['rules']
const path = '/environments/:id/backtest'
const description =
  'What rules would have told of stored data. One at a time of an environment, 60 s at most; who hangs up cancels it.'
const told = answerOf({ report: reportView, before: reportView.optional() })
const under = answerOf({ running: progressView.optional() })

export function trialRoutes(
  context: ApiContext,
  { reads, book }: Pick<RuleDesk, 'reads' | 'book'>,
  trials: RuleTrials,
): FastifyPluginAsyncZod {
  const { answer, thresholds } = context
  return async (app) => {
    app.post(
      path,
      {
        bodyLimit: MAX_BODY_BYTES,
        schema: {
          ...{ tags, description, params: environmentParams, body: trialBody },
          response: { 200: told },
        },
      },
      async ({ params: { id }, body }, reply) => {
        await context.environment(id)
        const set = (await thresholds?.thresholds(id)) ?? []
        const known = { rules: reads.rules(id), thresholds: set, own: book.rules(id) }
        const runs = trialGroups(body.rules, known)
        const trial = { runs, ...spanOf(body, context.now()) }
        const reports = await trials.run(id, trial, hungUp(reply)).catch(refuse)
        const [before, report] = reports.length > 1 ? reports : [undefined, ...reports]
        if (!report) throw new RangeError('a backtest without a report')
        return answer({ report: viewReport(report), ...(before && { before: viewReport(before) }) })
      },
    )

    app.get(
      path,
      { schema: { tags, params: environmentParams, response: { 200: under } } },
      async ({ params: { id } }) => {
        await context.environment(id)
        const running = trials.progress(id)
        return answer({ ...(running && { running }) })
      },
    )
  }
}

function spanOf({ fromMs, toMs }: z.output<typeof trialBody>, now: number) {
  const to = Math.min(toMs ?? now, now)
  const from = fromMs ?? to - DAY_MS
  if (from < to && to - from <= MAX_MS) return { fromMs: from, toMs: to }
  const expected = 'a time before `toMs` and before now, by 8 days at most'
  throw new ApiFailure('invalid', `fromMs: expected ${expected}`, {
    fields: [{ field: 'fromMs', expected }],
  })
}

/** Aborted when nobody waits for the answer any more. */
function hungUp({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  raw.on('close', () => {
    if (!raw.writableEnded) controller.abort()
  })
  return controller.signal
}

function refuse(error: unknown): never {
  if (error instanceof Failure) {
    const { reason, message } = error
    const known = (['busy', 'too-long', 'cancelled'] as const).find((one) => one === reason)
    if (known) throw new ApiFailure(known, message)
    // Of less time it would be less.
    if (reason === 'too-large') throw new ApiFailure('too-long', message)
  }
  throw error
}

function viewReport(report: BacktestReport): z.output<typeof reportView> {
  const alarms = report.alarms.slice(0, LISTED).map((alarm) => {
    const { rule, severity, labels, annotations, value, firedAt, resolvedAt } = alarm
    return {
      ...{ rule, severity, labels, annotations, firedAtMs: firedAt },
      value: Number.isFinite(value) ? value : null,
      ...(resolvedAt !== undefined && { resolvedAtMs: resolvedAt }),
    }
  })
  const short = report.short.map((one) => ({ ...one, missing: [...one.missing] }))
  const { failed, unreadable } = report
  return { ...report, short, failed: [...failed], unreadable: [...unreadable], alarms }
}
