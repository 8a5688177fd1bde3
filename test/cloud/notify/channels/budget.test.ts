import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Budget } from '../../../../src/cloud/notify/channels/budget.ts'

describe('a budget', () => {
  const LIMITS = [
    { count: 3, perMs: 1_000 },
    { count: 5, perMs: 10_000 },
  ]

  it('is never exceeded in any window, and never waits in vain', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 })
    fc.assert(
      fc.property(steps, (waits) => {
        const budget = new Budget(LIMITS)
        const spoken: number[] = []
        let now = 0
        for (const wait of waits) {
          now += wait
          const full = LIMITS.some(
            ({ count, perMs }) => spoken.filter((at) => at > now - perMs).length >= count,
          )
          assert.equal(budget.waitMs(now) > 0, full)
          if (full) continue
          budget.spoke(now)
          spoken.push(now)
        }
      }),
    )
  })

  it('says how long to wait', () => {
    const budget = new Budget(LIMITS)
    for (const at of [0, 10, 20]) budget.spoke(at)
    assert.equal(budget.waitMs(20), 980)
    assert.equal(budget.waitMs(1_000), 0)
  })

  it('rests as long as it is told, not longer when the clock is set back', () => {
    const budget = new Budget(LIMITS)
    budget.rest(50_000, 10_000)
    assert.equal(budget.waitMs(55_000), 5_000)
    assert.equal(budget.waitMs(60_000), 0)
    assert.equal(budget.waitMs(1_000), 0)
  })
})
