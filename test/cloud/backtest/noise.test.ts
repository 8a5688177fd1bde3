import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { noiseOf } from '../../../src/cloud/backtest/noise.ts'

const MINUTE = 60_000
const DAY = 1440 * MINUTE

const alarms = (rule: string, ...minutes: readonly number[]) =>
  minutes.map((minute) => ({ rule, labels: { callee: 'App.A' }, firedAt: minute * MINUTE }))

const week = { fromMs: 0, toMs: 7 * DAY, services: 2, alarms: [], toldAts: [] }

describe('noise', () => {
  it('counts messages a day, and alarms a service and week', () => {
    const noise = noiseOf({
      ...week,
      alarms: alarms('A', 1, 2000, 4000, 6000),
      toldAts: [1, 2, 3, 4, 5, 6, 7].map((day) => day * DAY - 1),
    })
    assert.deepEqual([noise.messagesADay, noise.alarmsPerServiceWeek], [1, 2])
  })

  it('knows no figure a service where there is none', () => {
    assert.equal(noiseOf({ ...week, services: 0 }).alarmsPerServiceWeek, null)
  })

  it('has as longest quiet also the time before the first message and after the last', () => {
    const quiet = (...toldAts: number[]) => noiseOf({ ...week, toldAts }).longestQuietMs / DAY
    assert.deepEqual([quiet(), quiet(5 * DAY), quiet(DAY), quiet(DAY, 4.5 * DAY)], [7, 5, 6, 3.5])
  })

  for (const [sentence, found, share] of [
    ['nothing flaps where nothing fires', [], 0],
    ['two times within half an hour are no flapping', alarms('A', 0, 10, 100), 0],
    ['three within half an hour are', alarms('A', 0, 10, 29, 100), 0.75],
    ['half an hour is over after 30 minutes', alarms('A', 0, 10, 30), 0],
    ['alerts of two rules are two alerts', [...alarms('A', 0, 10), ...alarms('B', 20, 21)], 0],
    ['each alarm counts once', alarms('A', 0, 10, 20, 30, 40), 1],
  ] as const) {
    it(sentence, () => assert.equal(noiseOf({ ...week, alarms: found }).flappingShare, share))
  }
})
