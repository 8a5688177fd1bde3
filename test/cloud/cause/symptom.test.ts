import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import { byGravity, hasCause, suspectOf } from '../../../src/cloud/cause/symptom.ts'
import { suspect } from './support/world.ts'

const alert: Alert = {
  id: 'a1',
  environment: 'al-1',
  rule: 'FailureRatio',
  labels: { callee: 'App.D', symptom: 'failures' },
  annotations: {},
  severity: 'WARN',
  state: 'firing',
  value: 1,
  activeAt: 5,
  firedAt: 6,
  events: [],
}

describe('what an alert says', () => {
  it('is in the label of its rule', () => {
    assert.deepEqual(suspectOf(alert), {
      alert: 'a1',
      service: 'App.D',
      symptom: 'failures',
      severity: 'WARN',
      isFiring: true,
      holds: true,
      since: 5,
    })
  })

  const cases = [
    ['what is known of our own rule', { callee: 'App.D' }, 'failures'],
    ['what its label says, before that', { callee: 'App.D', symptom: 'latency' }, 'latency'],
    ['nothing known, of an unknown word', { callee: 'App.D', symptom: 'rain' }, 'other'],
    ['events, of a notify', { module: 'App.D', symptom: 'events', kind: 'business' }, 'events'],
    [
      'down, of a notify that a process died',
      { module: 'App.D', symptom: 'events', kind: 'down' },
      'down',
    ],
  ] as const
  for (const [name, labels, expected] of cases) {
    it(name, () => assert.equal(suspectOf({ ...alert, labels }).symptom, expected))
  }

  const ours = [
    ['ServiceDown', { callee: 'App.D' }, 'down'],
    ['NodeSilent', { callee: 'App.D', callee_ip: '10.0.0.1' }, 'down'],
    ['NotifyError', { module: 'App.D', kind: 'zombie' }, 'down'],
    ['NotifyError', { module: 'App.D', kind: 'business' }, 'events'],
    ['TrafficFluctuation', { callee: 'App.D' }, 'traffic'],
    ['ServiceSilent', { callee: 'App.D' }, 'silent'],
  ] as const
  for (const [rule, labels, expected] of ours) {
    it(`${expected}, of our ${rule} with ${JSON.stringify(labels)}`, () => {
      const one = { ...alert, rule, labels }
      assert.equal(suspectOf(one).symptom, expected)
      assert.equal(hasCause(one), expected !== 'events')
    })
  }

  it('that its condition is clear, while it fires on', () => {
    assert.equal(suspectOf({ ...alert, clearedAt: 9 }).holds, false)
  })

  it('nothing when it is over', () => {
    assert.throws(() => suspectOf({ ...alert, state: 'resolved' }), RangeError)
  })
})

describe('of several the first to tell is', () => {
  const cases = [
    ['the one that fires', 'A failures', 'A down pending'],
    ['the graver', 'A traffic', 'A down WARN'],
    ['the one closest to the matter', 'A down', 'A failures'],
    ['the older', 'B failures 60 s ago', 'A failures'],
    ['by name, so that it is always the same', 'A failures', 'B failures'],
  ] as const
  for (const [name, first, second] of cases) {
    it(name, () => {
      const [one, other] = [suspect(first), suspect(second)]
      assert.deepEqual([other, one].toSorted(byGravity), [one, other])
    })
  }
})
