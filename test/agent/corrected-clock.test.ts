import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CorrectedClock } from '../../src/agent/corrected-clock.ts'
import { FakeClock } from '../support/fake-clock.ts'

it('a corrected clock shows another time, in whole milliseconds; its timers run as before', () => {
  const base = new FakeClock(1_000)
  let correctionMs = 0
  const clock = new CorrectedClock(base, () => correctionMs)
  assert.equal(clock.now(), 1_000)
  const ran: string[] = []
  clock.after(100, () => ran.push('kept'))
  clock.after(100, () => ran.push('cancelled'))()
  correctionMs = -5_000.4
  assert.equal(clock.now(), -4_000)
  base.advance(99)
  assert.deepEqual(ran, [])
  base.advance(1)
  assert.deepEqual(ran, ['kept'])
})
