import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Lane } from '../../../../src/cloud/series/read/lane.ts'
import { type TurnOptions, TurnQueue } from '../../../../src/cloud/series/read/turn-queue.ts'

/** Works so many slices in turns; says its name when it is done. */
function workIn(queue: TurnQueue, done: string[]) {
  return (name: string, slices: number, options: TurnOptions = {}) =>
    queue.run(options, async (turns) => {
      for (let slice = 0; slice < slices; slice++) {
        if (options.signal?.aborted) return
        while (!turns.isOver);
        await turns.next()
      }
      done.push(name)
    })
}

describe('whose turn it is', () => {
  it('rules come before what people ask, and short questions before long ones', async () => {
    const done: string[] = []
    const work = workIn(new TurnQueue(), done)
    const long = [work('long', 14), work('long', 14)]
    await new Promise((resolve) => setTimeout(resolve, 60))
    await Promise.all([...long, work('short', 1), work('rule', 4, { isRule: true })])
    assert.deepEqual(done.slice(0, 2).sort(), ['rule', 'short'])
    assert.deepEqual(done.slice(2), ['long', 'long'])
  })

  it('a long question ends, however many rules there are', async () => {
    const done: string[] = []
    const work = workIn(new TurnQueue(), done)
    const long = work('long', 6)
    let isOver = false
    const rules = Promise.all(
      [1, 2].map(async () => {
        while (!isOver) await work('rule', 2, { isRule: true })
      }),
    )
    await long
    isOver = true
    await rules
    assert.ok(done.includes('long'))
  })

  it('who is cancelled while others work finds out soon', async () => {
    const queue = new TurnQueue()
    const done: string[] = []
    const work = workIn(queue, done)
    const stop = new AbortController()
    const others = Array.from({ length: 4 }, () => work('other', 40))
    const canceled = work('canceled', 1000, { signal: stop.signal }).then(() => done.push('gone'))
    await new Promise((resolve) => setTimeout(resolve, 30))
    stop.abort()
    await Promise.all([canceled, ...others])
    assert.deepEqual(done, ['gone', 'other', 'other', 'other', 'other'])
  })
})

describe('a lane', () => {
  it('runs so many at a time, in order, and hands places on when one fails', async () => {
    const lane = new Lane(1, 10)
    const order: string[] = []
    const fails = lane.run(undefined, async () => {
      order.push('first')
      throw new RangeError('first')
    })
    const next = lane.run(undefined, async () => order.push('second'))
    await assert.rejects(fails, RangeError)
    await next
    assert.deepEqual(order, ['first', 'second'])
  })

  it('who is cancelled in the queue leaves it', async () => {
    const lane = new Lane(1, 1)
    const { promise, resolve } = Promise.withResolvers<void>()
    const first = lane.run(undefined, () => promise)
    const stop = new AbortController()
    const second = lane.run(stop.signal, async () => assert.fail('ran'))
    await assert.rejects(
      lane.run(undefined, async () => {}),
      { reason: 'busy' },
    )
    stop.abort()
    await assert.rejects(second, { name: 'PromqlError', reason: 'canceled' })
    const third = lane.run(undefined, async () => 'third')
    resolve()
    await first
    assert.equal(await third, 'third')
  })
})
