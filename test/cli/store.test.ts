import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { storeCheck, storeRepair } from '../../src/cli/store.ts'
import type { Finding } from '../../src/cli/store-inspect.ts'
import type { Loss } from '../../src/cli/store-loss.ts'
import type { LogLoss } from '../../src/cli/store-mend.ts'
import { english } from '../../src/cli/store-words.ts'
import { chinese } from '../../src/cli/store-words-zh.ts'
import { BlockFile } from '../../src/cloud/series/block/block-file.ts'
import { blockName } from '../../src/cloud/series/block/block-folder.ts'
import { writeBlock } from '../../src/cloud/series/block/block-writer.ts'
import { KIND } from '../../src/cloud/series/block/section.ts'
import { BLOCKS, DAMAGED } from '../../src/cloud/series/layout.ts'
import { encodeRecord } from '../../src/cloud/series/log/log-record.ts'
import { SeriesStore } from '../../src/cloud/series/series-store.ts'
import { holdFolder } from '../../src/cloud/store/sqlite/open-sqlite.ts'
import { silentLog } from '../../src/support/log.ts'
import { encodeBatch } from '../../src/wire/index.ts'
import { familyOf, HOUR, type PlainRecord, T0 as SLICE } from '../cloud/series/block/fixture.ts'
import { batch, ENVIRONMENT, T0, window } from '../cloud/series/fixture.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { tarsAlarm } from './command.ts'

const BATCHES = 20
const SEGMENT = '000000000001.log'
/** In the middle of the segment. */
const MIDDLE = 2_500
const BLOCK = join(BLOCKS, blockName(1, 0))
const STATE = '000000000001.state'
const FLUSHED = {
  ...{ log: 1, flushedMs: 0, newestMs: 0, windowMs: 10_000, applied: {}, readings: [] },
  watermark: { agents: [], steps: [] },
  reporters: { reporters: [], buckets: [] },
  twins: { waiting: [], rows: [], forgottenUntil: 0 },
}
const RECORDS: PlainRecord[] = Array.from({ length: 300 }, (_, at) => ({
  labels: { callee: `App.S${at}` },
  rows: [1, 2, 121].map((minute) => ({ minute, op: 0, values: [at, minute, 7] })),
}))

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tars-alarm-store-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A data folder with a log of 20 batches, one block and its state. */
async function soundData(t: TestContext) {
  const data = await emptyFolder(t)
  const folder = join(data, 'series', ENVIRONMENT)
  await mkdir(join(folder, BLOCKS), { recursive: true })
  const records = Array.from({ length: BATCHES }, (_, at) =>
    encodeRecord({
      receivedAt: T0 + at * 1000,
      bytes: encodeBatch(batch({ seq: at + 1 }, [window()])),
    }),
  )
  await writeFile(join(folder, SEGMENT), Buffer.concat(records))
  const range = { startMs: SLICE, endMs: SLICE + 4 * HOUR }
  await writeBlock(join(folder, BLOCK), [familyOf(RECORDS)], range)
  await writeFile(join(folder, STATE), JSON.stringify(FLUSHED))
  return { data, folder }
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(
  command: typeof storeCheck,
  data: string,
  options: { json?: boolean; environment?: string } = {},
): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []]
  const clock = new FakeClock(T0)
  const to = {
    ...{ words: english, clock },
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
  }
  const code = await command({ data, ...options }, to)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

async function flip(path: string, at: number): Promise<Buffer> {
  const bytes = await readFile(path)
  const flipped = Buffer.from(bytes)
  flipped[at] = (flipped[at] ?? 0) ^ 4
  await writeFile(path, flipped)
  return flipped
}

/** Where the section of a block is that `wanted` describes. */
function sectionAt(path: string, wanted: Partial<Record<'kind' | 'column' | 'group', number>>) {
  const file = new BlockFile(path)
  const { sections } = file.table()
  file.close()
  const places = Array.from({ length: sections.length }, (_, at) => sections.place(at))
  const found = places.find(({ id }) =>
    Object.entries(wanted).every(([name, value]) => id[name as 'kind'] === value),
  )
  assert.ok(found)
  return found
}

