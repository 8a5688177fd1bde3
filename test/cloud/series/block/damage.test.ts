import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { type Block, openBlock } from '../../../../src/cloud/series/block/block.ts'
import { BlockFile } from '../../../../src/cloud/series/block/block-file.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { checkBlock } from '../../../../src/cloud/series/block/check.ts'
import { BlockFailure } from '../../../../src/cloud/series/block/failure.ts'
import { mergeBlocks } from '../../../../src/cloud/series/block/merge.ts'
import { repairBlock } from '../../../../src/cloud/series/block/repair.ts'
import { rollUp } from '../../../../src/cloud/series/block/roll-up.ts'
import { KIND, type SectionPlace } from '../../../../src/cloud/series/block/section.ts'
import { selectTogether } from '../../../../src/cloud/series/block/select-together.ts'
import { isStale } from '../../../../src/promql/index.ts'
import { contentOf, familyOf, HOUR, type PlainRecord, T0, temporaryFolder } from './fixture.ts'

const RANGE = { startMs: T0, endMs: T0 + 4 * HOUR }

/** Rows of three slices. */
const RECORDS: PlainRecord[] = Array.from({ length: 300 }, (_, at) => ({
  labels: { callee: `App.S${at % 5}`, ip: `10.0.0.${String(at).padStart(3, '0')}` },
  rows: [0, 1, 2, 121, 122].map((minute) => ({ minute, op: 0, values: [at + minute, 7, at / 3] })),
}))
const STATES: PlainRecord[] = [
  { labels: { node: 'n' }, rows: [{ minute: 3, op: 0, values: [1, 2, 3] }] },
]

async function soundBlock(t: TestContext) {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'sound')
  await writeBlock(path, [familyOf(RECORDS), familyOf(STATES, { name: 'state' })], RANGE, {
    note: 'note',
    replaces: ['older'],
  })
  const block = openBlock(path)
  const sound = { stat: contentOf(block), state: contentOf(block, 'state') }
  block.close()
  const file = new BlockFile(path)
  const { sections } = file.table()
  file.close()
  const places = Array.from({ length: sections.length }, (_, at) => sections.place(at))
  return { folder, path, bytes: await readFile(path), sound, places }
}

/** The answer, or the failure. Anything else that is thrown is a bug. */
function attempt<Value>(read: () => Value): Value | BlockFailure {
  try {
    return read()
  } catch (error) {
    if (error instanceof BlockFailure) return error
    throw error
  }
}

/** Every question either is answered right or fails with reason. How many did each. */
function askAll(
  path: string,
  sound: Record<string, PlainRecord[]>,
): { right: number; failed: number } {
  const seen = { right: 0, failed: 0 }
  const note = (answer: unknown, expected: unknown) => {
    if (answer instanceof BlockFailure) {
      seen.failed++
      assert.ok(answer.section !== '' && answer.message.includes(answer.section))
      return
    }
    assert.deepEqual(answer, expected)
    seen.right++
  }
  const block = attempt(() => openBlock(path))
  if (block instanceof BlockFailure) return { right: 0, failed: 1 }
  note(
    attempt(() => block.head.note),
    'note',
  )
  for (const family of ['stat', 'state']) {
    note(
      attempt(() => contentOf(block, family)),
      sound[family],
    )
    for (const column of [0, 1, 2]) {
      const expected = sound[family]?.map(({ labels, rows }) => ({
        labels,
        rows: rows.map((row) => ({ ...row, values: [row.values[column]] })),
      }))
      note(
        attempt(() => contentOf(block, family, [column])),
        expected,
      )
    }
  }
  note(
    attempt(() => block.labelValues('stat', 'callee')),
    ['App.S0', 'App.S1', 'App.S2', 'App.S3', 'App.S4'],
  )
  block.close()
  return seen
}

function isOf(place: SectionPlace, wanted: Partial<SectionPlace['id']>): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => place.id[name as keyof SectionPlace['id']] === value,
  )
}

