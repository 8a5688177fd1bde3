import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DEFAULT_CALENDAR } from '../../../src/cloud/calendar/special-day.ts'
import { promqlRule } from '../../../src/cloud/rules/form/own-rule.ts'
import { newEnvironment, type Open, withStore } from './samples.ts'

function bodyOf(name: string) {
  const rule = promqlRule.parse({ name, expr: 'up{a="\\\\$"} > 0' })
  return { kind: 'promql', enabled: true, rule } as const
}

export function ownRuleCases(open: Open): void {
  it(
    'rules are kept as they were made, each environment its own, and go with it',
    withStore(open, async (store, environment) => {
      const { ownRules, environments } = store
      const other = await newEnvironment(store, 'other')
      const a = { environment, id: 'a', body: bodyOf('告警') }
      const b = { environment: other, id: 'a', body: bodyOf('b') }
      await ownRules.saveOwnRule(a)
      await ownRules.saveOwnRule(b)
      await ownRules.saveOwnRule({ ...a, body: bodyOf('changed') })
      const all = await ownRules.ownRules()
      assert.equal(all.length, 2)
      const ours = all.filter((one) => one.environment === environment)
      assert.deepEqual(ours, [{ ...a, body: bodyOf('changed') }])
      assert.equal(await ownRules.removeOwnRule(environment, 'a'), true)
      assert.equal(await ownRules.removeOwnRule(environment, 'a'), false)
      assert.deepEqual(await ownRules.ownRules(), [b])
      await environments.removeEnvironment(other)
      assert.deepEqual(await ownRules.ownRules(), [])
      await assert.rejects(ownRules.saveOwnRule(b), { reason: 'gone' })
    }),
  )

  it(
    'rule files are kept as they are, all of an upload or none, and go with their environment',
    withStore(open, async (store, environment) => {
      const { ruleFiles, environments } = store
      const other = await newEnvironment(store, 'other')
      const file = {
        environment,
        name: 'b.yaml',
        text: 'groups: [] # 告警',
        author: 'kim',
        savedAt: 5,
      }
      const a = { ...file, name: 'a.yaml' }
      const theirs = { ...file, environment: other }
      await ruleFiles.saveRuleFiles([file, a])
      await ruleFiles.saveRuleFiles([theirs])
      const changed = { ...file, text: 'groups:', author: 'lee', savedAt: 6 }
      await ruleFiles.saveRuleFiles([changed])
      const ours = (await ruleFiles.ruleFiles()).filter((one) => one.environment === environment)
      assert.deepEqual(ours, [a, changed])
      const gone = { ...file, environment: 'al-none' }
      await assert.rejects(ruleFiles.saveRuleFiles([file, gone]), { reason: 'gone' })
      assert.equal(await ruleFiles.removeRuleFile(environment, 'a.yaml'), true)
      assert.equal(await ruleFiles.removeRuleFile(environment, 'a.yaml'), false)
      await environments.removeEnvironment(other)
      assert.deepEqual(await ruleFiles.ruleFiles(), [changed])
    }),
  )

  it(
    'thresholds are set together, and there are none before',
    withStore(open, async ({ thresholds, environments }, environment) => {
      assert.deepEqual(await thresholds.thresholds(environment), [])
      const all = [{ level: 'global', rule: 'FailureRatio', value: 0.25 }] as const
      await thresholds.saveThresholds(environment, all)
      assert.deepEqual(await thresholds.thresholds(environment), all)
      await thresholds.saveThresholds(environment, [])
      assert.deepEqual(await thresholds.thresholds(environment), [])
      await environments.removeEnvironment(environment)
      await assert.rejects(thresholds.saveThresholds(environment, all), { reason: 'gone' })
    }),
  )

  it(
    'how an environment sees days is unknown until it is saved, and goes with it',
    withStore(open, async (store, environment) => {
      const { calendars, environments } = store
      const other = await newEnvironment(store, 'other')
      assert.equal(await calendars.calendar(environment), undefined)
      const [zone, holidays] = ['Europe/Berlin', 'none'] as const
      const specialDays = [{ date: '11-11', name: '双11', like: 'special' }] as const
      await calendars.saveCalendar(environment, { zone, holidays, specialDays: [] })
      await calendars.saveCalendar(environment, { zone, holidays, specialDays: [...specialDays] })
      assert.deepEqual(await calendars.calendar(environment), { zone, holidays, specialDays })
      assert.equal(await calendars.calendar(other), undefined)
      await environments.removeEnvironment(environment)
      assert.equal(await calendars.calendar(environment), undefined)
      const again = calendars.saveCalendar(environment, DEFAULT_CALENDAR)
      await assert.rejects(again, { reason: 'gone' })
    }),
  )
}