describe('tars-alarm store check', () => {
  it('finds a store as it was written sound, also as JSON', async (t) => {
    const { data } = await soundData(t)
    const { code, out } = await run(storeCheck, data)
    assert.equal(code, 0, out)
    assert.match(out, /log: 1 segment, 20 batch records/)
    assert.match(out, /raw: 1 block, 900 rows, 2,700 samples/)
    assert.match(out, /^sound: 1 environment$/m)
    const json = JSON.parse((await run(storeCheck, data, { json: true })).out)
    assert.equal(json.sound, true)
    assert.deepEqual(json.environments[0].findings, [])
  })

  it('takes for sound what a crash leaves and what is not ours, and says so', async (t) => {
    const { data, folder } = await soundData(t)
    const segment = await readFile(join(folder, SEGMENT))
    await writeFile(join(folder, SEGMENT), segment.subarray(0, segment.length - 5))
    await writeFile(join(folder, `${BLOCK}.part`), 'half')
    await writeFile(join(folder, 'letter.txt'), 'hello')
    await mkdir(join(folder, DAMAGED))
    const range = { startMs: SLICE, endMs: SLICE + HOUR }
    const replaces = [blockName(1, 0)]
    await writeBlock(join(folder, BLOCKS, blockName(2, 1)), [], range, { replaces })
    const { code, out } = await run(storeCheck, data)
    assert.equal(code, 0, out)
    assert.match(out, /000000000001\.log: \d+ B torn at its end: normal after a crash/)
    assert.match(out, /0-0\.block\.part: unfinished|1-0\.block\.part: unfinished/)
    assert.match(out, /letter\.txt: nothing of ours/)
    assert.match(out, /1-0\.block: a newer file has what it had/)
    assert.match(out, /damaged: 0 B of damaged files/)
  })

  it('names what is damaged and what to do, and exits with 1', async (t) => {
    const { data, folder } = await soundData(t)
    const place = sectionAt(join(folder, BLOCK), { kind: KIND.values, column: 1, group: 1 })
    await flip(join(folder, BLOCK), place.offset + place.length - 1)
    await flip(join(folder, SEGMENT), MIDDLE)
    await writeFile(join(folder, STATE), '{"a":')
    const { code, out } = await run(storeCheck, data)
    assert.equal(code, 1)
    assert.match(out, /1\.log: DAMAGED: \d+ B that are no record; batches received/)
    assert.match(out, /1-0\.block: DAMAGED: values of family 0, column 1, slice \d+, group 1: /)
    assert.match(out, /000000000001\.state: DAMAGED: /)
    assert.match(
      out,
      /^damaged: 3 files\nNext: stop the cloud, then run: tars-alarm store repair /m,
    )
  })

  it('of an older segment takes a torn tail for damage', async (t) => {
    const { data, folder } = await soundData(t)
    const segment = await readFile(join(folder, SEGMENT))
    await writeFile(join(folder, '000000000002.log'), segment)
    await writeFile(join(folder, SEGMENT), segment.subarray(0, segment.length - 5))
    const { code, out } = await run(storeCheck, data)
    assert.equal(code, 1)
    assert.match(out, /1\.log: DAMAGED: .* received after \d{4}-/)
  })

  it('looks at one environment when asked to', async (t) => {
    const { data, folder } = await soundData(t)
    await mkdir(join(data, 'series', 'al-other'))
    await flip(join(folder, SEGMENT), MIDDLE)
    assert.equal((await run(storeCheck, data, { environment: 'al-other' })).code, 0)
    assert.equal((await run(storeCheck, data, { environment: ENVIRONMENT })).code, 1)
    const missing = await run(storeCheck, data, { environment: 'al-none' })
    assert.deepEqual([missing.code, missing.out], [2, ''])
    assert.match(missing.err, /no series of al-none/)
  })

  it('exits with 2 when there is nothing to look at', async (t) => {
    const folder = await emptyFolder(t)
    for (const command of [storeCheck, storeRepair]) {
      const { code, err } = await run(command, join(folder, 'none'))
      assert.equal(code, 2)
      assert.match(err, /there are no series in .*none/)
    }
    assert.deepEqual(await readdir(folder), [], 'and makes nothing')
  })
})

