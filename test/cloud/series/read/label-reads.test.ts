/** Labels without samples: what `select` would answer, read from memory, from blocks and from both. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SeriesStore } from '../../../../src/cloud/series/series-store.ts'
import { labelsKey } from '../../../../src/model/labels.ts'
import { sampleBatchOf } from '../../../../src/model/sample-batch.ts'
import { batch, ENVIRONMENT, matchers, openStore, stat, T0, window } from '../fixture.ts'

const MINUTE_MS = 60_000

/** Three services, one of them only in blocks, one only in memory; and a series of remote write. */
async function filled(t: Parameters<typeof openStore>[0]): Promise<SeriesStore> {
  const store = await openStore(t, { hotMs: 0 })
  const at = (minute: number, ...callees: string[]) =>
    batch({ seq: minute + 1 }, [
      window({
        endMs: T0 + minute * MINUTE_MS,
        stats: callees.map((callee) => stat({ callee, set: callee === 'Old.A' ? 'a.b.c' : '' })),
      }),
    ])
  await store.append(ENVIRONMENT, at(0, 'Old.A', 'Both.B'), T0)
  const samples = { times: Float64Array.of(T0), values: Float64Array.of(1) }
  const up = sampleBatchOf([{ labels: { __name__: 'up', job: 'node' }, ...samples }])
  await store.appendSamples(ENVIRONMENT, up, T0)
  await store.flush(ENVIRONMENT)
  await store.append(ENVIRONMENT, at(5, 'Both.B', 'New.C'), T0)
  return store
}

describe('label reads', () => {
  const [ALL, OLD, NEW] = [
    [T0 - 1, T0 + 9 * MINUTE_MS],
    [T0 - 1, T0 + MINUTE_MS],
    [T0 + MINUTE_MS, T0 + 9 * MINUTE_MS],
  ] as const
  const cases: readonly [string, string, readonly string[], readonly [number, number], string][] = [
    ['values of a label', 'callee', [], ALL, 'Both.B New.C Old.A'],
    ['in the past', 'callee', [], OLD, 'Both.B Old.A'],
    ['lately', 'callee', [], NEW, 'Both.B New.C'],
    ['of what matches', 'callee', ['set!='], ALL, 'Old.A'],
    ['of a metric', 'callee', ['__name__=tars_calls', 'callee=~N.*'], ALL, 'New.C'],
    ['of another metric', 'callee', ['__name__=up'], ALL, ''],
    ['that the metric gives', 'le', ['callee=New.C', 'le=~.*5'], ALL, '5'],
    ['of remote write', 'job', [], ALL, 'node'],
    ['names of metrics', '__name__', ['__name__=~up|tars_calls'], OLD, 'tars_calls up'],
  ]
  for (const [name, label, texts, [startMs, endMs], expected] of cases) {
    it(name, async (t) => {
      const source = (await filled(t)).source(ENVIRONMENT)
      const found = await source.labelValues(label, matchers(...texts), startMs, endMs)
      assert.equal([...found].sort().join(' '), expected)
    })
  }

  it('sets and names are those of what is selected', async (t) => {
    const source = (await filled(t)).source(ENVIRONMENT)
    for (const texts of [[], ['callee=Both.B'], ['__name__=up'], ['le!=']]) {
      const selected = await source.select(matchers(...texts), ...ALL)
      const sets = await source.labelSets(matchers(...texts), ...ALL)
      const keys = (all: readonly Readonly<Record<string, string>>[]) => all.map(labelsKey).sort()
      assert.deepEqual(keys(sets), keys(selected.map(({ labels }) => labels)))
      const names = new Set(selected.flatMap(({ labels }) => Object.keys(labels)))
      const found = await source.labelNames(matchers(...texts), ...ALL)
      assert.deepEqual([...found].sort(), [...names].sort())
    }
  })
})
