/** Blocks read together say what their records say one on top of the other, or lack the one that is damaged and tell of it. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { Arena } from '../../../../src/cloud/series/block/arena.ts'
import { type Block, openBlock } from '../../../../src/cloud/series/block/block.ts'
import { BlockFile } from '../../../../src/cloud/series/block/block-file.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import type { BlockFailure } from '../../../../src/cloud/series/block/failure.ts'
import { FlatBuffer } from '../../../../src/cloud/series/block/flat-buffer.ts'
import type { Numbers } from '../../../../src/cloud/series/block/record-join.ts'
import { compose, OP, settle } from '../../../../src/cloud/series/block/record-rows.ts'
import { KIND } from '../../../../src/cloud/series/block/section.ts'
import { Together } from '../../../../src/cloud/series/block/select-together.ts'
import {
  anyRecords,
  familyOf,
  HOUR,
  isIn,
  keyOf,
  MERGES,
  MINUTE,
  type PlainRecord,
  type PlainRow,
  plainRows,
  rowsOf,
  T0,
  temporaryFolder,
} from './fixture.ts'

const RANGE = { startMs: T0, endMs: T0 + 8 * HOUR }
const COLUMNS = [0, 1, 2]
/** Mostly one behind the other, as blocks are; now and then anything. */
const contents = fc.oneof(
  fc.array(anyRecords([OP.add], 100), { minLength: 1, maxLength: 3 }).map(behindEachOther),
  fc.array(anyRecords([OP.add, OP.set], 100), { minLength: 1, maxLength: 3 }).map(behindEachOther),
  fc.array(anyRecords([OP.add, OP.add, OP.set, OP.gone], 300), { minLength: 1, maxLength: 4 }),
)
const range = fc.tuple(fc.integer({ min: -5, max: 320 }), fc.nat(320)).map(([from, length]) => ({
  startMs: T0 + from * MINUTE,
  endMs: T0 + (from + length) * MINUTE,
}))

function behindEachOther(all: PlainRecord[][]): PlainRecord[][] {
  return all.map((records, at) =>
    records.map(({ labels, rows }) => ({
      labels,
      rows: rows.map((row) => ({ ...row, minute: row.minute + 101 * at })),
    })),
  )
}

async function makeBlocks(folder: string, all: readonly (readonly PlainRecord[])[]) {
  const paths: string[] = []
  for (const records of all) {
    const path = join(folder, `${made++}`)
    await writeBlock(path, [familyOf(records)], RANGE)
    paths.push(path)
  }
  return paths
}

let made = 0

type Rows = Map<string, PlainRow[]>

/** By the plainest means; `columns` of the rows. */
function expected(
  all: readonly (readonly PlainRecord[])[],
  { startMs, endMs }: typeof RANGE,
  columns: readonly number[],
): Rows {
  const found: Rows = new Map()
  for (const key of new Set(all.flat().map(({ labels }) => keyOf(labels)))) {
    const parts = all.flatMap((records) => {
      const { rows = [] } = records.find(({ labels }) => keyOf(labels) === key) ?? {}
      const wanted = rows.filter((row) => isIn(row, startMs, endMs))
      return [rowsOf(wanted, MERGES.length)]
    })
    if (parts.every(({ times }) => times.length === 0)) continue
    const rows = plainRows(settle(compose(parts, MERGES))).map(({ minute, values }) => ({
      ...{ minute, op: OP.add },
      values: columns.map((column) => values[column] ?? Number.NaN),
    }))
    if (rows.length > 0) found.set(key, rows)
  }
  return found
}

/** What is read when these keys have numbers; what was told meanwhile. */
function readAll(
  blocks: readonly Block[],
  { startMs, endMs }: typeof RANGE,
  columns: readonly number[],
  numbered: readonly string[],
) {
  const heard: BlockFailure[] = []
  const onDamage = (failure: BlockFailure) => heard.push(failure)
  const query = { matchers: [], startMs, endMs, columns, onDamage }
  const buffer = new FlatBuffer(new Arena())
  const together = new Together(query, buffer.arena, numbersOf(numbered))
  for (const block of blocks) together.add(block, 'stat')
  for (const _ of together.read());
  const rows: Rows = new Map()
  for (const [number, key] of numbered.entries()) {
    if (together.show(number, buffer)) rows.set(key, plainRows(buffer.rows(columns.length)))
  }
  for (const { key, labels } of together.unnumbered(buffer)) {
    assert.equal(key, keyOf(labels))
    assert.ok(!rows.has(key), 'once')
    rows.set(key, plainRows(buffer.rows(columns.length)))
  }
  return { rows, heard }
}

function numbersOf(keys: readonly string[]): Numbers {
  return {
    count: keys.length,
    in:
      ({ directory }) =>
      (place) =>
        keys.indexOf(directory.key(place)),
  }
}

