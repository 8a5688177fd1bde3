/** A batch that replaces: its values count from then on, wherever those before them are by now. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { SeriesStore } from '../../../../src/cloud/series/series-store.ts'
import { sampleBatchOf } from '../../../../src/model/sample-batch.ts'
import { isStale, STALE } from '../../../../src/promql/index.ts'
import { ENVIRONMENT, openStore, T0, temporaryFolder } from '../fixture.ts'

const STEP_MS = 15_000
const RECORDED = { __name__: 'job:calls' }
const ALL = [{ name: '__name__', op: '=', value: RECORDED.__name__ }] as const

/** Little stays in memory, so that what is before the newest is in blocks alone. */
function open(t: TestContext, folder: string): Promise<SeriesStore> {
  return openStore(t, { folder, hotMs: STEP_MS })
}

/** `1 2 - s`: a value each 15 s; `-`: none, `s`: the stale marker. */
function batchOf(timeline: string, fromStep = 0) {
  const values = timeline.split(' ').flatMap((word, at) => {
    const time = T0 + (fromStep + at) * STEP_MS
    return word === '-' ? [] : [{ time, value: word === 's' ? STALE : Number(word) }]
  })
  return sampleBatchOf([
    {
      labels: RECORDED,
      times: Float64Array.from(values, ({ time }) => time),
      values: Float64Array.from(values, ({ value }) => value),
    },
  ])
}

async function shown(store: SeriesStore): Promise<string> {
  const [found] = await store.source(ENVIRONMENT).select(ALL, 0, T0 + 1e9)
  const byTime = new Map(Array.from(found?.times ?? [], (time, at) => [time, found?.values[at]]))
  return Array.from({ length: 6 }, (_, at) => {
    const value = byTime.get(T0 + at * STEP_MS)
    return value === undefined ? '-' : isStale(value) ? 's' : String(value)
  }).join(' ')
}

/** What is stored; what becomes of it before it is replaced, and before it is read. */
const places = ['in memory', 'in a block', 'in a block after a start', 'in merged blocks'] as const

async function moveTo(place: (typeof places)[number], store: SeriesStore): Promise<void> {
  if (place === 'in memory') return
  await store.flush(ENVIRONMENT)
  if (place === 'in merged blocks') {
    // Others behind it, until there are enough for a merge.
    for (let more = 0; more < 12; more++) {
      const at = T0 + 1e7 + more * STEP_MS
      await store.appendSamples(ENVIRONMENT, batchOf('1', (at - T0) / STEP_MS), at)
      await store.flush(ENVIRONMENT)
    }
    assert.ok((store.stats(ENVIRONMENT)?.blocks ?? 9) < 8)
  }
  if (place === 'in a block after a start') await store.close()
}

describe('samples that replace', () => {
  for (const before of places) {
    for (const after of places) {
      it(`those ${before}, read when they are ${after}`, async (t) => {
        const folder = await temporaryFolder(t)
        let store = await open(t, folder)
        const move = async (place: (typeof places)[number]) => {
          await moveTo(place, store)
          if (place === 'in a block after a start') store = await open(t, folder)
        }
        await store.appendSamples(ENVIRONMENT, batchOf('1 2 s 4 5'), T0)
        await move(before)
        const replacing = { ...batchOf('- 7 8 s 5 9'), replaces: true as const }
        const { written, refused } = await store.appendSamples(ENVIRONMENT, replacing, T0)
        assert.deepEqual([written, refused], [5, []])
        assert.equal(await shown(store), '1 7 8 s 5 9')
        await move(after)
        assert.equal(await shown(store), '1 7 8 s 5 9')
        // Of those that do not replace the first stays as before.
        await store.appendSamples(ENVIRONMENT, batchOf('3 3 3 3 3 3'), T0)
        assert.equal(await shown(store), '1 7 8 s 5 9')
      })
    }
  }

  it('count though only the log has them when the process is killed, also those sent twice', async (t) => {
    const folder = await temporaryFolder(t)
    const killed = await open(t, folder)
    await killed.appendSamples(ENVIRONMENT, batchOf('1 2 3'), T0)
    await killed.flush(ENVIRONMENT)
    for (const timeline of ['4 5 s', '4 6 s', '4 6 s']) {
      await killed.appendSamples(ENVIRONMENT, { ...batchOf(timeline), replaces: true }, T0)
    }
    const store = await open(t, folder)
    assert.equal(await shown(store), '4 6 s - - -')
  })

  it('are refused when they are too old, as others are', async (t) => {
    const store = await open(t, await temporaryFolder(t))
    await store.appendSamples(ENVIRONMENT, batchOf('1', 26 * 240), T0)
    const { refused } = await store.appendSamples(
      ENVIRONMENT,
      { ...batchOf('1'), replaces: true },
      T0,
    )
    assert.deepEqual(
      refused.map(({ reason }) => reason),
      ['too-old'],
    )
  })
})
