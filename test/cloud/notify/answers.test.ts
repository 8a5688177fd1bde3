/** When answers are stored: several at once, and none late. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Answers } from '../../../src/cloud/notify/answers.ts'
import type { Result } from '../../../src/cloud/notify/ports.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const FLIGHTS = 32

function rig() {
  const clock = new FakeClock(0)
  let due = 0
  const answers = new Answers(clock, () => due++)
  const add = (count: number, flights = FLIGHTS) => {
    for (let n = 0; n < count; n++) answers.add(answer(`${n}`), flights)
  }
  return { clock, answers, add, due: () => due }
}

function answer(id: string): Result {
  return { id, outcome: { state: 'sent', at: 0, answer: '250' } }
}

describe('answers', () => {
  it('wait for more, whatever wakes the sender, for 20 ms', () => {
    const { clock, answers, add, due } = rig()
    add(3)
    clock.advance(19)
    assert.deepEqual([due(), answers.take(false)], [0, []])
    clock.advance(1)
    assert.equal(due(), 1)
    assert.equal(answers.take(false).length, 3)
  })

  it('are stored at once when half of those awaited are there', () => {
    const { answers, add, due } = rig()
    add(1, 2)
    assert.equal(due(), 1)
    assert.equal(answers.take(false).length, 1)
  })

  it('are stored at once when they are 16', () => {
    const { answers, add, due } = rig()
    add(15, 100)
    assert.equal(due(), 0)
    add(1, 100)
    assert.equal(due(), 1)
    assert.equal(answers.take(false).length, 16)
  })

  it('that come while others are stored have a time of their own', () => {
    const { clock, answers, add, due } = rig()
    add(16)
    const first = answers.take(false)
    add(2)
    answers.stored(first)
    assert.deepEqual([answers.size, answers.take(false)], [2, []])
    clock.advance(20)
    assert.equal(due(), 2)
    assert.equal(answers.take(false).length, 2)
  })

  it('that could not be stored are taken again, with those that came since', () => {
    const { answers, add } = rig()
    add(16)
    answers.take(false)
    add(1)
    answers.failed()
    assert.equal(answers.take(false).length, 17)
  })

  it('are all taken at the end', () => {
    const { answers, add } = rig()
    add(1)
    assert.equal(answers.take(true).length, 1)
  })
})
