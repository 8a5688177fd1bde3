import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Instants } from '../../../src/cloud/backtest/instants.ts'
import { RangeAnswers } from '../../../src/cloud/backtest/range-answers.ts'
import { PromqlError, type Value } from '../../../src/promql/index.ts'

const HOUR: Instants = { startMs: 0, endMs: 59, stepMs: 1 }

/** Answers 1 at each instant; fails when `isBad` of one of them, or with more than `most`. */
async function asked(
  isBad: (at: number) => boolean,
  most = 60,
  reason: 'execution' | 'parse' = 'execution',
) {
  const queries: Instants[] = []
  const answers = new RangeAnswers('x', { instant: async () => ({ type: 'string' }) })
  await answers.load(async ({ startMs, endMs, stepMs }): Promise<Value> => {
    queries.push({ startMs, endMs, stepMs })
    const times = Array.from({ length: endMs - startMs + 1 }, (_, i) => startMs + i)
    if (times.length > most) throw new PromqlError('too_many_samples', 'too many')
    if (times.some(isBad)) throw new PromqlError(reason, 'duplicates')
    const series = [{ labels: { a: 'b' }, times, values: times.map(() => 1) }]
    return { type: 'matrix', series, annotations: { warnings: [], infos: [] } }
  }, HOUR)
  const said = async (at: number) => {
    try {
      const value = await answers.instant('x', at)
      return value.type === 'vector' ? value.samples.length : value.type
    } catch (error) {
      return error instanceof PromqlError ? error.message : String(error)
    }
  }
  const instants = await Promise.all(Array.from({ length: 60 }, (_, at) => said(at)))
  return { answers, queries: queries.length, instants }
}

describe('answers of a range', () => {
  it('are asked for once', async () => {
    const { queries, instants } = await asked(() => false)
    assert.equal(queries, 1)
    assert.ok(instants.every((said) => said === 1))
  })

  it('fail at the instants that fail alone', async () => {
    const { instants } = await asked((at) => at === 17 || at === 40)
    const failed = instants.flatMap((said, at) => (said === 'duplicates' ? [at] : []))
    assert.deepEqual(failed, [17, 40])
    assert.equal(instants.filter((said) => said === 1).length, 58)
  })

  it('come in parts where the whole is too expensive', async () => {
    const { queries, instants } = await asked(() => false, 20)
    assert.equal(queries, 1 + 2 + 4)
    assert.ok(instants.every((said) => said === 1))
  })

  it('are given up where very many instants fail', async () => {
    const { queries, instants } = await asked(() => true)
    assert.ok(instants.every((said) => said === 'duplicates'))
    assert.ok(queries < 80, `${queries} queries`)
  })

  it('are not asked for again when the expression is wrong', async () => {
    const { queries, instants } = await asked(() => true, 60, 'parse')
    assert.equal(queries, 1)
    assert.ok(instants.every((said) => said === 'duplicates'))
  })

  it('leave other questions to others', async () => {
    const { answers } = await asked(() => false)
    assert.deepEqual(await answers.instant('y', 0), { type: 'string' })
  })
})
