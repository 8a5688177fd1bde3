import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Flapping, flappingDueAt, stepFlapping } from '../../../src/cloud/cause/flapping.ts'

const MINUTE = 60_000

/** Plays a timeline, one mark a minute: `f` fired, `r` resolved, `.` nothing. */
function play(timeline: string): string {
  let flapping: Flapping | undefined
  const told: string[] = []
  for (const [minute, mark] of [...timeline].entries()) {
    const news = mark === 'f' ? 'fired' : mark === 'r' ? 'resolved' : undefined
    const step = stepFlapping(flapping, news, minute * MINUTE)
    flapping = step.flapping
    if (step.tell) told.push(`${minute} ${step.tell}`)
  }
  return told.join(', ')
}

describe('an alert', () => {
  const cases = [
    [
      'that comes and goes twice is told each time',
      'f.r.f.r...',
      '0 fired, 2 resolved, 4 fired, 6 resolved',
    ],
    [
      'is flapping when it fires the third time',
      'f.r.f.r.f.r.f',
      '0 fired, 2 resolved, 4 fired, 6 resolved, 8 flapping',
    ],
    [
      'is not when half an hour lies between',
      `f.r.f.r.${'.'.repeat(22)}f`,
      '0 fired, 2 resolved, 4 fired, 6 resolved, 30 fired',
    ],
    [
      'is over once it is calm',
      `frfrf.r${'.'.repeat(12)}`,
      '0 fired, 1 resolved, 2 fired, 3 resolved, 4 flapping, 16 resolved',
    ],
    [
      'fires on once it is calm',
      `frfrf${'.'.repeat(12)}`,
      '0 fired, 1 resolved, 2 fired, 3 resolved, 4 flapping, 14 fired',
    ],
    [
      'is told anew after the calm',
      `frfrf${'.'.repeat(12)}r.f`,
      '0 fired, 1 resolved, 2 fired, 3 resolved, 4 flapping, 14 fired, 17 resolved, 19 fired',
    ],
  ] as const
  for (const [name, timeline, expected] of cases) {
    it(name, () => assert.equal(play(timeline), expected))
  }

  it('that flaps for a day is told twice, and little is remembered', () => {
    assert.equal(play(`${'f..r..'.repeat(240)}${'.'.repeat(20)}`).split(', ').length, 6)
    fc.assert(
      fc.property(fc.array(fc.constantFrom('fired', 'resolved', undefined)), (all) => {
        let flapping: Flapping | undefined
        for (const [n, news] of all.entries()) {
          flapping = stepFlapping(flapping, news, n * MINUTE).flapping
          assert.ok((flapping?.firedAts.length ?? 0) <= 3)
        }
      }),
    )
  })

  it('says when it will be calm', () => {
    const { flapping } = ['fired', 'resolved', 'fired', 'resolved', 'fired'].reduce<{
      flapping: Flapping | undefined
    }>((step, news, n) => stepFlapping(step.flapping, news as 'fired', n * MINUTE), {
      flapping: undefined,
    })
    assert.equal(flapping && flappingDueAt(flapping), 14 * MINUTE)
  })
})
