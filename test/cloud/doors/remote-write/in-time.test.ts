import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { boundsAt, inTime } from '../../../../src/cloud/doors/remote-write/in-time.ts'

const H = 3600_000
const NOW = 100 * H

/** Values are their places. */
function taken(times: readonly number[], newest?: number, values = times.map((_, i) => i)) {
  const refused: [reason: string, time: number][] = []
  const kept = inTime(
    { times: Float64Array.from(times), values: Float64Array.from(values) },
    boundsAt(NOW, newest),
    (...refusal) => refused.push(refusal),
  )
  return { times: [...kept.times], values: [...kept.values], refused }
}

describe('of the samples of a series', () => {
  it('those are taken that are at most 25 h older than the newest of the environment', () => {
    const newest = NOW - 50 * H
    const oldest = newest - 25 * H
    assert.deepEqual(taken([oldest - 1, oldest, newest], newest), {
      times: [oldest, newest],
      values: [1, 2],
      refused: [['too-old', oldest - 1]],
    })
  })

  it('than now, where there is none', () => {
    const oldest = NOW - 25 * H
    const { times, refused } = taken([oldest - 1, oldest])
    assert.deepEqual([times, refused], [[oldest], [['too-old', oldest - 1]]])
  })

  it('and at most 10 min in the future, by our clock', () => {
    const { times, refused } = taken([NOW + 600_000, NOW + 600_001], NOW + 600_000)
    assert.deepEqual([times, refused], [[NOW + 600_000], [['too-new', NOW + 600_001]]])
  })

  it('those out of order are put in order', () => {
    assert.deepEqual(taken([NOW, NOW - 2, NOW - 1]), {
      times: [NOW - 2, NOW - 1, NOW],
      values: [1, 2, 0],
      refused: [],
    })
  })

  it('the first of one time is taken, another value is refused, the same again is nothing', () => {
    assert.deepEqual(taken([NOW, NOW, NOW, NOW + 1], undefined, [7, 7, 8, 7]), {
      times: [NOW, NOW + 1],
      values: [7, 7],
      refused: [['duplicate', NOW]],
    })
    assert.deepEqual(taken([NOW, NOW], undefined, [0, -0]).refused, [['duplicate', NOW]])
  })

  it('bits stay as they are, none is lost or counted twice', () => {
    const time = fc.integer({ min: NOW - 26 * H, max: NOW + H }).map((ms) => Math.round(ms / H) * H)
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    fc.assert(
      fc.property(fc.array(fc.tuple(time, bits), { maxLength: 30 }), (samples) => {
        const came = BigUint64Array.from(samples, ([, value]) => value)
        const times = Float64Array.from(samples, ([ms]) => ms)
        let refused = 0
        const bounds = boundsAt(NOW, undefined)
        const kept = inTime(
          { times, values: new Float64Array(came.buffer) },
          bounds,
          () => refused++,
        )
        const wanted = new Map<number, bigint>()
        let same = 0
        for (const [ms, value] of samples) {
          if (ms < bounds.fromMs || ms > bounds.toMs) continue
          if (wanted.get(ms) === value) same++
          if (!wanted.has(ms)) wanted.set(ms, value)
        }
        const { buffer, byteOffset, length } = kept.values
        const found = [...new BigUint64Array(buffer, byteOffset, length)].map((value, i) => [
          kept.times[i],
          value,
        ])
        assert.deepEqual(
          found,
          [...wanted].toSorted(([a], [b]) => a - b),
        )
        assert.equal(kept.times.length + refused + same, samples.length)
      }),
    )
  })
})
