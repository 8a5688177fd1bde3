/** The codec as a whole: whatever numbers at whatever times are written come back, bit for bit. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PADDING_BYTES } from '../../../../src/cloud/series/block/bits.ts'
import { openBlock } from '../../../../src/cloud/series/block/block.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { Cursor } from '../../../../src/cloud/series/block/cursor.ts'
import { mergeBlocks } from '../../../../src/cloud/series/block/merge.ts'
import type { FamilyInput } from '../../../../src/cloud/series/block/record-input.ts'
import type { RecordRows } from '../../../../src/cloud/series/block/record-rows.ts'
import { decodeTimes, encodeTimes } from '../../../../src/cloud/series/block/times.ts'
import { ByteWriter } from '../../../../src/wire/bytes.ts'
import { HOUR, T0, temporaryFolder } from './fixture.ts'

const SLICE = 2 * HOUR
const MERGES = ['add', 'max', 'last'] as const

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
/** NaN of several payloads, both zeros, both infinities, the smallest number; anything; what is usual. */
const bits = fc.oneof(
  fc.constantFrom(
    [2, 0x7ff0_0000],
    [1, 0x7ff8_0000],
    [0xdead_beef, 0xfff7_1234],
    [0, 0x8000_0000],
    [0, 0],
    [0, 0x7ff0_0000],
    [0, 0xfff0_0000],
    [1, 0],
  ),
  fc.tuple(word, word),
  fc.nat(100_000).map((cents) => [...new Uint32Array(Float64Array.of(cents / 100).buffer)]),
)

/** Milliseconds: on a grid with gaps, or anywhere. */
function timesWithin(lengthMs: number): fc.Arbitrary<Float64Array> {
  const anywhere = fc.uniqueArray(fc.nat(lengthMs - 1), { maxLength: 40 })
  const grid = fc
    .tuple(fc.constantFrom(1, 999, 10_000, 60_000), fc.nat(10_000), fc.uniqueArray(fc.nat(60)))
    .map(([stepMs, firstMs, places]) => places.map((place) => firstMs + place * stepMs))
  return fc
    .oneof(anywhere, grid)
    .map((times) => Float64Array.from(times.filter((time) => time < lengthMs)).sort())
}

describe('times of a slice', () => {
  it('come back, whatever gaps they have and whatever their rows say', () => {
    const record = fc.tuple(timesWithin(SLICE), fc.nat(3), fc.infiniteStream(fc.nat(2)))
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.array(fc.nat(7)), (made, twins) => {
        const rows = made.map(([times, kind, stream]) => {
          const ops = Uint8Array.from(times, () => (kind === 3 ? (stream.next().value ?? 0) : kind))
          return { times: times.map((time) => T0 + time), ...(kind > 0 && { ops }) }
        })
        // Some that have the times of others: these are written once.
        for (const twin of twins) if (rows[twin]) rows.push(rows[twin])
        const writer = new ByteWriter()
        encodeTimes(writer, rows, T0)
        writer.raw(new Uint8Array(PADDING_BYTES))
        const found = decodeTimes(new Cursor(writer.finish()), rows.length, T0)
        for (const [at, { times, ops = new Uint8Array(times.length) }] of rows.entries()) {
          const is = found[at]
          assert.deepEqual(is?.times ?? new Float64Array(0), times)
          assert.deepEqual(Uint8Array.from(is?.ops ?? new Uint8Array(times.length)), ops)
        }
      }),
      { numRuns: 300 },
    )
  })
})

interface AnyRecord {
  readonly times: Float64Array
  /** Of each row and column two words. */
  readonly columns: readonly Uint32Array[]
}

const anyRecord = timesWithin(3 * SLICE).chain((times) =>
  fc.record({
    times: fc.constant(times.map((time) => T0 + time)),
    columns: fc.tuple(...MERGES.map(() => columnOf(times.length))),
  }),
)

function columnOf(rows: number): fc.Arbitrary<Uint32Array> {
  return fc
    .array(bits, { minLength: rows, maxLength: rows })
    .map((pairs) => Uint32Array.from(pairs.flat()))
}

/** Rows of `[startMs, endMs]`, copied without a look at them. */
function cut({ times, columns }: AnyRecord, startMs: number, endMs: number): RecordRows {
  const from = times.filter((time) => time < startMs).length
  const to = times.filter((time) => time <= endMs).length
  return {
    times: times.slice(from, to),
    columns: columns.map((words) => new Float64Array(words.slice(2 * from, 2 * to).buffer)),
  }
}

function familyOf(records: readonly AnyRecord[]): FamilyInput {
  return {
    name: 'stat',
    width: MERGES.length,
    records: records.map((record, at) => ({
      key: `key${at}`,
      labels: { ip: `10.0.0.${at}` },
      merges: MERGES,
      read: (startMs, endMs) => cut(record, startMs, endMs),
    })),
  }
}

function contentOf(path: string): Map<string, [times: Float64Array, words: Uint32Array[]]> {
  const block = openBlock(path)
  const query = { matchers: [], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, columns: [0, 1, 2] }
  const found = Array.from(block.select('stat', query), ({ key, rows }) => {
    const words = rows.columns.map((column) => new Uint32Array(column.slice().buffer))
    return [key, [rows.times.slice(), words]] as const
  })
  block.close()
  return new Map(found.map(([key, [times, words]]) => [key, [times, [...words]]]))
}

describe('the numbers of a block', () => {
  it('come back bit for bit, and again when blocks are merged', async (t) => {
    const folder = await temporaryFolder(t)
    const path = (name: string) => join(folder, name)
    const property = fc.asyncProperty(
      fc.array(anyRecord, { minLength: 1, maxLength: 4 }),
      fc.nat(3 * SLICE - 1),
      async (records, border) => {
        const expected = new Map(
          records.flatMap(({ times, columns }, at) =>
            times.length > 0 ? [[`key${at}`, [times, [...columns]]]] : [],
          ) as [string, [Float64Array, Uint32Array[]]][],
        )
        const family = familyOf(records)
        const [first, last, middle] = [T0, T0 + 3 * SLICE - 1, T0 + border]
        await writeBlock(path('whole'), [family], { startMs: first, endMs: last })
        assert.deepEqual(contentOf(path('whole')), expected)
        await writeBlock(path('a'), [family], { startMs: first, endMs: middle })
        await writeBlock(path('b'), [family], { startMs: middle + 1, endMs: last })
        const blocks = [openBlock(path('a')), openBlock(path('b'))]
        await mergeBlocks(blocks, path('merged'), { isOldest: true })
        for (const block of blocks) block.close()
        assert.deepEqual(contentOf(path('merged')), expected)
      },
    )
    await fc.assert(property, { numRuns: 25 })
  })
})
