/** The columns of a batch say what its objects say. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { StatValues } from '../../src/model/stat.ts'
import {
  BATCH_LIMITS,
  type Batch,
  ColumnMemory,
  decodeBatch,
  decodeColumns,
  encodeBatch,
  type StatColumns,
} from '../../src/wire/index.ts'
import { anyBatch } from './batch-arbitrary.ts'
import { batchOf, statKeys, statRows } from './traffic.ts'

/** What `read` writes of each row. */
function numbersOf(stats: StatColumns): number[][] {
  return Array.from({ length: stats.length }, (_, row) => {
    const into = new Float64Array(stats.values.length)
    stats.read(row, into)
    return [...into]
  })
}

function numbersIn(values: StatValues): number[] {
  const { calls, timeouts, exceptions, durationSumMs, durationMaxMs, buckets } = values
  return [calls, timeouts, exceptions, durationSumMs, durationMaxMs, ...buckets]
}

function window(at: number, batchKeys: ReturnType<typeof statKeys>): Batch['windows'][number] {
  const endMs = 1_760_000_010_000 + at * 10_000
  return { endMs, lengthMs: 10_000, stats: statRows(batchKeys, 3000, at), properties: [] }
}

describe('a batch as columns', () => {
  it('says what it says as objects, whatever it holds', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const bytes = encodeBatch(batch)
        const { statKeys: keys, windows, ...rest } = decodeColumns(bytes)
        const objects = decodeBatch(bytes)
        assert.deepStrictEqual({ ...rest, windows: objects.windows }, objects)
        assert.equal(windows.length, objects.windows.length)
        for (const [at, { stats, ...others }] of windows.entries()) {
          const { stats: rows = [], ...othersThere } = objects.windows[at] ?? {}
          assert.deepStrictEqual(others, othersThere)
          assert.deepStrictEqual(
            numbersOf(stats),
            rows.map(({ values }) => numbersIn(values)),
          )
          assert.deepStrictEqual(
            Array.from(stats.keyIndexes, (index) => keys.key(index)),
            rows.map(({ key }) => key),
          )
        }
      }),
      { numRuns: 200 },
    )
  })

  it('says the same where one batch after another is decoded to one memory', () => {
    const memory = new ColumnMemory()
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const bytes = encodeBatch(batch)
        const { statKeys: _, windows, ...rest } = decodeColumns(bytes, BATCH_LIMITS, memory)
        const objects = windows.map((each) => ({ ...each, stats: each.stats.rows() }))
        assert.deepStrictEqual({ ...rest, windows: objects }, decodeBatch(bytes))
      }),
      { numRuns: 200 },
    )
  })

  it('is decoded to memory that is kept, up to 10 MiB, and no two columns share', () => {
    const memory = new ColumnMemory()
    const columns = (rows: number) => Array.from({ length: 4 }, () => memory.take(rows))
    for (const [rows, buffers] of [
      [1000, 4],
      [1000, 1],
      [800, 1],
      [500_000, 4],
      [1000, 1],
    ] as const) {
      memory.clear()
      const taken = columns(rows)
      const memories = [...new Set(taken.map(({ buffer }) => buffer))]
      assert.equal(memories.length, buffers)
      const places = taken.map((each) => `${memories.indexOf(each.buffer)}/${each.byteOffset}`)
      assert.equal(new Set(places).size, 4)
      assert.ok(taken.every(({ length }) => length === rows))
    }
  })

  it('deals rows to their windows, of keys that are said once', () => {
    const keys = statKeys(50)
    const windows = [window(0, keys), window(1, []), window(2, keys.slice(10, 30))]
    const columns = decodeColumns(encodeBatch(batchOf({ windows })))
    assert.equal(columns.statKeys.length, 50)
    assert.deepStrictEqual(
      columns.windows.map(({ stats }) => stats.length),
      [50, 0, 20],
    )
  })

  it('makes the object of a key once', () => {
    const keys = statKeys(3)
    const batch = decodeBatch(encodeBatch(batchOf({ windows: [window(0, keys), window(1, keys)] })))
    const [first, second] = batch.windows
    assert.ok(first?.stats[0])
    assert.equal(first.stats[0].key, second?.stats[0]?.key)
  })
})
