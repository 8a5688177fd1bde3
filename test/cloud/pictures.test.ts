import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openPictures } from '../../src/cloud/pictures.ts'
import type { SeriesQueries } from '../../src/cloud/series/port.ts'
import { alertRow } from './api/rows.ts'

const FIRED = Date.UTC(2026, 10, 20, 9, 32)
const noRules = () => ({ files: [], groups: [] })
const firing = alertRow('al-1', FIRED, { firedAt: FIRED })

type Asked = Pick<SeriesQueries, 'instant' | 'range'>

const times = [FIRED - 120_000, FIRED - 60_000, FIRED]
const line = { labels: {}, times, values: [3, 3, 4] }
const matrix = { type: 'matrix', series: [line], annotations: { warnings: [], infos: [] } } as const
const vector = { type: 'vector', samples: [], annotations: { warnings: [], infos: [] } } as const

describe('pictures over the series', () => {
  it('of an alarm that fired', async () => {
    const asked: string[] = []
    const series: Asked = {
      instant: async () => vector,
      async range(environment) {
        asked.push(environment)
        return matrix
      },
    }
    const picture = await openPictures(series, noRules).of(firing, FIRED)
    assert.deepEqual(picture?.lines[0]?.points.at(-1), [FIRED, 4])
    assert.deepEqual(new Set(asked), new Set(['al-1']))
  })

  it('none where the series cannot be read: news goes without it', async () => {
    const refuse = () => Promise.reject(new Error('too slow'))
    const pictures = openPictures({ instant: refuse, range: refuse }, noRules)
    assert.equal(await pictures.of(firing, FIRED), undefined)
  })

  it('every question has two seconds, and the same end for all of them', async () => {
    const signals = new Set<AbortSignal | undefined>()
    const note: Asked['range'] = async (_environment, _expr, _range, options) => {
      signals.add(options?.signal)
      assert.equal(options?.limits?.timeoutMs, 2000)
      return matrix
    }
    await openPictures({ instant: async () => vector, range: note }, noRules).of(firing, FIRED)
    assert.equal(signals.size, 1)
    assert.ok([...signals][0] instanceof AbortSignal)
  })

  it('of an alarm that never fired, or of a rule that is gone, none is asked for', async () => {
    const never = () => Promise.reject(new RangeError('asked'))
    const pictures = openPictures({ instant: never, range: never }, noRules)
    const { firedAt: _, ...pending } = firing
    assert.equal(await pictures.of(pending, FIRED), undefined)
    const gone = { ...firing, rule: 'Disk', labels: { host: 'a' } }
    assert.equal(await pictures.of(gone, FIRED), undefined)
  })
})
