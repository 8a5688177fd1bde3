import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Failover } from '../../../src/agent/uplink/failover.ts'
import { Pace } from '../../../src/agent/uplink/pace.ts'

const MINUTE_MS = 60_000
const START = 1e12

describe('which address is asked', () => {
  it('the first, then the next ones in their order', () => {
    assert.deepEqual(new Failover(3).order(START), [0, 1, 2])
  })

  it('the one that works stays, and from there on in a ring', () => {
    const failover = new Failover(3)
    failover.failed(0, START)
    failover.worked(1)
    assert.deepEqual(failover.order(START + MINUTE_MS), [1, 2, 0])
  })

  it('after 10 min the first is tried again, and again 10 min later', () => {
    const failover = new Failover(3)
    failover.failed(0, START)
    failover.worked(2)
    assert.deepEqual(failover.order(START + 10 * MINUTE_MS - 1), [2, 0, 1])
    assert.deepEqual(failover.order(START + 10 * MINUTE_MS), [0, 2, 1])
    failover.failed(0, START + 10 * MINUTE_MS)
    assert.deepEqual(failover.order(START + 11 * MINUTE_MS), [2, 0, 1])
    failover.worked(0)
    assert.deepEqual(failover.order(START + 20 * MINUTE_MS), [0, 1, 2])
  })

  it('each keeps its own Retry-After; a clock set back does not lengthen it', () => {
    const failover = new Failover(2)
    failover.hold(1, START + 7_000)
    const held = (now: number) => [failover.heldMs(0, now), failover.heldMs(1, now)]
    assert.deepEqual(held(START), [0, 7_000])
    assert.deepEqual(held(START + 7_000), [0, 0])
    assert.deepEqual(held(START - 2 * 60 * MINUTE_MS), [0, 0])
  })
})

describe('the pace of the backlog', () => {
  const pace = () => new Pace({ batchesPerSecond: 10, bytesPerSecond: 1_000_000 })

  it('is bounded by batches and by bytes', () => {
    for (const [bytes, waitMs] of [
      [100, 100],
      [100_000, 100],
      [3_000_000, 3_000],
    ] as const) {
      const each = pace()
      assert.equal(each.waitMs(START), 0)
      each.sent(bytes, START)
      assert.equal(each.waitMs(START), waitMs)
      assert.equal(each.waitMs(START + 60), waitMs - 60)
      assert.equal(each.waitMs(START + waitMs), 0)
    }
  })

  it('is no slower after the clock was set back', () => {
    const each = pace()
    each.sent(100, START)
    assert.equal(each.waitMs(START - 3_600_000), 100)
  })
})
