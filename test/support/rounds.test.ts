import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Rounds } from '../../src/support/rounds.ts'
import { FakeClock } from './fake-clock.ts'

/** Rounds that end when a test says so. */
function started() {
  const clock = new FakeClock()
  const under: (() => void)[] = []
  let begun = 0
  const rounds = new Rounds(clock, () => {
    begun++
    return new Promise((resolve) => under.push(resolve))
  })
  const end = async () => {
    under.shift()?.()
    await new Promise(setImmediate)
  }
  return { clock, rounds, end, begun: () => begun, underWay: () => under.length }
}

describe('rounds', () => {
  it('are never two at a time; however often one is asked for meanwhile, it is one more', async () => {
    const { rounds, end, begun, underWay } = started()
    for (let times = 0; times < 5; times++) rounds.wake()
    assert.deepEqual([begun(), underWay()], [1, 1])
    await end()
    assert.deepEqual([begun(), underWay()], [2, 1])
    await end()
    assert.deepEqual([begun(), underWay(), rounds.isRunning], [2, 0, false])
  })

  it('are idle when the last that was asked for has ended', async () => {
    const { rounds, end } = started()
    let isIdle = false
    rounds.wake()
    rounds.wake()
    const idle = rounds.idle().then(() => {
      isIdle = true
    })
    await end()
    assert.equal(isIdle, false)
    await end()
    await idle
  })

  it('begin at a time, the newest said, unless one begins before', async () => {
    const { clock, rounds, end, begun } = started()
    rounds.wakeAfter(10)
    rounds.wakeAfter(30)
    clock.advance(29)
    assert.equal(begun(), 0)
    clock.advance(1)
    assert.equal(begun(), 1)
    rounds.wakeAfter(10)
    rounds.wake()
    await end()
    await end()
    clock.advance(10)
    assert.equal(begun(), 2)
  })

  it('that fail put off what was asked for meanwhile', async () => {
    const { clock, rounds, end, begun } = started()
    rounds.wake()
    rounds.wake()
    rounds.putOff(1_000)
    await end()
    assert.equal(begun(), 1)
    clock.advance(1_000)
    assert.equal(begun(), 2)
  })

  it('may go on themselves instead of another', async () => {
    const { rounds, end, begun } = started()
    rounds.wake()
    assert.equal(rounds.takeAsked(), false)
    rounds.wake()
    assert.equal(rounds.takeAsked(), true)
    await end()
    assert.equal(begun(), 1)
  })

  it('are no more after a stop, which waits for the one under way', async () => {
    const { clock, rounds, end, begun } = started()
    rounds.wake()
    rounds.wake()
    rounds.wakeAfter(10)
    const stopped = rounds.stop()
    assert.equal(rounds.isStopped, true)
    await end()
    await stopped
    rounds.wake()
    rounds.wakeAfter(10)
    clock.advance(10)
    assert.equal(begun(), 1)
  })
})
