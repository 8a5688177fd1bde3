import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  choices,
  type EscalationStep,
  oneMore,
  stepField,
  stepFields,
  stepsOf,
} from '../../src/web/escalations.ts'

describe('steps of an escalation as a form has them', () => {
  const step: EscalationStep = {
    ...{ afterMinutes: 15, unless: 'delivered', contacts: ['a:b'], groups: [] },
    ...{ rotas: ['r'], receivers: ['x', 'y'] },
  }

  it('come back as they were', () => assert.deepEqual(stepsOf(stepFields([step])), [step]))

  it('what is no number goes to the cloud, which refuses it', () => {
    const typed = (afterMinutes: string) =>
      stepsOf([{ afterMinutes, unless: 'acknowledged', whom: [] }])[0]?.afterMinutes
    assert.deepEqual(['', ' 7 ', 'x'].map(typed), [0, 7, Number.NaN])
  })

  it('one more comes half an hour after the last', () => {
    assert.equal(oneMore([]).afterMinutes, '15')
    assert.equal(oneMore(stepFields([step])).afterMinutes, '45')
  })

  it('anybody who is there may be told', () => {
    const people = { contacts: [{ id: 'c', name: '张三' }], rotas: [{ id: 'r', name: '值班' }] }
    assert.deepEqual(choices(people), [
      { value: 'contacts:c', kind: 'contacts', name: '张三' },
      { value: 'rotas:r', kind: 'rotas', name: '值班' },
    ])
  })

  const places: [path: string, at: number, field: string][] = [
    ['escalation/1/afterMinutes', 1, 'afterMinutes'],
    ['escalation/0/contacts', 0, 'whom'],
    ['escalation/2/rotas/1', 2, 'whom'],
  ]
  for (const [path, at, field] of places) {
    it(`${path} is ${field} of step ${at + 1}`, () =>
      assert.deepEqual(stepField(path), { at, field }))
  }
})
