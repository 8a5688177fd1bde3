/** Small blocks out of plain data, and the same questions answered by the plainest means. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import fc from 'fast-check'
import type { Block } from '../../../../src/cloud/series/block/block.ts'
import type { FamilyInput } from '../../../../src/cloud/series/block/record-input.ts'
import { type Merge, OP, type RecordRows } from '../../../../src/cloud/series/block/record-rows.ts'
import type { Labels } from '../../../../src/model/labels.ts'

export const MERGES: readonly Merge[] = ['add', 'max', 'min']
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** The begin of a slice. */
export const T0 = 200_000 * 2 * HOUR

/** One row: minutes since `T0`, what it says, its values. */
export interface PlainRow {
  readonly minute: number
  readonly op: number
  readonly values: readonly number[]
}

export interface PlainRecord {
  readonly labels: Labels
  readonly rows: readonly PlainRow[]
}

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tars-alarm-block-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export function keyOf(labels: Labels): string {
  return Object.entries(labels).sort().join('\0')
}

export function familyOf(
  records: readonly PlainRecord[],
  { name = 'stat', merges = MERGES }: { name?: string; merges?: readonly Merge[] } = {},
): FamilyInput {
  return {
    name,
    width: merges.length,
    records: records.map(({ labels, rows }) => ({
      key: keyOf(labels),
      labels,
      merges,
      read: (startMs, endMs) =>
        rowsOf(
          rows.filter((row) => isIn(row, startMs, endMs)),
          merges.length,
        ),
    })),
  }
}

export function rowsOf(rows: readonly PlainRow[], width: number): RecordRows {
  return {
    times: Float64Array.from(rows, ({ minute }) => T0 + minute * MINUTE),
    columns: Array.from({ length: width }, (_, column) =>
      Float64Array.from(rows, ({ values }) => values[column] ?? 0),
    ),
    ops: Uint8Array.from(rows, ({ op }) => op),
  }
}

export function plainRows({ times, columns, ops }: RecordRows): PlainRow[] {
  return Array.from(times, (time, row) => ({
    minute: (time - T0) / MINUTE,
    op: ops?.[row] ?? OP.add,
    values: columns.map((column) => column[row] ?? Number.NaN),
  }))
}

export function isIn({ minute }: PlainRow, startMs: number, endMs: number): boolean {
  const time = T0 + minute * MINUTE
  return time >= startMs && time <= endMs
}

/** All that a block holds of a family. */
export function contentOf(block: Block, family = 'stat', columns = [0, 1, 2]): PlainRecord[] {
  const query = { matchers: [], startMs: 0, endMs: Number.MAX_SAFE_INTEGER, columns }
  return Array.from(block.select(family, query), ({ labels, rows }) => ({
    labels,
    rows: plainRows(rows),
  }))
}

export function byKey(records: readonly PlainRecord[]): PlainRecord[] {
  const key = ({ labels }: PlainRecord) => keyOf(labels)
  return records
    .filter(({ rows }) => rows.length > 0)
    .sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

const value = fc.oneof(
  fc.nat(100),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const labels = fc.record(
  {
    callee: fc.constantFrom('App.A', 'App.Ab', 'App.B', 'Shop.A', '好.服务'),
    side: fc.constantFrom('client', 'server'),
    set: fc.constantFrom('x.y.1', 'x.y.2'),
  },
  { requiredKeys: ['callee'], noNullPrototype: true },
)

/** Records with different labels, rows over `minutes`. */
export function anyRecords(
  ops: readonly number[] = [OP.add],
  minutes = 400,
): fc.Arbitrary<PlainRecord[]> {
  const row = fc.record(
    {
      minute: fc.oneof(fc.nat(minutes), fc.nat(20)),
      op: fc.constantFrom(...ops),
      values: fc.tuple(value, value, value),
    },
    { noNullPrototype: true },
  )
  const rows = fc
    .uniqueArray(row, { selector: ({ minute }) => minute, maxLength: 40 })
    .map((found) => found.map(plain).sort((a, b) => a.minute - b.minute))
  return fc.uniqueArray(fc.record({ labels, rows }, { noNullPrototype: true }), {
    selector: (record) => keyOf(record.labels),
    maxLength: 12,
  })
}

/** Values of a row that is gone are 0. */
function plain(row: PlainRow): PlainRow {
  return row.op === OP.gone ? { ...row, values: row.values.map(() => 0) } : row
}
