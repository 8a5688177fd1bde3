import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../scripts/bench/alarms/calendar.ts'
import { scoreOf } from '../../../scripts/bench/alarms/score.ts'
import { runWorld } from '../../../scripts/bench/alarms/world.ts'
import { at, smallScenario } from './small-scenario.ts'

const RULES = `
groups:
  - name: failures
    rules:
      - alert: Failures
        expr: |
          sum by (callee) (sum_over_time(tars_exceptions{side="client"}[1m]))
            / sum by (callee) (sum_over_time(tars_calls{side="client"}[1m])) > 0.1
        labels: {severity: ERROR}
      - alert: NeverTrue
        expr: vector(1) > 2
      - alert: Notify
        expr: sum by (module, title) (sum_over_time(tars_notify_events{level="error"}[1m])) > 0
`

const INCIDENTS = [
  { id: 'failing', kind: 'failures', at: '2026-10-19 00:20:20', minutes: 5, size: 0.4 },
  { id: 'told', kind: 'notify-error', at: '2026-10-19 00:29:05', minutes: 1, size: 1 },
  { id: 'unseen', kind: 'queue', at: '2026-10-19 00:32', minutes: 3, size: 20 },
]

for (const reportMs of [60_000, 10_000]) {
  test(`from reports each ${reportMs / 1000} s to alarms, by the cloud's own path`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-world-'))
    try {
      const rules = join(folder, 'rules.yaml')
      writeFileSync(rules, RULES)
      const scenario = smallScenario({
        ...{ reportMs, warmUpDays: 10 / 1440, days: 27 / 1440 },
        incidents: INCIDENTS.map((each) => ({ ...each, service: 'Shop.RowServer' })),
      })
      const { truths, told, faults } = await runWorld({
        ...{ scenario, folder: join(folder, 'series'), rules: [rules], note: () => {} },
      })
      assert.deepEqual(faults, [])
      const { incidents, falseAlarms } = scoreOf(scenario, truths, told)
      assert.deepEqual(falseAlarms, [])
      assert.deepEqual(
        incidents.map(({ isFound, alarms }) => [isFound, alarms[0]?.rule]),
        [
          [true, 'Failures'],
          [true, 'Notify'],
          [false, undefined],
        ],
      )
      const [failing] = incidents
      // Callers that pass failures on are told of as well.
      assert.ok(failing?.alarms.some(({ service }) => service === 'Shop.RowServer'))
      const { at: firstAt = 0 } = failing?.alarms[0] ?? {}
      assert.equal(firstAt % reportMs, 0)
      assert.ok(firstAt > at('2026-10-19 00:20:20'))
      assert.ok(firstAt <= at('2026-10-19 00:20:20') + 2 * reportMs + MINUTE_MS)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
