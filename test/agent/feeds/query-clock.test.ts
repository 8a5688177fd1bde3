import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CorrectedClock } from '../../../src/agent/corrected-clock.ts'
import { QueryRig, statOf } from './query-rig.ts'

const HOUR = 3_600_000

/** A machine that starts with the time of another zone, until somebody puts it right. */
describe('a clock that was hours ahead and is put right', () => {
  const start = async (test: Parameters<typeof QueryRig.start>[0]) => {
    let aheadMs = 8 * HOUR
    const base = { now: () => rig.clock.now(), after: () => () => {} }
    const clock = new CorrectedClock(base, () => aheadMs)
    const rig: QueryRig = await QueryRig.start(test, '2026-11-21T02:41Z', { clock })
    rig.framework.add('tars_stat_2026112102', statOf('0240', 1), statOf('0245', 2))
    return { rig, putRight: () => (aheadMs = 0) }
  }
  const endsOf = (spans: readonly { endMs: number }[]) =>
    spans.map(({ endMs }) => new Date(endMs).toISOString().slice(11, 16))

  it('buckets read by it hold up none', async (test) => {
    const { rig, putRight } = await start(test)
    rig.complete('20261121 0240')
    assert.deepEqual(endsOf(await rig.poll()).at(-1), '10:40')
    putRight()
    rig.complete('20261121 0245')
    assert.deepEqual(endsOf(await rig.pollAt('2026-11-21T02:46Z')), ['02:40', '02:45'])
    assert.equal(rig.feed.status().reachedMs, Date.parse('2026-11-21T02:45Z'))
  })

  it('nor does an answer without news', async (test) => {
    const { rig, putRight } = await start(test)
    assert.deepEqual(await rig.poll(), [])
    putRight()
    rig.complete('20261121 0245')
    assert.equal(endsOf(await rig.pollAt('2026-11-21T02:46Z')).at(-1), '02:45')
  })

  it('nor does a failure', async (test) => {
    const { rig, putRight } = await start(test)
    rig.framework.refusal = 'busy'
    await rig.poll()
    rig.framework.refusal = undefined
    putRight()
    rig.complete('20261121 0245')
    assert.equal(endsOf(await rig.pollAt('2026-11-21T02:46Z')).at(-1), '02:45')
  })
})
