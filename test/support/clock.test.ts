import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SteeredClock } from '../../src/support/clock.ts'

it('a clock of any speed shows whole milliseconds, and its timers go off', async () => {
  const plan = { realMs: Date.now() - 1, shownMs: 1_000.5, speed: 7.3 }
  const clock = new SteeredClock(plan)
  assert.ok(Number.isInteger(clock.now()))
  await new Promise<void>((resolve) => clock.after(0.3, resolve))
  clock.steer({ ...plan, stopAtMs: 1_003.7 })
  assert.equal(clock.now(), 1_003)
})
