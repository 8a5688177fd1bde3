import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RowRoom } from '../../../../src/cloud/series/memory/row-room.ts'
import { Timeline } from '../../../../src/cloud/series/memory/timeline.ts'

const MERGES = ['add', 'max', 'min'] as const
const ALL = [0, 1, 2]

/** What a timeline must hold, by the plainest means. */
class Model {
  readonly rows = new Map<number, [number, number, number]>()

  add(time: number, [a, b, c]: [number, number, number]): void {
    const old = this.rows.get(time)
    const met: [number, number, number] = old
      ? [old[0] + a, Math.max(old[1], b), Math.min(old[2], c)]
      : [a, b, c]
    this.rows.set(time, met)
  }

  read(startMs: number, endMs: number): [number, ...number[]][] {
    return [...this.rows]
      .filter(([time]) => time >= startMs && time <= endMs)
      .sort(([a], [b]) => a - b)
      .map(([time, row]) => [time, ...row])
  }
}

function read(timeline: Timeline, startMs: number, endMs: number): [number, ...number[]][] {
  const found = timeline.read(startMs, endMs, ALL)
  if (!found) return []
  return Array.from(found.times, (time, row) => [
    time,
    ...found.columns.map((column) => column[row] ?? Number.NaN),
  ])
}

const number = fc.oneof(fc.nat(1000), fc.integer(), fc.double({ noNaN: true }))
const add = fc.tuple(fc.nat(300), fc.tuple(number, number, number))

describe('a timeline', () => {
  it('holds what was added, in whatever order it came, packed or not', () => {
    fc.assert(
      fc.property(fc.array(add, { maxLength: 500, size: 'max' }), fc.nat(), (adds, stagger) => {
        const timeline = new Timeline(MERGES, stagger, new RowRoom(MERGES.length))
        const model = new Model()
        for (const [step, row] of adds) {
          timeline.add(step * 10_000, row)
          model.add(step * 10_000, row)
        }
        assert.deepEqual(read(timeline, 0, 3_000_000), model.read(0, 3_000_000))
        assert.deepEqual(read(timeline, 500_000, 1_000_001), model.read(500_000, 1_000_001))
      }),
      { numRuns: 100 },
    )
  })

  it('gives back every bit of what came in order, however its columns grow wider', () => {
    const value = fc.constantFrom(
      0,
      -0,
      1,
      1,
      255,
      256,
      65_536,
      2 ** 32 - 1,
      2 ** 32,
      -1,
      0.5,
      1e300,
    )
    const row = fc.tuple(value, value, value)
    // Rows that are alike, a few at a time.
    const runs = fc.array(fc.tuple(row, fc.integer({ min: 1, max: 40 })), { maxLength: 12 })
    const steps = fc.constantFrom([10], [10, 10, 10, 10, 10, 10, 10, 70], [10, 20, 5])
    fc.assert(
      fc.property(runs, steps, fc.nat(7), (runs, steps, stagger) => {
        const timeline = new Timeline(MERGES, stagger, new RowRoom(MERGES.length))
        const expected: [number, ...number[]][] = []
        let time = 1_000
        for (const row of runs.flatMap(([row, count]) => new Array<typeof row>(count).fill(row))) {
          time += steps[expected.length % steps.length] ?? 0
          timeline.add(time, row)
          expected.push([time, ...row])
        }
        assert.deepStrictEqual(read(timeline, 0, Infinity), expected)
      }),
    )
  })

  it('gives the wanted columns in the order wanted', () => {
    const timeline = new Timeline(MERGES, 0, new RowRoom(MERGES.length))
    for (let step = 0; step < 40; step++) timeline.add(step, [step, 2 * step, 3 * step])
    const found = timeline.read(3, 4, [2, 0])
    assert.deepEqual(
      found?.columns.map((column) => [...column]),
      [
        [9, 12],
        [3, 4],
      ],
    )
  })

  it('forgets what is old, and keeps late rows that are not', () => {
    const timeline = new Timeline(MERGES, 3, new RowRoom(MERGES.length))
    for (let step = 0; step < 200; step++) timeline.add(step, [1, 1, 1])
    timeline.dropBefore(100)
    assert.ok(timeline.firstMs <= 100 && timeline.firstMs > 60)
    timeline.add(150, [1, 1, 1])
    assert.deepEqual(read(timeline, 150, 150), [[150, 2, 1, 1]])
    timeline.dropBefore(1000)
    assert.equal(timeline.isEmpty, true)
  })
})
