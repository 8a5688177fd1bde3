/** How far each feed came, and what came late. How far all agents came is in series-store.test.ts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Watermark, watermarkSchema } from '../../../../src/cloud/series/feeds/watermark.ts'
import type { FeedName } from '../../../../src/model/polled.ts'
import type { Window } from '../../../../src/wire/batch.ts'
import { event, stat } from '../fixture.ts'

const T0 = 1_800_000_000_000
const at = (seconds: number) => T0 + seconds * 1000

function windowOf(seconds: number, feed: FeedName = 'subscribe', rows = 1): Window {
  const reading = feed !== 'subscribe' && {
    reading: { kind: 'stat' as const, feed, term: 1, read: 1 },
  }
  const stats = Array.from({ length: rows }, () => stat())
  return { endMs: at(seconds), lengthMs: 10_000, stats, properties: [], ...reading }
}

class Told {
  readonly watermark = new Watermark()

  hear(agent: string, windows: readonly Window[], receivedSeconds: number, eventSeconds?: number) {
    const events = eventSeconds === undefined ? [] : [event({ at: at(eventSeconds) })]
    this.watermark.heard({ id: { agent }, windows, events }, at(receivedSeconds))
    return this
  }

  /** `subscribe 20`, in seconds. */
  feeds(): string[] {
    return this.watermark.feeds.map(({ feed, newestMs }) => `${feed} ${(newestMs - T0) / 1000}`)
  }
}

describe('of each feed', () => {
  it('the newest window or bucket of any agent counts', () => {
    const told = new Told()
      .hear('a', [windowOf(20)], 21)
      .hear('b', [windowOf(10)], 22)
      .hear('a', [windowOf(-300, 'query'), windowOf(0, 'query'), windowOf(-300, 'query')], 120)
      .hear('b', [windowOf(0, 'database')], 130)
    assert.deepEqual(told.feeds(), ['subscribe 20', 'query 0', 'database 0'])
  })

  it('an empty window counts as well', () => {
    assert.deepEqual(new Told().hear('a', [windowOf(20, 'subscribe', 0)], 21).feeds(), [
      'subscribe 20',
    ])
  })

  it('nothing counts that is further ahead of the clock than a clock may be', () => {
    assert.deepEqual(new Told().hear('a', [windowOf(500)], 21).feeds(), ['subscribe 31'])
  })

  it('it outlives a start; of a state that was stored before there were feeds none is known', () => {
    const { watermark } = new Told()
      .hear('a', [windowOf(20)], 21)
      .hear('a', [windowOf(0, 'query')], 22)
    const again = new Told()
    again.watermark.restore(watermark.snapshot())
    assert.deepEqual(again.feeds(), ['subscribe 20', 'query 0'])
    assert.deepEqual(watermarkSchema.parse({ agents: [], steps: [] }).feeds, [])
  })
})

describe('a clock that was set back', () => {
  const hour = 3600
  it('by less than an hour holds everything until it is there again', () => {
    const told = new Told().hear('a', [windowOf(hour)], hour + 1).hear('a', [windowOf(1000)], 1001)
    assert.deepEqual([told.watermark.reached, told.feeds()], [at(hour), ['subscribe 3600']])
  })

  it('by more begins anew', () => {
    const told = new Told()
      .hear('a', [windowOf(3 * hour)], 3 * hour + 1)
      .hear('b', [windowOf(3 * hour, 'query')], 3 * hour + 2)
      .hear('a', [windowOf(1000)], 1001)
    assert.deepEqual([told.watermark.reached, told.feeds()], [at(1000), ['subscribe 1000']])
    assert.equal(told.watermark.at(at(1001)), at(1000))
  })
})

describe('the oldest data since it was asked last', () => {
  const cases = [
    [
      'are the oldest window with rows',
      [windowOf(20), windowOf(10), windowOf(5, 'subscribe', 0)],
      undefined,
      10,
    ],
    ['are an event, when that is older', [windowOf(20)], 13, 13],
    ['are not what was read back', [windowOf(-300, 'query')], undefined, undefined],
    ['are none, when all is empty', [windowOf(20, 'subscribe', 0)], undefined, undefined],
  ] as const
  for (const [sentence, windows, eventAt, oldest] of cases) {
    it(sentence, () => {
      const { watermark } = new Told().hear('a', windows, 21, eventAt)
      assert.equal(watermark.takeOldest(), oldest === undefined ? undefined : at(oldest))
      assert.equal(watermark.takeOldest(), undefined)
    })
  }

  it('are of all batches that came meanwhile', () => {
    const told = new Told().hear('a', [windowOf(20)], 21).hear('b', [windowOf(-50)], 22)
    assert.equal(told.watermark.takeOldest(), at(-50))
  })
})
