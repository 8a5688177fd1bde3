import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../../src/cloud/alerts/alert.ts'
import {
  type Act,
  type ActFault,
  actFault,
  handlingAt,
  MAX_ACTS,
  newestOf,
} from '../../../../src/cloud/notify/acts/act.ts'
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
    ['what was done was taken back', act('undo'), AT + 1e9, undefined],
    ['a note says nothing of it', newestOf([snooze, act('note')]), AT, 'snoozed'],
  ]
  for (const [name, newest, at, expected] of cases) {
    it(name, () => assert.equal(handlingAt(newest, at), expected))
  }
})

describe('what can be done about an alert', () => {
  const some = [act('acknowledge'), act('snooze', { until: AT })]
  const many = (count: number) => Array<Act>(count).fill(act('acknowledge'))
  const closed = [...some, act('close'), act('note')]
  const cases: [string, Act['kind'], Alert['state'], Act[], ActFault | undefined][] = [
    ['anything, while it fires', 'acknowledge', 'firing', some, undefined],
    ['nothing, when it is over', 'acknowledge', 'resolved', [], 'over'],
    ['nothing, before it fires', 'snooze', 'pending', [], 'over'],
    ['nothing, once it is closed', 'snooze', 'firing', closed, 'closed'],
    ['anything, once that was taken back', 'close', 'firing', [...closed, act('undo')], undefined],
    ['no more than the bound', 'acknowledge', 'firing', many(MAX_ACTS), 'too-many'],
    ['what was done is taken back', 'undo', 'firing', closed, undefined],
    ['also when there is room for nothing else', 'undo', 'firing', many(MAX_ACTS), undefined],
    ['not what nobody did', 'undo', 'firing', [act('note')], 'not-handled'],
    ['nor what is over by itself', 'undo', 'firing', some, 'not-handled'],
    ['nor what was taken back', 'undo', 'firing', [...closed, act('undo')], 'not-handled'],
    ['nor when the alert is over', 'undo', 'resolved', closed, 'over'],
    ['a note is added to what is closed', 'note', 'firing', closed, undefined],
    ['a note is added to what is over', 'note', 'resolved', closed, undefined],
    ['no more notes than the bound', 'note', 'resolved', many(MAX_ACTS), 'too-many'],
  ]
  for (const [name, kind, state, acts, expected] of cases) {
    it(name, () => assert.equal(actFault({ state }, acts, { kind, at: AT }), expected))
  }
})
