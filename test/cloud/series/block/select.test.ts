import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openBlock } from '../../../../src/cloud/series/block/block.ts'
import { BlockCache } from '../../../../src/cloud/series/block/block-cache.ts'
import { blockMatcher } from '../../../../src/cloud/series/block/block-matcher.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { OP } from '../../../../src/cloud/series/block/record-rows.ts'
import { compileMatchers, type Matcher } from '../../../../src/promql/index.ts'
import {
  anyRecords,
  byKey,
  contentOf,
  familyOf,
  HOUR,
  isIn,
  MINUTE,
  type PlainRecord,
  plainRows,
  T0,
  temporaryFolder,
} from './fixture.ts'

const ALL_OPS = [OP.add, OP.set, OP.gone]
const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.constantFrom('callee', 'side', 'set', 'nobody_has_it'),
  op: fc.constantFrom('=', '!=', '=~', '!~'),
  value: fc.constantFrom(
    '',
    'App.A',
    'client',
    'App.*',
    'App\\.(A|B)',
    'x|App.+',
    '.*A',
    'S?',
    '好.+',
    'x.y.[12]',
  ),
})
const minute = fc.integer({ min: -10, max: 420 })

/** What satisfies the matchers, of the range, of some columns. */
function naive(
  records: readonly PlainRecord[],
  matchers: readonly Matcher[],
  { startMs, endMs }: { startMs: number; endMs: number },
  columns: readonly number[],
): PlainRecord[] {
  const matches = compileMatchers(matchers)
  return byKey(
    records
      .filter(({ labels }) => matches(labels))
      .map(({ labels, rows }) => ({
        labels,
        rows: rows
          .filter((row) => isIn(row, startMs, endMs))
          .map((row) => ({ ...row, values: columns.map((column) => row.values[column] ?? 0) })),
      })),
  )
}

describe('select', () => {
  it('gives what a plain filter gives, for any matchers, range and columns, from disk and memory', async (t) => {
    const folder = await temporaryFolder(t)
    let made = 0
    const property = fc.asyncProperty(
      anyRecords(ALL_OPS),
      fc.array(fc.record({ matchers: fc.array(matcher, { maxLength: 3 }), a: minute, b: minute }), {
        minLength: 5,
      }),
      fc.shuffledSubarray([0, 1, 2]),
      async (records, queries, columns) => {
        const path = join(folder, `${made++}`)
        await writeBlock(path, [familyOf(records)], { startMs: T0, endMs: T0 + 8 * HOUR })
        const cache = new BlockCache(made % 2 ? 1e6 : 500)
        const block = openBlock(path, { inMemory: made % 3 === 0, cache })
        for (const { matchers, a, b } of queries) {
          const range = { startMs: T0 + a * MINUTE, endMs: T0 + b * MINUTE }
          const query = { matchers: matchers.map(blockMatcher), ...range, columns }
          const found = Array.from(block.select('stat', query), ({ labels, rows }) => ({
            labels,
            rows: plainRows(rows),
          }))
          assert.deepEqual(found, naive(records, matchers, range, columns))
        }
        block.close()
      },
    )
    await fc.assert(property, { numRuns: 100 })
  })

  it('takes only rows of the range the block was written for', async (t) => {
    const path = join(await temporaryFolder(t), 'block')
    const rows = [0, 1, 119, 120, 121].map((at) => ({ minute: at, op: 0, values: [at, 0, 0] }))
    const family = familyOf([{ labels: { callee: 'A' }, rows }])
    await writeBlock(path, [family], { startMs: T0 + MINUTE, endMs: T0 + 120 * MINUTE })
    const block = openBlock(path)
    const [only] = contentOf(block)
    assert.deepEqual(
      only?.rows.map((row) => row.minute),
      [1, 119, 120],
    )
    const { rows: count, minMs, maxMs, samples } = block.totals
    assert.deepEqual([count, samples, minMs, maxMs], [3, 9, T0 + MINUTE, T0 + 120 * MINUTE])
    block.close()
  })
})

/** As many records as several groups, and bands of them, take. */
function manyRecords(count: number): PlainRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    labels: { callee: `App.Server${at % 7}`, callee_ip: `10.0.${at >> 8}.${at & 255}` },
    rows: [0, 5, 130].map((after) => ({
      minute: after + (at % 3),
      op: 0,
      values: [at, 2, 0.5 * at],
    })),
  }))
}

describe('a block of many records and several families', () => {
  it('answers each of them', async (t) => {
    const path = join(await temporaryFolder(t), 'block')
    const records = manyRecords(5000)
    const states = familyOf([{ labels: { node: 'n' }, rows: [] }], {
      name: 'state',
      merges: ['last'],
    })
    const families = [familyOf(records), states, familyOf([], { name: 'empty' })]
    await writeBlock(path, families, { startMs: T0, endMs: T0 + 4 * HOUR }, { note: 'up to 7' })
    const block = openBlock(path)
    t.after(() => block.close())
    assert.deepEqual(contentOf(block), byKey(records))
    assert.deepEqual(block.families, ['stat', 'state', 'empty'])
    assert.deepEqual([block.head.note, block.head.replaces], ['up to 7', []])
    assert.deepEqual(block.labelNames('stat'), ['callee', 'callee_ip'])
    assert.equal(block.labelValues('stat', 'callee').length, 7)
    assert.deepEqual(block.labelValues('stat', 'nobody'), [])
    assert.deepEqual(contentOf(block, 'state'), [])
    assert.deepEqual(contentOf(block, 'no such family'), [])
  })

  it('is held in a bounded cache', async (t) => {
    const path = join(await temporaryFolder(t), 'block')
    await writeBlock(path, [familyOf(manyRecords(3000))], { startMs: T0, endMs: T0 + 4 * HOUR })
    const cache = new BlockCache(100_000)
    const block = openBlock(path, { cache })
    assert.equal(contentOf(block).length, 3000)
    assert.ok(cache.bytes <= 100_000 && cache.counts.misses > 0)
    block.close()
    assert.equal(cache.bytes, 0)
  })
})

describe('a label matcher', () => {
  it('does not try values that its literal prefix excludes', async (t) => {
    const path = join(await temporaryFolder(t), 'block')
    await writeBlock(path, [familyOf(manyRecords(500))], { startMs: T0, endMs: T0 + 4 * HOUR })
    const block = openBlock(path)
    t.after(() => block.close())
    const tried: string[] = []
    const compiled = blockMatcher({ name: 'callee_ip', op: '=~', value: '10\\.0\\.1\\.2[0-4]' })
    const spy = {
      ...compiled,
      matches: (value: string) => {
        tried.push(value)
        return compiled.matches(value)
      },
    }
    const found = [
      ...block.select('stat', { matchers: [spy], startMs: T0, endMs: T0 + HOUR, columns: [0] }),
    ]
    assert.equal(found.length, 5)
    assert.ok(tried.every((value) => value === '' || value.startsWith('10.0.1.2')))
    assert.ok(tried.length < 60)
  })
})
