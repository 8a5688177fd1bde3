import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { shownAnnotations, stateWord, valueUnit } from '../../src/web/alarm-text.ts'
import type { Alarm } from '../../src/web/cloud.ts'
import type { Compared, RuleOfAlarm } from '../../src/web/thresholds.ts'

const alarm = (state: Alarm['state'], labels: Record<string, string>) =>
  ({ state, labels }) as unknown as Alarm

describe('the state of an alarm, in a word', () => {
  const ofNotifies = { module: 'App.Server', title: 'text' }
  const cases = [
    ['resolved', { callee: 'App.Server' }, 'resolved'],
    ['firing', { callee: 'App.Server' }, 'firing'],
    ['firing', ofNotifies, 'firing'],
    ['resolved', ofNotifies, 'ended'],
  ] as const
  for (const [state, labels, word] of cases) {
    it(`${state} with ${Object.keys(labels).join(' and ')} is '${word}'`, () => {
      assert.equal(stateWord(alarm(state, labels)), word)
    })
  }
})

describe('the unit of the value of an alarm', () => {
  const own = (comparison: string, unit: Compared['unit']): RuleOfAlarm => ({
    own: {
      ...{ id: 'r', name: 'r', kind: 'form' },
      compared: { comparison, unit, op: '>', value: 1, outcome: 'unknown' },
    },
  })
  for (const [annotations, rule, unit] of [
    [{ threshold: '0.04', threshold_unit: 'ratio' }, {}, 'ratio'],
    // Of a rule whose threshold is no threshold of its value, or that has none.
    [{ value_unit: 'ms', threshold_unit: 'ratio' }, {}, 'ms'],
    [{ threshold_unit: 'furlong' }, {}, undefined],
    [{}, {}, undefined],
    [{}, own('threshold', 'percent'), 'ratio'],
    [{}, own('threshold', 'ms'), 'ms'],
    [{}, own('yesterday', 'times'), undefined],
    [{}, own('repeated', 'percent'), undefined],
  ] as const) {
    it(`${JSON.stringify(annotations)} ${JSON.stringify(rule)}: ${unit}`, () => {
      const one = { annotations } as unknown as Alarm
      assert.equal(valueUnit(one, rule), unit)
    })
  }
})

it('annotations are shown in the language of the viewer, without what is no text, the condition last', () => {
  const annotations = {
    ...{ when: '失败多', when_en: 'Many fail.', title: 't', threshold: '1', value_unit: 'ms' },
    ...{ description: '说明', description_en: 'It is so.', addresses: '10.0.0.5' },
  }
  const one = { annotations } as unknown as Alarm
  assert.deepEqual(shownAnnotations(one, 'en'), [
    ['description', 'It is so.'],
    ['addresses', '10.0.0.5'],
    ['when', 'Many fail.'],
  ])
})
