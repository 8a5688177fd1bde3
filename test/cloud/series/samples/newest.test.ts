/** Of one instant the newest sample is read: the same as the last of all, in memory and in chunks that are closed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Arena } from '../../../../src/cloud/series/block/arena.ts'
import { FlatBuffer } from '../../../../src/cloud/series/block/flat-buffer.ts'
import { SampleTimelines } from '../../../../src/cloud/series/samples/sample-timelines.ts'
import { wordsOf } from '../../../../src/model/sample-batch.ts'

const LOOKBACK_MS = 300_000
const NONE = new Float64Array(0)

/** Steps of a series in seconds, negative ones come late; many of them fill several chunks. */
const steps = fc.array(fc.oneof(fc.constant(15), fc.integer({ min: -40, max: 400 })), {
  minLength: 1,
  maxLength: 200,
})

function timelinesOf(all: readonly number[]): { timelines: SampleTimelines; lastMs: number } {
  const timelines = new SampleTimelines()
  let time = 1_000_000_000
  let lastMs = time
  for (const [at, step] of all.entries()) {
    time += step * 1000
    const [low = 0, high = 0] = wordsOf(Float64Array.of(Math.sin(at) * 1000))
    timelines.append(7, time, low, high)
    lastMs = Math.max(lastMs, time)
  }
  return { timelines, lastMs }
}

describe('the newest sample', () => {
  it('is the last of those that all of it would be', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: -2_000, max: 700 }), (all, offset) => {
        const { timelines, lastMs } = timelinesOf(all)
        const endMs = lastMs + offset * 1000
        const startMs = endMs - LOOKBACK_MS + 1
        const whole = timelines.read(7, startMs, endMs)
        const [copy, newest] = [new FlatBuffer(new Arena()), new FlatBuffer(new Arena())]
        assert.equal(timelines.readInto(7, startMs, endMs, copy), whole !== undefined)
        assert.deepEqual(
          [copy.times, copy.column(0)],
          [whole?.times ?? NONE, whole?.columns[0] ?? NONE],
        )
        assert.equal(timelines.readNewest(7, startMs, endMs, newest), whole !== undefined)
        assert.equal(newest.times.at(-1), whole?.times.at(-1))
        assert.equal(newest.column(0).at(-1), whole?.columns[0].at(-1))
      }),
    )
  })

  it('is not decoded for when it is one of the last two', () => {
    const { timelines, lastMs } = timelinesOf([0, 15, 15, 15])
    for (const endMs of [lastMs, lastMs - 1]) {
      const newest = new FlatBuffer(new Arena())
      timelines.readNewest(7, lastMs - LOOKBACK_MS, endMs, newest)
      assert.equal(newest.count, 1)
    }
  })
})
