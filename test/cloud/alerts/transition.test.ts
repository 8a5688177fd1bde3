import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Phase, step } from '../../../src/cloud/alerts/transition.ts'

const MINUTE = 60_000

/** Plays a timeline, one mark a minute: `x` the condition holds, `.` it does not. */
function play(timeline: string, forMin: number, keepMin: number) {
  const rule = { forMs: forMin * MINUTE, keepFiringMs: keepMin * MINUTE }
  let phase: Phase | undefined
  let states = ''
  const changes: string[] = []
  for (let minute = 0; minute < timeline.length; minute++) {
    const next = step(phase, timeline[minute] === 'x', minute * MINUTE, rule)
    phase = next.phase
    states += phase?.state[0] ?? '-'
    if (next.change) changes.push(`${minute} ${next.change}`)
  }
  return { states, changes: changes.join(', ') }
}

describe('step', () => {
  // Name, timeline, `for` and `keep_firing_for` in minutes, then what must come out.
  // States, one a minute: - none, p pending, f firing, r resolved.
  const cases = [
    ['fires at once without `for`', 'x..', 0, 0, 'frr', '0 fired, 1 resolved'],
    ['waits out `for`', 'xxxx', 2, 0, 'ppff', '2 fired'],
    ['a gap restarts the wait', 'xx.xxx', 2, 0, 'pp-ppf', '5 fired'],
    ['pending leaves without a word', 'x..', 2, 0, 'p--', ''],
    ['`keep_firing_for` bridges a gap', 'x.x.', 0, 2, 'ffff', '0 fired'],
    ['`keep_firing_for` runs out', 'x...', 0, 2, 'fffr', '0 fired, 3 resolved'],
    ['a resolved alert waits anew', 'xx.xx', 1, 0, 'pfrpf', '1 fired, 2 resolved, 4 fired'],
  ] as const
  for (const [name, timeline, forMin, keepMin, states, changes] of cases) {
    it(name, () => {
      assert.deepEqual(play(timeline, forMin, keepMin), { states, changes })
    })
  }

  it('takes the same instant twice, but never an earlier one', () => {
    const pending: Phase = { state: 'pending', activeAt: 1000 }
    const rule = { forMs: 0, keepFiringMs: 0 }
    assert.equal(step(pending, true, 1000, rule).change, 'fired')
    assert.throws(() => step(pending, true, 999, rule), RangeError)
  })
})
