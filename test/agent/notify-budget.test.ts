import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type News, NotifyBudget } from '../../src/agent/notify-budget.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const disk = (level: News['level'], message = 'disk'): News => ({ level, message, kind: 'disk' })
const once = (message: string): News => ({ level: 'normal', message })

describe('what the operator is told', () => {
  it('a trouble at once, the same again after 10 minutes, with what was held back', () => {
    const budget = new NotifyBudget()
    assert.equal(budget.offer(disk('error', 'full'), 0)?.message, 'full')
    assert.equal(budget.offer(disk('error', 'full'), MINUTE), undefined)
    assert.equal(budget.offer(disk('error', 'full'), 2 * MINUTE), undefined)
    assert.equal(
      budget.offer(disk('error', 'broken'), 10 * MINUTE)?.message,
      'broken (2 more held back before this)',
    )
  })

  it('of another kind at once', () => {
    const budget = new NotifyBudget()
    budget.offer(disk('error'), 0)
    assert.ok(budget.offer({ level: 'warn', message: 'drops', kind: 'drops' }, 1))
  })

  it('that a trouble is over, once', () => {
    const budget = new NotifyBudget()
    budget.offer(disk('error'), 0)
    assert.equal(budget.offer(disk('normal', 'works'), 1)?.message, 'works')
    assert.equal(budget.offer(disk('normal', 'works'), 2), undefined)
  })

  it('not that a trouble is over of which nothing was told', () => {
    const budget = new NotifyBudget()
    assert.equal(budget.offer(disk('normal'), 0), undefined)
    assert.equal(budget.offer(once('other'), 0)?.message, 'other')
  })

  it('a trouble that was held back and lasts, when its time has come', () => {
    const budget = new NotifyBudget()
    budget.offer(disk('error', 'first'), 0)
    budget.offer(disk('normal'), 1)
    budget.offer(disk('error', 'again'), 2)
    assert.equal(budget.nextDueMs, 10 * MINUTE)
    assert.deepEqual(budget.due(10 * MINUTE - 1), [])
    assert.deepEqual(budget.due(10 * MINUTE), [disk('error', 'again')])
    assert.equal(budget.nextDueMs, undefined)
  })

  it('nothing of one that was held back and is over', () => {
    const budget = new NotifyBudget()
    budget.offer(disk('error'), 0)
    budget.offer(disk('normal'), 1)
    budget.offer(disk('error'), 2)
    budget.offer(disk('normal'), 3)
    assert.equal(budget.nextDueMs, undefined)
    assert.deepEqual(budget.due(HOUR), [])
  })

  it('at most 20 things an hour, and then how many there were besides', () => {
    const budget = new NotifyBudget()
    const told = Array.from({ length: 30 }, (_, i) => budget.offer(once(`${i}`), i))
    assert.equal(told.filter(Boolean).length, 20)
    assert.equal(
      budget.offer(once('later'), HOUR + 30)?.message,
      'later (10 more held back before this)',
    )
  })

  it('that a trouble is over, also when the hour is used up', () => {
    const budget = new NotifyBudget()
    budget.offer(disk('error'), 0)
    const told = Array.from({ length: 30 }, (_, i) => budget.offer(once(`${i}`), i))
    assert.equal(told.filter(Boolean).length, 18)
    assert.ok(budget.offer(disk('normal'), 100))
  })

  it('a trouble for which the hour had no room, when there is some again', () => {
    const budget = new NotifyBudget()
    for (let i = 0; i < 20; i++) budget.offer(once(`${i}`), i)
    assert.equal(budget.offer(disk('error'), 100), undefined)
    assert.equal(budget.nextDueMs, HOUR)
    assert.deepEqual(budget.due(HOUR), [])
    // One for the trouble, one for its end.
    assert.equal(budget.due(HOUR + 1).length, 1)
  })
})

const kinds = ['cloud', 'disk', 'drops', 'config', undefined] as const
const step = fc.record({
  waitMs: fc.oneof(fc.nat(1_000), fc.nat(8 * MINUTE)),
  level: fc.constantFrom('normal' as const, 'warn' as const, 'error' as const),
  kind: fc.constantFrom(...kinds),
})

interface Told extends News {
  readonly now: number
}

/** Everything that was told of a random history, and the ends that were offered and not told. */
function play(steps: readonly { waitMs: number; level: News['level']; kind: News['kind'] }[]) {
  const budget = new NotifyBudget()
  const told: Told[] = []
  const swallowed: { kind: News['kind']; after: Told | undefined }[] = []
  let now = 0
  for (const { waitMs, level, kind } of steps) {
    now += waitMs
    const offered = budget.offer({ level, message: 'x', kind }, now)
    if (offered) told.push({ ...offered, now })
    else if (level === 'normal') {
      swallowed.push({ kind, after: told.findLast((each) => each.kind === kind) })
    }
    for (const news of budget.due(now)) told.push({ ...news, now })
  }
  return { told, swallowed }
}

describe('whatever happens', () => {
  const histories = fc.array(step, { maxLength: 200, size: 'max' })

  it('20 an hour are never exceeded', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const { told } = play(steps)
        for (const { now } of told) {
          const hour = told.filter((each) => each.now > now - HOUR && each.now <= now)
          assert.ok(hour.length <= 20)
        }
      }),
    )
  })

  it('no trouble of a kind is told twice in 10 minutes, and its end only after it', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        for (const kind of kinds.slice(0, -1)) {
          const told = play(steps).told.filter((each) => each.kind === kind)
          const troubles = told.filter(({ level }) => level !== 'normal')
          for (const [i, { now }] of troubles.entries()) {
            assert.ok(i === 0 || now - (troubles[i - 1]?.now ?? 0) >= 10 * MINUTE)
          }
          for (const [i, { level }] of told.entries()) {
            if (level === 'normal') assert.notEqual(told[i - 1]?.level ?? 'normal', 'normal')
          }
        }
      }),
    )
  })

  it('the end of a trouble that was told is told', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        for (const { kind, after } of play(steps).swallowed) {
          if (kind !== undefined) assert.equal(after?.level ?? 'normal', 'normal')
        }
      }),
    )
  })
})
