/** Bad disks: ingest is answered with a reason, what is known is still told, and all goes on when the disk is well. */
import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { SeriesFailure } from '../../../src/cloud/series/failure.ts'
import { BLOCKS } from '../../../src/cloud/series/layout.ts'
import type { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import { randomOf } from '../../wire/traffic.ts'
import { Disk, type Step, type Verdict } from './crash-disk.ts'
import { CrashClock, openCrashStore, retentionMsOf } from './crash-store.ts'
import { ENVIRONMENT, temporaryFolder } from './fixture.ts'
import { SeriesModel } from './model.ts'
import { offer } from './model-subject.ts'
import { sent } from './model-traffic.ts'

const SEED = 3
const RETENTION_MS = retentionMsOf(SEED)

interface Trial {
  readonly folder: string
  readonly clock: CrashClock
  readonly model: SeriesModel
  store: SeriesStore
  judge: (step: Step) => Verdict | undefined
  next: number
}

async function newTrial(t: TestContext): Promise<Trial> {
  const stops: (() => Promise<void> | void)[] = []
  // Before the folder goes.
  t.after(async () => {
    for (const stop of stops) await stop()
  })
  const folder = await temporaryFolder(t)
  const clock = new CrashClock()
  const store = await openCrashStore(folder, SEED, clock)
  const model = new SeriesModel()
  const made: Trial = { folder, clock, store, model, judge: () => undefined, next: 1 }
  const disk = await Disk.below(folder, (step) => made.judge(step))
  stops.push(
    () => disk.remove(),
    () => made.store.close(),
  )
  return made
}

/** Sends so many batches; each that the disk did not take is sent again, as an agent does. Their failures. */
async function send(trial: Trial, count: number): Promise<SeriesFailure[]> {
  const failures: SeriesFailure[] = []
  for (const end = trial.next + count; trial.next < end; ) {
    trial.clock.sent = trial.next
    const each = sent(SEED, trial.next)
    const answer = await offer(trial.store, each).catch((error: unknown) => error)
    if (answer instanceof SeriesFailure) failures.push(answer)
    else if (answer instanceof Error) throw answer
    else {
      trial.model.apply(each)
      trial.next++
    }
    if (failures.length > 3 * count) break
  }
  return failures
}

async function reopen(trial: Trial): Promise<void> {
  await trial.store.close()
  trial.store = await openCrashStore(trial.folder, SEED, trial.clock)
}

function failing(code: string, calls: RegExp, half = false): (step: Step) => Verdict | undefined {
  return ({ call }) => (calls.test(call) ? { fails: code, half } : undefined)
}

describe('a bad disk', () => {
  const cases: [name: string, judge: Trial['judge'], reason: string][] = [
    ['that is full', failing('ENOSPC', /^write/), 'no-space'],
    ['that is full in the middle of a batch', failing('ENOSPC', /^write/, true), 'no-space'],
    ['that is full for this user', failing('EDQUOT', /^write/), 'no-space'],
    ['that does not make durable', failing('EIO', /sync$/), 'unwritable'],
    ['that nothing can be written to', failing('EROFS', /./), 'unwritable'],
  ]
  for (const [name, judge, reason] of cases) {
    it(`${name}: batches are refused with '${reason}', all else goes on, and after it all does`, async (t) => {
      const trial = await newTrial(t)
      assert.deepEqual(await send(trial, 14), [])
      trial.judge = judge
      const failures = await send(trial, 2)
      assert.ok(failures.length > 2)
      assert.deepEqual([...new Set(failures.map((each) => each.reason))], [reason])
      assert.ok(failures.every(({ retryable }) => retryable))
      await trial.model.check(trial.store, RETENTION_MS)
      trial.judge = () => undefined
      assert.deepEqual(await send(trial, 14), [])
      await trial.model.check(trial.store, RETENTION_MS)
      await reopen(trial)
      await trial.model.check(trial.store, RETENTION_MS)
    })
  }

  it('that fails now and then, anywhere: nothing is lost, nothing counts twice', async (t) => {
    const trial = await newTrial(t)
    const random = randomOf(7)
    const codes = ['ENOSPC', 'EIO', 'EROFS', 'EMFILE']
    trial.judge = ({ call }) => {
      // What cannot even be opened or listed cannot be answered for.
      if (random() > 0.08 || call === 'mkdir') return undefined
      return { fails: codes[Math.floor(random() * codes.length)] ?? 'EIO', half: random() < 0.5 }
    }
    // How many steps a batch takes depends on how many share a commit.
    const failures = await send(trial, 60)
    for (let more = 0; failures.length <= 5 && more < 10; more++) {
      failures.push(...(await send(trial, 20)))
    }
    assert.ok(failures.length > 5)
    assert.ok(failures.every((each) => /^(no-space|unwritable)$/.test(each.reason)))
    await trial.model.check(trial.store, RETENTION_MS)
    trial.judge = () => undefined
    await reopen(trial)
    await trial.model.check(trial.store, RETENTION_MS)
    assert.deepEqual(await send(trial, 10), [])
    await trial.model.check(trial.store, RETENTION_MS)
  })

  it('whose folder is a file: batches are refused until it is none', async (t) => {
    const trial = await newTrial(t)
    const path = join(trial.folder, ENVIRONMENT)
    await writeFile(path, '')
    const failures = await send(trial, 2)
    assert.ok(failures.length > 2)
    assert.deepEqual([...new Set(failures.map(({ reason }) => reason))], ['unwritable'])
    await rm(path)
    assert.deepEqual(await send(trial, 20), [])
    await trial.model.check(trial.store, RETENTION_MS)
  })
})

describe('a damaged block', () => {
  it('is told of by queries, which answer the rest; batches are taken', async (t) => {
    const trial = await newTrial(t)
    await send(trial, 60)
    await trial.store.flush(ENVIRONMENT)
    await trial.store.close()
    const folder = join(trial.folder, ENVIRONMENT, BLOCKS)
    const names = await readdir(folder)
    assert.ok(names.length > 1)
    const path = join(folder, names[0] ?? '')
    const bytes = await readFile(path)
    for (let at = 100; at < bytes.length - 300; at += 50) bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(path, bytes)
    trial.store = await openCrashStore(trial.folder, SEED, trial.clock)
    const missing: string[] = []
    const source = trial.store.source(ENVIRONMENT, (what) => missing.push(what))
    const all = [{ name: '__name__', op: '=~', value: '.+' }] as const
    const found = await source.select(all, 0, trial.model.newestMs)
    assert.ok(found.length > 0)
    assert.ok(
      missing.some((what) => what.includes(names[0] ?? '')),
      missing.join('\n'),
    )
    assert.deepEqual(await send(trial, 10), [])
    await trial.store.flush(ENVIRONMENT)
  })
})
