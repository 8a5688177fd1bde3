import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MemorySource } from '../../src/promql/index.ts'

const UP = { __name__: 'up' }
const ALL = [{ name: '__name__', op: '=', value: 'up' }] as const

function samples(source: MemorySource, startMs: number, endMs: number): [number, number][] {
  return source.select(ALL, startMs, endMs).flatMap(({ times, values }) => {
    return Array.from(times, (ms, i): [number, number] => [ms, values[i] ?? Number.NaN])
  })
}

describe('series in memory', () => {
  it('has what was added, in the order of time, the newest value of a time', () => {
    const sample = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer())
    const time = fc.integer({ min: -1, max: 51 })
    fc.assert(
      fc.property(fc.array(sample), time, time, (added, startMs, endMs) => {
        const source = new MemorySource()
        for (const [ms, value] of added) source.add(UP, ms, value)
        const expected = [...new Map(added)]
          .filter(([ms]) => ms >= startMs && ms <= endMs)
          .sort(([a], [b]) => a - b)
        assert.deepEqual(samples(source, startMs, endMs), expected)
      }),
    )
  })

  it('forgets what is before a time, and goes on', () => {
    const sample = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer())
    const some = fc.array(sample)
    const time = fc.integer({ min: -1, max: 51 })
    fc.assert(
      fc.property(some, time, some, (before, fromMs, after) => {
        const source = new MemorySource()
        for (const [ms, value] of before) source.add(UP, ms, value)
        source.forgetBefore(fromMs)
        for (const [ms, value] of after) source.add(UP, ms, value)
        const kept = before.filter(([ms]) => ms >= fromMs)
        const expected = [...new Map([...kept, ...after])].sort(([a], [b]) => a - b)
        assert.deepEqual(samples(source, 0, 50), expected)
      }),
    )
  })

  it('appends only what is newer', () => {
    const source = new MemorySource()
    assert.equal(source.append(UP, 10, 1), undefined)
    assert.deepEqual(source.append(UP, 10, 2), { atMs: 10, value: 1 })
    assert.deepEqual(source.append(UP, 5, 2), { atMs: 10, value: 1 })
    assert.deepEqual(samples(source, 0, 20), [[10, 1]])
  })
})
