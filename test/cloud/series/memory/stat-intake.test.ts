/** Windows written column by column leave what rows added one by one would. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Arena } from '../../../../src/cloud/series/block/arena.ts'
import { Border } from '../../../../src/cloud/series/memory/border.ts'
import { Family } from '../../../../src/cloud/series/memory/family.ts'
import { STAT_MERGES } from '../../../../src/cloud/series/memory/metrics.ts'
import type { SeriesRecord } from '../../../../src/cloud/series/memory/series-record.ts'
import { StatIntake } from '../../../../src/cloud/series/memory/stat-intake.ts'
import type { StatKey } from '../../../../src/model/stat.ts'
import { StatColumns } from '../../../../src/wire/stat-columns.ts'
import { statKeys } from '../../../wire/traffic.ts'
import { columnsOf } from './key-columns.ts'

const WIDTH = STAT_MERGES.length
const ALL = [...STAT_MERGES.keys()]
const KEYS = statKeys(200)

type Rows = Map<number, number[]>
/** Of each caller, callee … its rows by time. */
type Held = Map<string, Rows>

/** A row: which key, and a number of which its values are made. */
type Row = readonly [key: number, value: number]

function valuesOf(value: number): number[] {
  return ALL.map((column) => (column % 3 === 2 ? 0 : value * (column + 1)))
}

function textOf({ labels }: Pick<SeriesRecord, 'labels'>): string {
  return JSON.stringify(Object.entries(labels).sort())
}

function rowsOf({ timeline }: SeriesRecord): Rows {
  const { times = [], columns = [] } = timeline.read(-Infinity, Infinity, ALL) ?? {}
  return new Map(Array.from(times, (time, row) => [time, columns.map((each) => each[row] ?? -1)]))
}

class Subject {
  readonly border = new Border()
  readonly family = new Family('stat', WIDTH, [], this.border)
  readonly intake: StatIntake

  constructor(maxRecords = 1_000) {
    this.intake = new StatIntake(this.family, this.border, maxRecords)
  }

  window(time: number, rows: readonly Row[], keys: readonly StatKey[] = KEYS): void {
    const columns = columnsOf(keys)
    const values = ALL.map((at) => Float64Array.from(rows, ([, value]) => valuesOf(value)[at] ?? 0))
    const indexes = Float64Array.from(rows, ([key]) => key)
    this.intake.apply(new StatColumns(columns, indexes, values), this.intake.batch(columns), {
      counts: () => true,
      row: (record, row) => record.add(time, row),
      addsAt: time,
    })
  }

  /** What there is, is in blocks. */
  flush(time: number): void {
    this.border.flushedMs = time
    for (const record of this.border.dirty) record.take(time, new Arena())
    this.border.dirty.clear()
  }

  /** Forgets what these records have. */
  clear(which: (record: SeriesRecord) => boolean): void {
    for (const record of [...this.family.records()].filter(which)) {
      this.family.tidy(record, Infinity)
    }
  }

  held(): Held {
    const held: Held = new Map()
    for (const record of this.family.records()) {
      const rows = rowsOf(record)
      if (rows.size > 0) held.set(textOf(record), rows)
    }
    return held
  }
}

/** Record by record: the difference of all is long in the making. */
function assertSame(held: Held, expected: Held): void {
  assert.deepEqual([...held.keys()].sort(), [...expected.keys()].sort())
  const sorted = (rows: Rows | undefined) => [...(rows ?? [])].sort(([a], [b]) => a - b)
  for (const [name, rows] of expected) {
    const [own, other] = [sorted(held.get(name)), sorted(rows)].map((each) => JSON.stringify(each))
    if (own !== other) assert.fail(`${name}: ${own} where ${other} was expected`)
  }
}

function addTo(rows: Rows, time: number, value: number): void {
  const before = rows.get(time)
  const now = valuesOf(value)
  const met = (at: number, a: number, b: number) =>
    STAT_MERGES[at] === 'max' ? Math.max(a, b) : a + b
  rows.set(time, before ? now.map((each, at) => met(at, before[at] ?? 0, each)) : now)
}

describe('windows of statistics', () => {
  const row = fc.tuple(fc.nat(KEYS.length - 1), fc.nat(70_000))
  const step = fc.record({
    // Mostly ahead; now and then the same time again, or before.
    ahead: fc.constantFrom(1, 1, 1, 1, 2, 7, 0, -1, -20),
    rows: fc.oneof(
      fc.constant(KEYS.map((_, at): Row => [at, at * 300])),
      fc.array(row, { maxLength: 150, size: 'max' }),
      fc.array(row, { maxLength: 150, size: 'max' }),
    ),
    flushes: fc.constantFrom(true, false, false),
    clears: fc.constantFrom(0, 0, 0, 2, 5),
    forgets: fc.constantFrom(true, false, false),
  })

  it('leave every row at its time, added up, in any order, though records go and come', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
        const subject = new Subject()
        const model: Held = new Map()
        const names = KEYS.map((key) => {
          const only = new Subject()
          only.window(1, [[0, 1]], [key])
          return [...only.held().keys()][0] ?? ''
        })
        let time = 1_000
        for (const { ahead, rows, flushes, clears, forgets } of steps) {
          time += ahead
          if (flushes) subject.flush(time)
          subject.window(time, rows)
          for (const [key, value] of rows) {
            const name = names[key] ?? ''
            const known = model.get(name) ?? new Map()
            addTo(known, time, value)
            model.set(name, known)
          }
          if (clears > 0) {
            assertSame(subject.held(), model)
            const isCleared = (name: string) => (names.indexOf(name) + time) % clears === 0
            subject.clear((record) => isCleared(textOf(record)))
            for (const name of [...model.keys()].filter(isCleared)) model.delete(name)
          }
          if (forgets) {
            subject.intake.forgetGone()
            subject.family.reuse()
          }
        }
        assertSame(subject.held(), model)
      }),
      { numRuns: 15 },
    )
  })

  it('do not change a record that a flush under way has not taken', () => {
    const subject = new Subject()
    const { border } = subject
    const all = KEYS.map((_, at): Row => [at, 1])
    for (let time = 1; time <= 20; time++) subject.window(time, all)
    const before = subject.held()
    const taken: Held = new Map()
    border.epoch++
    border.flushedMs = 20
    border.taker = (record) => taken.set(textOf(record), rowsOf(record))
    subject.window(21, all)
    subject.window(22, all)
    assertSame(taken, before)
    border.taker = undefined
    subject.window(23, all)
    assert.deepEqual([...(subject.held().values().next().value?.keys() ?? [])].at(-1), 23)
    assert.equal(border.newestMs, 23)
  })

  it('keep their sums when keys are folded', () => {
    const subject = new Subject(120)
    let sum = 0
    for (let time = 1; time <= 40; time++) {
      subject.window(
        time,
        KEYS.map((_, at): Row => [at, at]),
      )
      sum += (KEYS.length * (KEYS.length - 1)) / 2
    }
    const calls = [...subject.held().values()].flatMap((rows) => [...rows.values()])
    assert.equal(
      calls.reduce((total, [first = 0]) => total + first, 0),
      sum,
    )
    assert.equal(subject.intake.dropped, 0)
    assert.ok(subject.intake.folded > 0)
  })
})
