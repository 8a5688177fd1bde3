/** What rules write, in the series themselves. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { recordTo } from '../../src/cloud/record-to.ts'
import { LocalSeries } from '../../src/cloud/series/local-series.ts'
import { isStale, STALE } from '../../src/promql/index.ts'
import { silentLog } from '../../src/support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'

const T0 = 1_700_000_000_000
const LABELS = { __name__: 'job:up', job: 'a' }
const ALL = { matchers: [[{ name: 'job', op: '=', value: 'a' } as const]], startMs: 0, endMs: 2e12 }

async function opened(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'tars-alarm-record-'))
  const clock = new FakeClock(T0)
  const series = await LocalSeries.open({ folder, clock, log: silentLog })
  t.after(async () => {
    await series.close()
    await rm(folder, { recursive: true, force: true })
  })
  const values = async () => {
    const [found] = await series.select('al-1', ALL)
    return Array.from(found?.values ?? [], (value) => (isStale(value) ? 'stale' : value))
  }
  return { record: recordTo(series, clock), values }
}

describe('what rules write', () => {
  it('is there, and stays when the instant is evaluated once more', async (t) => {
    const { record, values } = await opened(t)
    await record('al-1', T0, [{ labels: LABELS, value: 1 }])
    await record('al-1', T0, [{ labels: LABELS, value: 2 }])
    assert.deepEqual(await values(), [1])
  })

  it('is replaced for data that came late, ends too', async (t) => {
    const { record, values } = await opened(t)
    await record('al-1', T0, [{ labels: LABELS, value: 1 }])
    await record('al-1', T0 + 10_000, [{ labels: LABELS, value: STALE }])
    await record('al-1', T0 + 20_000, [{ labels: LABELS, value: 3 }])
    await record('al-1', T0, [{ labels: LABELS, value: STALE }], true)
    await record('al-1', T0 + 10_000, [{ labels: LABELS, value: 2 }], true)
    assert.deepEqual(await values(), ['stale', 2, 3])
  })

  it('that is too old is an error that names it, also of data that came late', async (t) => {
    const { record } = await opened(t)
    await record('al-1', T0, [{ labels: LABELS, value: 1 }])
    for (const replaces of [false, true]) {
      const tooOld = record('al-1', T0 - 26 * 3600_000, [{ labels: LABELS, value: 1 }], replaces)
      await assert.rejects(tooOld, { name: 'RecordFailure', reason: 'too-old' })
    }
  })
})
