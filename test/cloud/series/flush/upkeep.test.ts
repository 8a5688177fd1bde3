/** Merges and roll-ups when the disk or the time plays tricks: nothing counts twice, nothing is forgotten. */
import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { BLOCKS } from '../../../../src/cloud/series/layout.ts'
import type { SeriesStore } from '../../../../src/cloud/series/series-store.ts'
import { Disk } from '../crash-disk.ts'
import {
  batch,
  ENVIRONMENT,
  matchers,
  openStore,
  stat,
  T0,
  temporaryFolder,
  window,
} from '../fixture.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** Blocks of a day. */
const FLUSHES = 144

/** A window of one record and a flush, whose error is the answer. */
async function storeMinute(store: SeriesStore, minute: number): Promise<unknown> {
  const endMs = T0 + minute * MINUTE_MS
  await store.append(ENVIRONMENT, batch({ seq: minute + 1 }, [window({ endMs })]), endMs)
  return store.flush(ENVIRONMENT).then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Calls of all times. */
async function calls(store: SeriesStore): Promise<number[]> {
  const wanted = matchers('__name__=tars_calls')
  const found = await store.source(ENVIRONMENT).select(wanted, 0, T0 + 1000 * HOUR_MS)
  return found.flatMap(({ values }) => Array.from(values))
}

describe('a merged block whose file cannot be removed', () => {
  const kept = '000000000005-0.block'

  async function trial(t: TestContext) {
    const folder = await temporaryFolder(t)
    const disk = { isBad: true }
    const double = await Disk.below(folder, ({ call, path }) =>
      disk.isBad && call === 'rm' && path.endsWith(kept) ? { fails: 'EIO' } : undefined,
    )
    t.after(() => double.remove())
    const store = await openStore(t, { folder, hotMs: 0 })
    const names = async () => (await readdir(join(folder, ENVIRONMENT, BLOCKS))).sort()
    return { folder, disk, store, names }
  }

  it('is not forgotten by later merges: after a start nothing counts twice', async (t) => {
    const { folder, disk, store, names } = await trial(t)
    for (let minute = 0; minute < FLUSHES; minute++) {
      const error = await storeMinute(store, minute)
      if (minute === 11) assert.match(String(error), /EIO/)
    }
    const expected = Array<number>(FLUSHES).fill(130)
    assert.deepEqual(await calls(store), expected)
    assert.ok((await names()).includes('000000000012-1.block'))
    assert.ok((await names()).includes(kept))
    await store.close()
    disk.isBad = false
    const again = await openStore(t, { folder, hotMs: 0 })
    assert.deepEqual(await calls(again), expected)
    assert.ok(!(await names()).includes(kept))
  })

  it('goes when the disk is well again, and all merges are made up for', async (t) => {
    const { folder, disk, store, names } = await trial(t)
    for (let minute = 0; minute < 23; minute++) await storeMinute(store, minute)
    disk.isBad = false
    assert.equal(await storeMinute(store, 23), undefined)
    assert.deepEqual(await names(), ['000000000012-1.block', '000000000024-1.block'])
    await store.close()
    const again = await openStore(t, { folder, hotMs: 0 })
    assert.deepEqual(await calls(again), Array<number>(24).fill(130))
  })
})

describe('a day that is over for good', () => {
  it('is not rolled up before what was taken of it is in blocks', async (t) => {
    const midnight = Math.ceil(T0 / DAY_MS) * DAY_MS
    const at = (hours: number) => midnight + hours * HOUR_MS
    const store = await openStore(t, { hotMs: 0, retentionMs: 25 * HOUR_MS })
    const send = (seq: number, endMs: number, stats = [stat()]) =>
      store.append(ENVIRONMENT, batch({ seq }, [window({ endMs, stats })]), endMs)
    await send(1, at(-0.25))
    const many = Array.from({ length: 3000 }, (_, n) => stat({ interface: `i${n}`, caller: 'x' }))
    await send(2, at(24.5), many)
    const flushing = store.flush(ENVIRONMENT).then(() => 'flushed')
    await Promise.all([send(3, at(-0.125)), send(4, at(26))])
    assert.equal(await Promise.race([flushing, Promise.resolve('under way')]), 'under way')
    await flushing
    await send(5, at(30))
    await store.flush(ENVIRONMENT)
    const wanted = matchers('__name__=tars_calls', 'caller=App.GateServer')
    const found = await store.source(ENVIRONMENT).select(wanted, at(-1), at(0))
    const told = found.map(({ labels, times, values }) => [labels.span, times[0], values[0]])
    assert.deepEqual(told, [['1h', at(0), 260]])
  })

  it('stays as it is while one of its blocks cannot be read; all else goes on', async (t) => {
    const midnight = Math.ceil(T0 / DAY_MS) * DAY_MS
    const folder = await temporaryFolder(t)
    const limits = { folder, hotMs: 0, retentionMs: 25 * HOUR_MS }
    const write = async (store: SeriesStore, seq: number, hour: number) => {
      const endMs = midnight + hour * HOUR_MS
      await store.append(ENVIRONMENT, batch({ seq }, [window({ endMs })]), endMs)
      await store.flush(ENVIRONMENT)
    }
    const first = await openStore(t, limits)
    await write(first, 1, -2)
    await write(first, 2, -1)
    await first.close()
    await damage(join(folder, ENVIRONMENT, BLOCKS, '000000000001-0.block'))
    const store = await openStore(t, limits)
    for (const hour of [30, 60]) await write(store, 3 + hour, hour)
    const wanted = matchers('__name__=tars_calls')
    const missing: string[] = []
    const source = store.source(ENVIRONMENT, (what) => missing.push(what))
    const [found] = await source.select(wanted, midnight - DAY_MS, midnight + 60 * HOUR_MS)
    const hours = Array.from(found?.times ?? [], (time) => (time - midnight) / HOUR_MS)
    assert.deepEqual(hours, [-1, 30, 60])
    assert.match(missing.join(), /000000000001-0/)
  })
})

async function damage(path: string): Promise<void> {
  const bytes = await readFile(path)
  for (let at = 100; at < bytes.length - 300; at += 50) bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(path, bytes)
}
