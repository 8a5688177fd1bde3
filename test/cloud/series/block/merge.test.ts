import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { type Block, openBlock } from '../../../../src/cloud/series/block/block.ts'
import { blockMatcher } from '../../../../src/cloud/series/block/block-matcher.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { mergeBlocks } from '../../../../src/cloud/series/block/merge.ts'
import { OP, settle } from '../../../../src/cloud/series/block/record-rows.ts'
import { rollUp } from '../../../../src/cloud/series/block/roll-up.ts'
import { selectTogether } from '../../../../src/cloud/series/block/select-together.ts'
import {
  anyRecords,
  byKey,
  contentOf,
  familyOf,
  HOUR,
  keyOf,
  MERGES,
  MINUTE,
  type PlainRecord,
  type PlainRow,
  plainRows,
  T0,
  temporaryFolder,
} from './fixture.ts'

const ALL_OPS = [OP.add, OP.add, OP.add, OP.set, OP.gone]
const RANGE = { startMs: T0, endMs: T0 + 8 * HOUR }

/** What timelines hold that took these blocks one after the other. */
class Model {
  readonly records = new Map<
    string,
    { labels: PlainRecord['labels']; rows: Map<number, PlainRow> }
  >()

  take(block: readonly PlainRecord[]): this {
    for (const { labels, rows } of block) {
      const known = this.records.get(keyOf(labels)) ?? { labels, rows: new Map() }
      this.records.set(keyOf(labels), known)
      for (const row of rows) this.#takeRow(known.rows, row)
    }
    return this
  }

  content(): PlainRecord[] {
    return byKey(
      [...this.records.values()].map(({ labels, rows }) => ({
        labels,
        rows: [...rows.values()].sort((a, b) => a.minute - b.minute),
      })),
    )
  }

  #takeRow(rows: Map<number, PlainRow>, row: PlainRow): void {
    const old = rows.get(row.minute)
    if (row.op === OP.gone) rows.delete(row.minute)
    else if (row.op === OP.set || !old) rows.set(row.minute, { ...row, op: OP.add })
    else
      rows.set(row.minute, {
        ...row,
        values: old.values.map((was, at) => met(at, was, row.values[at] ?? 0)),
      })
  }
}

function met(column: number, a: number, b: number): number {
  if (MERGES[column] === 'add') return a + b
  return MERGES[column] === 'max' ? Math.max(a, b) : Math.min(a, b)
}

/** `-0` and `0` are the same number. */
function plus(records: readonly PlainRecord[]): PlainRecord[] {
  return records.map(({ labels, rows }) => ({
    labels,
    rows: rows.map((row) => ({ ...row, values: row.values.map((value) => value + 0) })),
  }))
}

async function makeBlocks(t: TestContext) {
  const folder = await temporaryFolder(t)
  let made = 0
  return async (
    contents: readonly (readonly PlainRecord[])[],
  ): Promise<{ blocks: Block[]; path: string }> => {
    const blocks: Block[] = []
    for (const content of contents) {
      const path = join(folder, `${made++}`)
      await writeBlock(path, [familyOf(content)], RANGE)
      blocks.push(openBlock(path, { inMemory: made % 2 === 0 }))
    }
    return { blocks, path: join(folder, `${made++}`) }
  }
}

const contents = fc.array(anyRecords(ALL_OPS, 300), { minLength: 1, maxLength: 4 })

