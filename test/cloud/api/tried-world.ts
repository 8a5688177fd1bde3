/** A console over a day of series in memory, with a rule whose threshold can be set. */
import type { RuleDesk } from '../../../src/cloud/api/ports.ts'
import { Trials } from '../../../src/cloud/backtest/trials.ts'
import { calledReads } from '../../../src/cloud/called-reads.ts'
import { SourceQueries } from '../../../src/cloud/series/read/source-queries.ts'
import { AUDIENCE, Stored } from '../backtest/stored.ts'
import { fileOf } from '../rules/rule-world.ts'
import { START, serveConsole } from './console.ts'
import { MemoryStore } from './memory-store.ts'
import { memoryCalendars, memoryDesk, memoryThresholds } from './rule-desk.ts'

const MINUTE = 60_000
export const RATIO = `
          sum by (callee, interface) (sum_over_time(tars_timeouts[2m]))
          / sum by (callee, interface) (sum_over_time(tars_calls[2m]))`
const RULES = `
groups:
  - name: tars
    interval: 1m
    rules:
      - alert: FailureRatio
        expr: |
          ((${RATIO}) >= 0.2 unless on (callee, interface) tars_threshold{rule="FailureRatio"})
          or (${RATIO}) >= on (callee, interface) tars_threshold{rule="FailureRatio"}
        labels: {severity: ERROR}
        annotations:
          title: 调用失败率高（{{ $labels.interface }}）
          title_en: failure ratio of {{ $labels.interface }}
          when: 失败的调用达到五分之一。
          when_en: One call of five fails.
          threshold: '0.2'
          threshold_unit: ratio
      - alert: Quiet
        expr: sum by (callee) (sum_over_time(tars_calls[5m])) < 1
`

/** Of App.Pay pay fails by 35 % ten minutes long, two hours ago; load by 25 % half an hour ago. */
function dayOfSeries(minutes: number): Stored {
  const stored = new Stored()
  for (let minute = 1 - minutes; minute <= 0; minute++) {
    for (const [callee, name] of [
      ['App.Pay', 'pay'],
      ['App.Pay', 'load'],
      ['Other.Shop', 'buy'],
    ] as const) {
      const at = START + minute * MINUTE
      const labels = { callee, interface: name, caller: 'App.Web', side: 'client', span: '1m' }
      const fails = name === 'pay' && minute > -120 && minute <= -110
      const failsLess = name === 'load' && minute > -30 && minute <= -25
      stored.add({ __name__: 'tars_calls', ...labels }, at, 100)
      const timeouts = fails ? 35 : failsLess ? 25 : 0
      stored.add({ __name__: 'tars_timeouts', ...labels }, at, timeouts)
      stored.add({ __name__: 'tars_exceptions', ...labels }, at, 0)
    }
  }
  return stored
}

/** `minutes`: so long ago the first data came. */
export async function startTriedConsole(consoleFolder?: string, minutes = 25 * 60 + 1) {
  const stored = dayOfSeries(minutes)
  const queries = new SourceQueries({ sourceOf: () => stored })
  /** Each range query waits for it. */
  const gate = { open: Promise.resolve() }
  const port = {
    instant: queries.instant.bind(queries),
    select: queries.select.bind(queries),
    labelSets: queries.labelSets.bind(queries),
    labelNames: queries.labelNames.bind(queries),
    labelValues: queries.labelValues.bind(queries),
    range: async (...question: Parameters<typeof queries.range>) => {
      await gate.open
      return queries.range(...question)
    },
    events: async (_: string, labels: readonly unknown[]) => labels.map(() => []),
  }
  const store = new MemoryStore()
  const desk = memoryDesk()
  const rules = fileOf(RULES)
  const learned = new Set(['recent'])
  const ruleDesk: RuleDesk = {
    ...{ ...desk, reads: { ...desk.reads, rules: () => rules } },
    learned: async () => learned,
  }
  const thresholds = memoryThresholds()
  const site = await serveConsole(
    (clock) => ({
      ...{ environments: store, contacts: store, alerts: store, users: store, reporters: store },
      ...{ tokens: store, usage: store, ruleDesk, thresholds, calendars: memoryCalendars() },
      called: calledReads(port, () => clock.now()),
      trials: new Trials({
        ...{ series: port, clock, windowMs: 600_000 },
        audience: async () => AUDIENCE,
      }),
    }),
    consoleFolder,
  )
  return { store, ruleDesk, learned, thresholds, stored, gate, ...site }
}

export type TriedConsole = Awaited<ReturnType<typeof startTriedConsole>>
