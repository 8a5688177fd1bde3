import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { areInTime, boundsAt, inTime } from '../../../../src/cloud/doors/remote-write/in-time.ts'

const H = 3600_000
const NOW = 100 * H

/** Values are their places. */
function taken(times: readonly number[], newest?: number, values = times.map((_, i) => i)) {
  const refused: [reason: string, time: number][] = []
  const samples = samplesOf(times, Float64Array.from(values))
  const bounds = boundsAt(NOW, newest)
  const rows = inTime(samples, bounds, (...refusal) => refused.push(refusal))
  // It is asked first, and must say the same.
  const areAll = rows.length === times.length && rows.every((row, i) => row === i)
  assert.equal(areInTime(samples, bounds), areAll)
  return { times: rows.map((row) => times[row]), values: rows.map((row) => values[row]), refused }
}

/** In memory that is longer, as that is into which they are read. */
function samplesOf(times: readonly number[], values: Float64Array) {
  const length = times.length
  const words = new Uint32Array(2 * length + 8)
  words.set(new Uint32Array(values.buffer, values.byteOffset, 2 * length))
  return { length, times: Float64Array.from([...times, NOW, 0]), words }
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

  it('none is lost or counted twice', () => {
    const time = fc.integer({ min: NOW - 26 * H, max: NOW + H }).map((ms) => Math.round(ms / H) * H)
    const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
    fc.assert(
      fc.property(fc.array(fc.tuple(time, bits), { maxLength: 30 }), (samples) => {
        const values = new Float64Array(BigUint64Array.from(samples, ([, bits]) => bits).buffer)
        const given = samplesOf(
          samples.map(([ms]) => ms),
          values,
        )
        let refused = 0
        const bounds = boundsAt(NOW, undefined)
        const rows = inTime(given, bounds, () => refused++)
        const wanted = new Map<number, bigint>()
        let same = 0
        for (const [ms, value] of samples) {
          if (ms < bounds.fromMs || ms > bounds.toMs) continue
          if (wanted.get(ms) === value) same++
          if (!wanted.has(ms)) wanted.set(ms, value)
        }
        const found = rows.map((row) => samples[row])
        assert.deepEqual(
          found,
          [...wanted].toSorted(([a], [b]) => a - b),
        )
        assert.equal(rows.length + refused + same, samples.length)
      }),
    )
  })
})