describe('blocks read together', () => {
  it('say of each record what a plain composition says, with a number or without', async (t) => {
    const folder = await temporaryFolder(t)
    const property = fc.asyncProperty(
      contents,
      fc.array(range, { minLength: 1, maxLength: 5 }),
      fc.shuffledSubarray(COLUMNS),
      fc.nat(12),
      async (all, ranges, columns, count) => {
        const blocks = (await makeBlocks(folder, all)).map((path) => openBlock(path))
        const keys = [...new Set(all.flat().map(({ labels }) => keyOf(labels)))]
        const numbered = [...keys.slice(0, count), 'nobody has it']
        for (const asked of ranges) {
          const { rows, heard } = readAll(blocks, asked, columns, numbered)
          assert.deepEqual(sorted(rows), sorted(expected(all, asked, columns)))
          assert.deepEqual(heard, [])
        }
        for (const block of blocks) block.close()
      },
    )
    await fc.assert(property, { numRuns: 80 })
  })

  it('lack no more than what the damaged one has, and tell of it', async (t) => {
    const folder = await temporaryFolder(t)
    let missed = 0
    const property = fc.asyncProperty(contents, fc.nat(), fc.nat(), async (all, which, where) => {
      const paths = await makeBlocks(folder, all)
      const at = which % paths.length
      await damage(paths[at] as string, where)
      const blocks = paths.map((path) => openBlock(path))
      const { rows, heard } = readAll(blocks, RANGE, COLUMNS, [])
      const whole = expected(all, RANGE, COLUMNS)
      const without = expected(all.toSpliced(at, 1), RANGE, COLUMNS)
      for (const key of new Set([...whole.keys(), ...rows.keys()])) {
        const lacks = heard.length > 0 && isEqual(rows.get(key), without.get(key))
        assert.ok(lacks || isEqual(rows.get(key), whole.get(key)), key)
        if (lacks) missed++
      }
      for (const block of blocks) block.close()
    })
    await fc.assert(property, { numRuns: 60 })
    assert.ok(missed > 0)
  })

  it('of many groups go on with the others where one of them is damaged', async (t) => {
    const { blocks, all } = await manyGroups(t)
    const { rows, heard } = readAll(blocks, RANGE, COLUMNS, [])
    const whole = expected(all, RANGE, COLUMNS)
    const older = expected(all.slice(0, 1), RANGE, COLUMNS)
    const keys = [...whole.keys()].sort()
    assert.equal(heard.length, 1)
    for (const [at, key] of keys.entries()) {
      assert.deepEqual(rows.get(key), (at < 256 ? whole : older).get(key), key)
    }
  })

  it('share times and pieces of memory where records have one rhythm', async (t) => {
    const folder = await temporaryFolder(t)
    const [path = ''] = await makeBlocks(folder, [regular(600, 0)])
    const block = openBlock(path)
    t.after(() => block.close())
    const buffer = new FlatBuffer(new Arena())
    const together = new Together({ matchers: [], ...RANGE, columns: [0] }, buffer.arena)
    together.add(block, 'stat')
    for (const _ of together.read());
    const times = new Set<Float64Array>()
    let count = 0
    for (const _ of together.unnumbered(buffer)) {
      times.add(buffer.times)
      count++
    }
    assert.deepEqual([count, times.size], [600, 1])
  })
})

function sorted(rows: Rows) {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b)
    return true
  } catch {
    return false
  }
}

/** Two blocks one behind the other, the second with a damaged group. */
async function manyGroups(t: TestContext) {
  const folder = await temporaryFolder(t)
  const all = [regular(600, 0), regular(600, 10)]
  const paths = await makeBlocks(folder, all)
  await damage(paths[1] as string, 0, { kind: KIND.values, group: 1 })
  const blocks = paths.map((path) => openBlock(path))
  t.after(() => {
    for (const block of blocks) block.close()
  })
  return { blocks, all }
}

function regular(count: number, fromMinute: number): PlainRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    labels: { ip: String(at).padStart(4, '0') },
    rows: [0, 1, 2].map((minute) => ({
      ...{ minute: fromMinute + minute, op: OP.add },
      values: [at * minute, at, 0.5],
    })),
  }))
}

/** Flips a bit of a section of keys, a label, times or values: of those that fit the one that `where` falls on. */
async function damage(
  path: string,
  where: number,
  wanted: { readonly kind?: number; readonly group?: number } = {},
): Promise<void> {
  const file = new BlockFile(path)
  const { sections } = file.table()
  file.close()
  const fits = Array.from({ length: sections.length }, (_, at) => sections.place(at)).filter(
    ({ id: { kind, group } }) =>
      kind >= KIND.keys &&
      kind <= KIND.values &&
      (wanted.kind ?? kind) === kind &&
      (wanted.group ?? group) === group,
  )
  const place = fits[where % fits.length]
  if (!place) return
  const bytes = await readFile(path)
  const last = place.offset + place.length - 1
  bytes[last] = (bytes[last] as number) ^ 1
  await writeFile(path, bytes)
}