describe('merged blocks', () => {
  it('hold what took the contributions one by one, however they are merged', async (t) => {
    const make = await makeBlocks(t)
    const property = fc.asyncProperty(contents, fc.nat(3), async (all, cut) => {
      const model = all.reduce((sum, content) => sum.take(content), new Model())
      const { blocks, path } = await make(all)
      // First some of the newer ones, with what they replace; then those with the older ones.
      const older = blocks.slice(0, cut)
      await mergeBlocks(blocks.slice(cut), `${path}n`)
      const newer = openBlock(`${path}n`)
      await mergeBlocks([...older, newer], path, { isOldest: true })
      const merged = openBlock(path)
      assert.deepEqual(plus(contentOf(merged)), plus(model.content()))
      assert.deepEqual(
        merged.head.replaces,
        [...older, newer].map(({ name }) => name),
      )
      for (const block of [...blocks, newer, merged]) block.close()
    })
    await fc.assert(property, { numRuns: 30 })
  })

  it('and blocks asked together answer the same', async (t) => {
    const make = await makeBlocks(t)
    const property = fc.asyncProperty(contents, async (all) => {
      const model = all.reduce((sum, content) => sum.take(content), new Model())
      const { blocks } = await make(all)
      const matchers = [blockMatcher({ name: 'callee', op: '=~', value: 'App.*' })]
      const query = { matchers, ...RANGE, columns: [0, 1, 2] }
      const found = Array.from(selectTogether(blocks, 'stat', query), ({ labels, rows }) => ({
        labels,
        rows: plainRows(settle(rows)),
      }))
      const expected = model.content().filter(({ labels }) => labels.callee?.startsWith('App'))
      assert.deepEqual(plus(byKey(found)), plus(expected))
      for (const block of blocks) block.close()
    })
    await fc.assert(property, { numRuns: 30 })
  })

  it('hold the newer of values that do not add up, and zeros for columns that came later', async (t) => {
    const folder = await temporaryFolder(t)
    const record = (values: number[]) => [
      { labels: { a: 'b' }, rows: [{ minute: 1, op: OP.add, values }] },
    ]
    await writeBlock(join(folder, '1'), [familyOf(record([1]), { merges: ['last'] })], RANGE)
    await writeBlock(
      join(folder, '2'),
      [familyOf(record([5, 7]), { merges: ['last', 'add'] })],
      RANGE,
    )
    await writeBlock(join(folder, '3'), [familyOf(record([2]), { merges: ['last'] })], RANGE)
    const blocks = ['1', '2'].map((name) => openBlock(join(folder, name)))
    await mergeBlocks(blocks, join(folder, 'm'), { sliceMs: HOUR })
    const merged = openBlock(join(folder, 'm'))
    assert.deepEqual(contentOf(merged, 'stat', [0, 1]), record([5, 7]))
    for (const block of [...blocks, merged]) block.close()
  })
})

describe('hourly roll-ups', () => {
  it('hold what a plain sum over each hour holds', async (t) => {
    const make = await makeBlocks(t)
    const integers = anyRecords([OP.add], 300).map((records) =>
      records.map((record) => ({
        ...record,
        rows: record.rows.map((row) => ({
          ...row,
          values: row.values.map((value) => Math.round(value) % 1e6),
        })),
      })),
    )
    const property = fc.asyncProperty(
      fc.array(integers, { minLength: 1, maxLength: 3 }),
      async (all) => {
        const { blocks, path } = await make(all)
        await rollUp(blocks, path)
        const rolled = openBlock(path)
        const hours = new Model()
        for (const { labels, rows } of all
          .reduce((sum, content) => sum.take(content), new Model())
          .content()) {
          for (const row of rows) {
            const hour = { ...row, minute: Math.ceil(row.minute / 60) * 60 }
            hours.take([{ labels: { ...labels, span: '1h' }, rows: [hour] }])
          }
        }
        const found = contentOf(rolled).map(({ labels, rows }) => ({
          labels,
          rows: rows.map((row) => ({ ...row, op: OP.add })),
        }))
        assert.deepEqual(plus(byKey(found)), plus(hours.content()))
        for (const block of [...blocks, rolled]) block.close()
      },
    )
    await fc.assert(property, { numRuns: 30 })
  })

  const raw = (span: string, minute: number, calls: number): PlainRecord => ({
    labels: { callee: 'A', span },
    rows: [{ minute, op: OP.add, values: [calls, calls, calls] }],
  })
  const valuesOf = (block: Block) =>
    contentOf(block).map(({ labels, rows }) => [
      labels.span,
      ...rows.map(({ minute, values }) => [minute, ...values]),
    ])

  it('have the hour up to its end, of all spans of a record together', async (t) => {
    const make = await makeBlocks(t)
    const { blocks, path } = await make([
      [raw('10s', 60, 1), raw('1m', 1, 2)],
      [raw('10s', 61, 4), raw('1m', 60, 8)],
    ])
    await rollUp(blocks, path)
    const rolled = openBlock(path)
    assert.deepEqual(valuesOf(rolled), [['1h', [60, 11, 8, 1], [120, 4, 4, 4]]])
    for (const block of [...blocks, rolled]) block.close()
  })

  it('made anew replace what was there', async (t) => {
    const make = await makeBlocks(t)
    const { blocks, path } = await make([[raw('1m', 1, 2)], [raw('1m', 2, 3)]])
    const [first] = blocks
    assert.ok(first)
    await rollUp([first], `${path}a`)
    await rollUp(blocks, `${path}b`, { hours: { startMs: T0 + HOUR, endMs: T0 + HOUR } })
    const rolled = ['a', 'b'].map((name) => openBlock(path + name))
    await mergeBlocks(rolled, path, { isOldest: true, sliceMs: 240 * HOUR })
    const merged = openBlock(path)
    assert.deepEqual(valuesOf(merged), [['1h', [60, 5, 3, 2]]])
    assert.equal(merged.totals.maxMs, T0 + 60 * MINUTE)
    for (const block of [...blocks, ...rolled, merged]) block.close()
  })
})