describe('a damaged block', () => {
  it('answers right or says what is damaged, wherever bits are flipped', async (t) => {
    const { folder, bytes, sound } = await soundBlock(t)
    const path = join(folder, 'flipped')
    const seen = { right: 0, failed: 0 }
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(7)), {
      minLength: 1,
      maxLength: 3,
    })
    const property = fc.asyncProperty(flips, async (all) => {
      const flipped = Buffer.from(bytes)
      for (const [at, bit] of all) flipped[at] = (flipped[at] as number) ^ (1 << bit)
      if (flipped.equals(bytes)) return
      await writeFile(path, flipped)
      const { right, failed } = askAll(path, sound)
      seen.right += right
      seen.failed += failed
      assert.ok((await checkBlock(path).catch((error: unknown) => [error])).length > 0)
    })
    await fc.assert(property, { numRuns: 60 })
    assert.ok(seen.right > 0 && seen.failed > 0, 'both were seen')
  })

  it('that ends early is no block, and repaired has what came before', async (t) => {
    const { folder, bytes, sound } = await soundBlock(t)
    const path = join(folder, 'cut')
    for (let length = 0; length < bytes.length; length += 1 + Math.floor(bytes.length / 16)) {
      await writeFile(path, bytes.subarray(0, length))
      assert.deepEqual(askAll(path, sound), { right: 0, failed: 1 }, `${length} bytes`)
      const report = await repairBlock(path, `${path}-repaired`).catch((error: unknown) => error)
      if (report instanceof BlockFailure) continue
      assert.ok(!(report instanceof Error), String(report))
      const repaired = openBlock(`${path}-repaired`)
      for (const { labels, rows } of contentOf(repaired)) {
        const expected = sound.stat.find((each) => each.labels.ip === labels.ip)?.rows ?? []
        for (const row of rows) {
          const was = expected.find(({ minute }) => minute === row.minute)
          assert.deepEqual(
            row.values.map((value, at) => (isStale(value) ? was?.values[at] : value)),
            was?.values,
          )
        }
      }
      repaired.close()
    }
  })

  it('answers what does not need the damaged section, and names it', async (t) => {
    const { folder, bytes, places, sound } = await soundBlock(t)
    const broken = places.find((place) =>
      isOf(place, { kind: KIND.values, family: 0, column: 1, group: 1 }),
    )
    assert.ok(broken)
    const path = join(folder, 'broken')
    await writeFile(path, flipAt(bytes, broken.offset + broken.length - 1))
    const block = openBlock(path)
    t.after(() => block.close())
    const only = (columns: number[]) => attempt(() => contentOf(block, 'stat', columns))
    assert.ok(Array.isArray(only([0, 2])))
    const failure = only([1])
    assert.ok(failure instanceof BlockFailure)
    assert.equal(failure.reason, 'damaged')
    assert.match(failure.message, /^broken: values of family 0, column 1, slice \d+, group 1: /)
    assert.deepEqual(await checkBlock(path), [{ section: failure.section, what: failure.message }])
    const heard: BlockFailure[] = []
    const query = {
      matchers: [],
      ...RANGE,
      columns: [1],
      onDamage: (cause: BlockFailure) => heard.push(cause),
    }
    const found = [...selectTogether([block], 'stat', query)]
    assert.deepEqual([found.length, heard.length], [256, 1])
    assert.equal(sound.stat.length, 300)
  })

  it('repaired lacks no more than the damaged section', async (t) => {
    const { folder, bytes, places, sound } = await soundBlock(t)
    const values = places.find((place) =>
      isOf(place, { kind: KIND.values, family: 0, column: 1, group: 1 }),
    )
    const times = places.findLast((place) => isOf(place, { kind: KIND.times, family: 0, group: 0 }))
    const head = places.find((place) => isOf(place, { kind: KIND.head, group: 0 }))
    assert.ok(values && times && head)
    const path = join(folder, 'broken')
    // The table, too: sections are found by their marks.
    const damaged = [values, times, head].reduce<Buffer>(
      (all, { offset }) => flipAt(all, offset + 40),
      bytes,
    )
    await writeFile(path, damaged.subarray(0, damaged.length - 30))
    const { info, damages } = await repairBlock(path, `${path}-repaired`)
    assert.equal(damages.length, 5)
    assert.deepEqual(await checkBlock(info.path), [])
    const repaired = openBlock(info.path)
    t.after(() => repaired.close())
    const expected = sound.stat.map((record, at) => ({
      ...record,
      rows: record.rows.filter(({ minute }) => at >= 256 || minute < 120),
    }))
    assert.deepEqual(contentOf(repaired, 'stat', [0, 2]), withColumns(expected, [0, 2]))
    const second = contentOf(repaired, 'stat', [1]).map(({ rows }) =>
      rows.filter(({ values: [value] }) => !isStale(value ?? 0)),
    )
    assert.deepEqual(
      second.map((rows) => rows.length),
      [...sound.stat.keys()].map((at) => (at < 256 ? 3 : 2)),
    )
    assert.deepEqual(contentOf(repaired, 'state'), sound.state)
    assert.deepEqual([repaired.head.note, repaired.head.replaces], ['note', ['older']])
  })

  it('without its keys has lost that family, not the others', async (t) => {
    const { folder, bytes, places, sound } = await soundBlock(t)
    const keys = places.find((place) => isOf(place, { kind: KIND.keys, family: 0 }))
    assert.ok(keys)
    const path = join(folder, 'broken')
    await writeFile(path, flipAt(bytes, keys.offset + 20))
    const { info, damages } = await repairBlock(path, `${path}-repaired`)
    assert.deepEqual(
      damages.map(({ section }) => section),
      ['keys 0 of family 0', 'family stat'],
    )
    const repaired = openBlock(info.path)
    t.after(() => repaired.close())
    assert.deepEqual(repaired.families, ['state'])
    assert.deepEqual(contentOf(repaired, 'state'), sound.state)
  })

  it('is not merged without what is damaged', async (t) => {
    const { folder, bytes, places } = await soundBlock(t)
    for (const kind of [KIND.family, KIND.keys, KIND.label, KIND.times, KIND.values]) {
      const place = places.findLast((each) => each.id.kind === kind)
      assert.ok(place)
      const path = join(folder, 'broken')
      await writeFile(path, flipAt(bytes, place.offset + place.length - 1))
      const block = openBlock(path)
      await assert.rejects(mergeBlocks([block], join(folder, 'merged')), { reason: 'damaged' })
      await assert.rejects(rollUp([block], join(folder, 'merged')), { reason: 'damaged' })
      block.close()
    }
    assert.deepEqual((await readdir(folder)).sort(), ['broken', 'sound'])
  })

  it('of a later version is not touched', async (t) => {
    const { folder, bytes } = await soundBlock(t)
    const path = join(folder, 'later')
    const later = Buffer.from(bytes)
    later.writeUInt32LE(2, 8)
    await writeFile(path, later.subarray(0, later.length - 1))
    const failure = attempt(() => openBlock(path))
    assert.ok(failure instanceof BlockFailure && failure.reason === 'unsupported')
    await assert.rejects(repairBlock(path, `${path}-repaired`), { reason: 'unsupported' })
  })

  it('that is not there is unreadable', async (t) => {
    const folder = await temporaryFolder(t)
    const failure = attempt((): Block => openBlock(join(folder, 'none')))
    assert.ok(
      failure instanceof BlockFailure && failure.reason === 'unreadable' && failure.retryable,
    )
  })
})

function flipAt(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes)
  flipped[at] = (flipped[at] as number) ^ 4
  return flipped
}

function withColumns(records: readonly PlainRecord[], columns: readonly number[]): PlainRecord[] {
  return records.map((record) => ({
    ...record,
    rows: record.rows.map((row) => ({
      ...row,
      values: columns.map((column) => row.values[column] ?? 0),
    })),
  }))
}