describe('tars-alarm store repair', () => {
  it('cuts broken records out of the log, keeps the file and says which batches may be lost', async (t) => {
    const { data, folder } = await soundData(t)
    const damaged = await flip(join(folder, SEGMENT), MIDDLE)
    const { code, out } = await run(storeRepair, data)
    assert.equal(code, 0, out)
    assert.match(out, /1\.log: repaired; the damaged file is damaged\/000000000001\.log, [\d.]+ kB/)
    const received = /received after (\S+) before (\S+) may be missing/.exec(out)
    assert.ok(received)
    assert.match(out, /Next: start the cloud\. When nobody misses anything, remove .*damaged$/m)
    assert.deepEqual(await readFile(join(folder, DAMAGED, SEGMENT)), damaged)
    assert.equal((await run(storeCheck, data)).code, 0)
    const clock = new FakeClock(T0)
    const store = await SeriesStore.open({ folder: join(data, 'series'), clock, log: silentLog })
    t.after(() => store.close())
    assert.equal(store.report.broken, 0)
    assert.equal(store.report.records, BATCHES - 1)
  })

  it('puts a sound block in place of a damaged one, and says what it lacks', async (t) => {
    const { data, folder } = await soundData(t)
    const path = join(folder, BLOCK)
    const values = sectionAt(path, { kind: KIND.values, column: 1, group: 1 })
    const times = sectionAt(path, { kind: KIND.times, group: 0 })
    await flip(path, values.offset + values.length - 1)
    const damaged = await flip(path, times.offset + times.length - 1)
    const { code, out } = await run(storeRepair, data, { json: true })
    assert.equal(code, 0)
    const [file] = JSON.parse(out).environments[0].files
    assert.deepEqual(file, {
      file: BLOCK,
      kept: { file: join(DAMAGED, BLOCK), bytes: damaged.length },
      lost: [
        { what: 'rows', family: 'stat', records: 256, fromMs: SLICE, toMs: SLICE + 2 * HOUR },
        {
          what: 'values',
          columns: [1],
          family: 'stat',
          records: 44,
          fromMs: SLICE,
          toMs: SLICE + 2 * HOUR,
        },
      ],
    })
    assert.deepEqual(await readFile(join(folder, DAMAGED, BLOCK)), damaged)
    assert.deepEqual(await readdir(join(folder, BLOCKS)), [blockName(1, 0)])
    assert.match((await run(storeCheck, data)).out, /raw: 1 block, 388 rows/)
  })

  it('moves a block away of which nothing can be read', async (t) => {
    const { data, folder } = await soundData(t)
    await writeFile(join(folder, BLOCK), 'nothing at all, but long enough to be looked at')
    const { code, out } = await run(storeRepair, data)
    assert.equal(code, 0, out)
    assert.match(out, /all of it: /)
    assert.deepEqual(await readdir(join(folder, BLOCKS)), [])
    assert.deepEqual(await readdir(join(folder, DAMAGED, BLOCKS)), [blockName(1, 0)])
  })

  it('keeps each of several damaged files of one name', async (t) => {
    const { data, folder } = await soundData(t)
    for (let at = 0; at < 3; at++) {
      await flip(join(folder, SEGMENT), MIDDLE)
      assert.equal((await run(storeRepair, data)).code, 0)
    }
    const kept = await readdir(join(folder, DAMAGED))
    assert.deepEqual(kept, [SEGMENT, `${SEGMENT}.2`, `${SEGMENT}.3`])
  })

  it('puts a broken state away, and says what it knew', async (t) => {
    const { data, folder } = await soundData(t)
    await writeFile(join(folder, STATE), '{"log":')
    const { code, out } = await run(storeRepair, data)
    assert.equal(code, 0, out)
    assert.match(out, /ones that are sent again count twice/)
    assert.equal(await readFile(join(folder, DAMAGED, STATE), 'utf8'), '{"log":')
    const after = await run(storeCheck, data)
    assert.equal(after.code, 0)
    assert.match(after.out, /1\.state: is not there: /)
  })

  it('has nothing to do where all is sound, and touches nothing', async (t) => {
    const { data, folder } = await soundData(t)
    const before = await readdir(folder, { recursive: true })
    const { code, out } = await run(storeRepair, data)
    assert.deepEqual([code, out], [0, 'nothing to repair'])
    assert.deepEqual(await readdir(folder, { recursive: true }), before)
  })

  it('leaves what a later version wrote, and exits with 1', async (t) => {
    const { data, folder } = await soundData(t)
    const { length } = await flip(join(folder, BLOCK), 8)
    const later = await flip(join(folder, BLOCK), length - 16)
    const { code, out } = await run(storeRepair, data)
    assert.equal(code, 1)
    assert.match(out, /1-0\.block: NOT repaired: .*version/)
    assert.deepEqual(await readFile(join(folder, BLOCK)), later)
  })

  it('refuses while a cloud holds the folder', async (t) => {
    const { data, folder } = await soundData(t)
    const damaged = await flip(join(folder, SEGMENT), MIDDLE)
    const letGo = holdFolder(data)
    const { code, err } = await run(storeRepair, data)
    assert.equal(code, 2)
    assert.match(err, /held by another process: stop it/)
    assert.equal((await run(storeCheck, data)).code, 1, 'a check may come beside it')
    assert.deepEqual(await readFile(join(folder, SEGMENT)), damaged)
    letGo()
    assert.equal((await run(storeRepair, data)).code, 0)
  })

  it('makes any store sound again, wherever bits were flipped', async (t) => {
    const { data, folder } = await soundData(t)
    const files = await Promise.all(
      [SEGMENT, BLOCK].map(async (file) => ({ file, bytes: await readFile(join(folder, file)) })),
    )
    const place = fc.record({ which: fc.nat(1), at: fc.nat(), bit: fc.nat(7) })
    const property = fc.asyncProperty(
      fc.array(place, { minLength: 1, maxLength: 6 }),
      async (all) => {
        for (const [which, { file, bytes }] of files.entries()) {
          const flipped = Buffer.from(bytes)
          for (const { at, bit } of all.filter((each) => each.which === which)) {
            const byte = at % bytes.length
            // What says that a later version wrote it is left alone.
            if (which === 1 && byte >= 8 && byte < 12) continue
            flipped[byte] = (flipped[byte] ?? 0) ^ (1 << bit)
          }
          await writeFile(join(folder, file), flipped)
        }
        await run(storeRepair, data)
        const { code, out } = await run(storeCheck, data)
        assert.equal(code, 0, out)
      },
    )
    await fc.assert(property, { numRuns: 25 })
  })
})

