import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LabelledSource } from '../../../../src/cloud/series/read/series-reads.ts'
import { SourceQueries } from '../../../../src/cloud/series/read/source-queries.ts'
import { compileMatchers, type Matcher } from '../../../../src/promql/index.ts'
import { SERIES } from '../../doors/prometheus/calls.ts'
import { NOW, sourceOf } from '../../doors/prometheus/door.ts'

const selecting = sourceOf(SERIES)

/** Knows its labels; has no samples to give. */
const knowing: LabelledSource = {
  select() {
    throw new RangeError('samples were asked for')
  },
  labelSets: (matchers) =>
    SERIES.map(({ labels }) => labels).filter((labels) => compileMatchers(matchers)(labels)),
  labelNames(matchers) {
    const sets = SERIES.filter(({ labels }) => compileMatchers(matchers)(labels))
    return new Set(sets.flatMap(({ labels }) => Object.keys(labels)))
  },
  async labelValues(name, matchers) {
    const sets = SERIES.filter(({ labels }) => compileMatchers(matchers)(labels))
    return new Set(sets.flatMap(({ labels }) => labels[name] ?? []))
  },
}

const callee = { name: 'callee', op: '=', value: 'App.B' } as const
const side = { name: 'side', op: '=', value: 'client' } as const

function selector(...matchers: readonly (readonly Matcher[])[]) {
  return { matchers, startMs: NOW - 600_000, endMs: NOW }
}

describe('labels are read from samples, or from who knows them', () => {
  const sources = { 'of samples': selecting, 'that knows them': knowing }
  for (const [name, source] of Object.entries(sources)) {
    const reads = new SourceQueries({ sourceOf: () => source })

    it(`of all series, from a source ${name}`, async () => {
      const all = selector([])
      assert.equal((await reads.labelSets('al-1', all)).length, SERIES.length)
      assert.deepEqual([...(await reads.labelNames('al-1', all))].sort(), [
        '__name__',
        'callee',
        'kind',
        'le',
        'side',
        'text',
      ])
      const values = await reads.labelValues('al-1', 'side', all)
      assert.deepEqual([...values].sort(), ['client', 'server'])
    })

    it(`of what either set finds, each once, from a source ${name}`, async () => {
      const either = selector([callee], [side])
      assert.equal((await reads.labelSets('al-1', either)).length, 3)
      assert.deepEqual([...(await reads.labelNames('al-1', either))].sort(), [
        '__name__',
        'callee',
        'side',
      ])
      const values = await reads.labelValues('al-1', 'callee', either)
      assert.deepEqual([...values].sort(), ['App.A', 'App.B'])
      assert.deepEqual(await reads.labelValues('al-1', 'kind', either), [])
    })
  }

  it('not for who has gone', async () => {
    const reads = new SourceQueries({ sourceOf: () => selecting })
    const signal = AbortSignal.abort()
    await assert.rejects(reads.labelNames('al-1', selector([]), { signal }), {
      name: 'PromqlError',
      reason: 'canceled',
    })
  })
})
