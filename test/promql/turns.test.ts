/** A long query lets others go on, comes to the same, and can be stopped in between. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateInstant, evaluateRange, type SeriesData } from '../../src/promql/index.ts'
import { Turns } from '../../src/support/turns.ts'
import { FakeClock } from '../support/fake-clock.ts'

const SECOND = 1000
const STEPS = 20

/** Histograms of 4 buckets, so many that each operation is long. */
const series: readonly SeriesData[] = Array.from({ length: 2000 }, (_, i) => ({
  labels: {
    __name__: 'm_bucket',
    i: `${i >> 2}`,
    mod: `${i % 7}`,
    le: `${['1', '2', '5', '+Inf'][i & 3]}`,
  },
  times: Array.from({ length: 30 }, (_, k) => k * SECOND),
  values: Array.from({ length: 30 }, (_, k) => (i % 13) * k + (i & 3)),
}))
const source = { select: () => series }

/** Turns that are over whenever somebody looks. */
class ShortTurns extends Turns {
  taken = 0
  onNext: () => void = () => {}

  constructor() {
    super(0)
  }

  override next(): Promise<void> {
    this.taken++
    this.onNext()
    return super.next()
  }
}

const patient = { turns: new Turns(Infinity) }
const atInstant = (expr: string, options: object) =>
  evaluateInstant(expr, 25 * SECOND, source, options)
const overRange = (expr: string, options: object) =>
  evaluateRange(expr, 5 * SECOND, (4 + STEPS) * SECOND, SECOND, source, options)

const EXPRESSIONS = [
  'm_bucket',
  'm_bucket[10s]',
  'sort_desc(m_bucket)',
  'topk(1500, m_bucket)',
  'topk by (mod) (3, m_bucket)',
  'quantile by (mod) (0.3, m_bucket)',
  'sum by (mod) (m_bucket)',
  'sum without (le) (rate(m_bucket[5s]))',
  'max by (mod) (abs(m_bucket))',
  'count_values("v", m_bucket)',
  'histogram_quantile(0.9, m_bucket)',
  'label_replace(m_bucket, "j", "$1", "i", "(.*)")',
  'label_join(m_bucket, "j", "-", "i", "mod")',
  'm_bucket + m_bucket',
  'm_bucket and m_bucket > 20',
  'm_bucket or m_bucket > 20',
  'm_bucket > 20 or m_bucket',
  'quantile_over_time(0.5, m_bucket[10s])',
  'max_over_time((m_bucket * 2)[10s:2s])',
  'sum(m_bucket @ 10)',
  'round(m_bucket @ 10)',
]

describe('a query in turns', () => {
  for (const expr of EXPRESSIONS) {
    it(`comes to the same: ${expr}`, async () => {
      const isRange = expr.endsWith('s]')
      for (const evaluate of isRange ? [atInstant] : [atInstant, overRange]) {
        const turns = new ShortTurns()
        assert.deepEqual(await evaluate(expr, { turns }), await evaluate(expr, patient))
        assert.ok(turns.taken > 0, 'it lets others go on')
      }
    })
  }

  it('is canceled in between', async () => {
    const turns = new ShortTurns()
    const signal = { aborted: false }
    turns.onNext = () => {
      if (turns.taken === 2) signal.aborted = true
    }
    await assert.rejects(overRange('m_bucket + m_bucket', { turns, signal }), {
      reason: 'canceled',
    })
    assert.equal(turns.taken, 2)
  })

  it('is out of time in between', async () => {
    const turns = new ShortTurns()
    const clock = new FakeClock()
    turns.onNext = () => clock.advance(60)
    const options = { turns, clock, limits: { timeoutMs: 100 } }
    await assert.rejects(overRange('m_bucket + m_bucket', options), { reason: 'timeout' })
    assert.equal(turns.taken, 2)
  })
})

describe('turns', () => {
  it('are given one in each round of the event loop, first come first served', async () => {
    const turns = new Turns(0)
    const seen: string[] = []
    const note = (what: string) => () => seen.push(what)
    setImmediate(note('round 1'))
    const first = turns.next().then(note('first'))
    const second = turns.next().then(note('second'))
    setImmediate(note('round 1 still'))
    await Promise.all([first, second])
    assert.deepEqual(seen, ['round 1', 'first', 'round 1 still', 'second'])
  })
})
