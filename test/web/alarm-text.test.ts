import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stateWord } from '../../src/web/alarm-text.ts'
import type { Alarm } from '../../src/web/cloud.ts'

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
