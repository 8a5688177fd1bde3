import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Instants } from '../../../src/cloud/backtest/instants.ts'
import { RangeAnswers } from '../../../src/cloud/backtest/range-answers.ts'
import { PromqlError, type PromqlReason, type Value } from '../../../src/promql/index.ts'

const HOUR: Instants = { startMs: 0, endMs: 59, stepMs: 1 }

/** Answers 1 at each instant; fails when `isBad` of one of them, or with more than `most`. */
async function asked(
  isBad: (at: number) => boolean,
  most = 60,
  reason: PromqlReason = 'execution',
) {
  const queries: Instants[] = []
  const singles: number[] = []
  const answers = new RangeAnswers('x', async (at) => {
    singles.push(at)
    if (isBad(at)) throw new PromqlError(reason, 'duplicates')
    return { type: 'vector', samples: [{ labels: { a: 'b' }, value: 1 }] }
  })
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
      const value = await answers.find('x', at)
      return value?.type === 'vector' ? value.samples.length : value?.type
    } catch (error) {
      return error instanceof PromqlError ? error.message : String(error)
    }
  }
  const instants = await Promise.all(Array.from({ length: 60 }, (_, at) => said(at)))
  return { answers, queries: queries.length, singles: singles.length, instants }
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

  it('are asked for one by one where very many instants fail: the rest may not', async () => {
    const { queries, singles, instants } = await asked((at) => at < 50)
    assert.deepEqual(
      instants,
      Array.from({ length: 60 }, (_, at) => (at < 50 ? 'duplicates' : 1)),
    )
    assert.ok(queries < 80, `${queries} queries`)
    assert.ok(singles <= 30, `${singles} instants`)
  })

  it('are given up where very many instants take too long', async () => {
    const { queries, singles, instants } = await asked(() => true, 60, 'timeout')
    assert.ok(instants.every((said) => said === 'duplicates'))
    assert.ok(queries < 80, `${queries} queries`)
    assert.equal(singles, 0)
  })

  it('are not asked for again when the expression is wrong', async () => {
    const { queries, singles, instants } = await asked(() => true, 60, 'parse')
    assert.deepEqual([queries, singles], [1, 0])
    assert.ok(instants.every((said) => said === 'duplicates'))
  })

  it('are found in any order, at instants of the range', async () => {
    const answers = new RangeAnswers('x')
    const series = [
      { labels: { a: 'b' }, times: [0, 20, 30], values: [1, 2, 3] },
      { labels: { a: 'c' }, times: [10], values: [4] },
    ]
    const annotations = { warnings: [], infos: [] }
    const instants = { startMs: 0, endMs: 30, stepMs: 10 }
    await answers.load(async () => ({ type: 'matrix', series, annotations }), instants)
    const values = async (at: number) => {
      const found = await answers.find('x', at)
      return found?.type === 'vector' ? found.samples.map(({ value }) => value) : undefined
    }
    const order = [0, 10, 30, 20, 0, 30, 5, 40, -10]
    assert.deepEqual(await Promise.all(order.map(values)), [
      ...[[1], [4], [3], [2], [1], [3]],
      ...[undefined, undefined, undefined],
    ])
    assert.equal(answers.samples, 4)
  })

  it('leave other questions to others', async () => {
    const { answers } = await asked(() => false)
    assert.equal(await answers.find('y', 0), undefined)
  })
})