const FINDINGS: Finding[] = [
  { kind: 'torn', file: 'f', bytes: 5 },
  { kind: 'part', file: 'f', bytes: 5 },
  { kind: 'kept', file: 'f', bytes: 5 },
  { kind: 'foreign', file: 'f' },
  { kind: 'replaced', file: 'f' },
  { kind: 'log', file: 'f', gaps: [{ bytes: 5, beforeMs: T0 }], strange: ['why'] },
  { kind: 'block', file: 'f', damages: [{ section: 'the head', what: 'b: the head: other' }] },
  { kind: 'state', file: 'f', why: 'why' },
  { kind: 'events', file: 'f', why: 'why' },
  { kind: 'stateless', file: 'f' },
  { kind: 'later', file: 'f', why: 'why' },
  { kind: 'unreadable', file: 'f', why: 'why' },
]
const EXTENT = { family: 'stat', records: 256, fromMs: T0, toMs: T0 + HOUR }
const LOSSES: (Loss | LogLoss)[] = [
  { what: 'block', why: 'why' },
  { what: 'family', family: 'stat' },
  { what: 'rows', ...EXTENT },
  { what: 'values', columns: [1, 2], ...EXTENT },
  { what: 'bytes', where: 'bytes 5 to 7' },
  { what: 'gap', bytes: 5, afterMs: T0 },
  { what: 'strange', records: 2 },
  { what: 'state' },
  { what: 'events' },
]
const HAN = /\p{Script=Han}/u

describe('the words of tars-alarm store', () => {
  for (const finding of FINDINGS) {
    it(`tell of '${finding.kind}' in both languages, with the file`, () => {
      for (const line of english.finding(finding))
        assert.ok(!HAN.test(line) && line.startsWith('f:'))
      for (const line of chinese.finding(finding)) assert.match(line, /^f.*\p{Script=Han}/u)
      assert.equal(chinese.finding(finding).length, english.finding(finding).length)
    })
  }
  for (const loss of LOSSES) {
    it(`tell of the loss of '${loss.what}' in both languages, with the same figures`, () => {
      const [en, zh] = [english.lost(loss), chinese.lost(loss)]
      assert.ok(!HAN.test(en) && HAN.test(zh))
      const figures = (text: string) => (text.match(/\d+/g) ?? []).sort()
      assert.deepEqual(figures(zh), figures(en))
    })
  }
})

describe('the command', () => {
  it('speaks Chinese where LANG says so', async (t) => {
    const { data } = await soundData(t)
    const { code, stdout } = await tarsAlarm(['store', 'check', data], { LC_ALL: 'zh_CN.UTF-8' })
    assert.equal(code, 0)
    assert.match(stdout, /完好:1 个环境/)
  })

  it('exits with 2 when it is called wrong', async () => {
    const { code, stderr } = await tarsAlarm(['store', 'check', '--nonsense'])
    assert.equal(code, 2)
    assert.match(stderr, /unknown option '--nonsense'/)
  })
})
