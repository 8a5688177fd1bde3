import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Act, actFault, handlingAt, MAX_ACTS } from '../../../../src/cloud/notify/acts/act.ts'
import { AT, ENVIRONMENT } from '../support/nouns.ts'

const act = (kind: Act['kind'], more: Partial<Act> = {}): Act => ({
  ...{ environment: ENVIRONMENT, alert: 'a', kind, at: AT, by: 'anna', note: '', ...more },
})

describe('how an alert is handled', () => {
  const snooze = act('snooze', { until: AT + 10 })
  const cases: [string, Act | undefined, number, ReturnType<typeof handlingAt>][] = [
    ['nobody acted', undefined, AT, undefined],
    ['acknowledged, from then on', act('acknowledge'), AT + 1e9, 'acknowledged'],
    ['closed, from then on', act('close'), AT + 1e9, 'closed'],
    ['snoozed until just before its end', snooze, AT + 9, 'snoozed'],
    ['at its end nobody looks after it', snooze, AT + 10, undefined],
  ]
  for (const [name, newest, at, expected] of cases) {
    it(name, () => assert.equal(handlingAt(newest, at), expected))
  }
})

describe('what can be done about an alert', () => {
  const some = [act('acknowledge'), act('snooze', { until: AT })]
  const cases: [string, 'firing' | 'resolved' | 'pending', Act[], ReturnType<typeof actFault>][] = [
    ['anything, while it fires', 'firing', some, undefined],
    ['nothing, when it is over', 'resolved', [], 'over'],
    ['nothing, before it fires', 'pending', [], 'over'],
    ['nothing, once it is closed', 'firing', [act('close'), ...some], 'closed'],
    ['no more than the bound', 'firing', Array(MAX_ACTS).fill(act('acknowledge')), 'too-many'],
  ]
  for (const [name, state, acts, expected] of cases) {
    it(name, () => assert.equal(actFault({ state }, acts), expected))
  }
})
