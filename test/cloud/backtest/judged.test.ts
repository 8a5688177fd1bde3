/** What of its time a backtest could judge. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { findData } from '../../../src/cloud/backtest/data-search.ts'
import { judgedOf } from '../../../src/cloud/backtest/judged.ts'
import { seriesOf } from '../../../src/cloud/backtest/local-series.ts'
import type { StoredSeries } from '../../../src/cloud/backtest/ports.ts'
import { PromqlError } from '../../../src/promql/index.ts'
import { fileOf } from '../rules/rule-world.ts'
import { Stored } from './stored.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 20_000 * 24 * HOUR
const day = { fromMs: DAY, toMs: DAY + 24 * HOUR }

/** Series by name, each minute from one hour of the day to another; hours may lie before the day. */
function storedOf(series: Readonly<Record<string, readonly [number, number]>>): StoredSeries {
  const stored = new Stored()
  for (const [__name__, [from, to]] of Object.entries(series)) {
    for (let at = DAY + from * HOUR; at <= DAY + to * HOUR; at += MINUTE) {
      stored.add({ __name__, callee: 'App.A' }, at, 1)
    }
  }
  return seriesOf(stored, async (labels) => labels.map(() => []))
}

const alert = (expr: string, name = 'A') => `{alert: ${name}, expr: '${expr}'}`
const record = (name: string, expr: string) => `{record: ${name}, expr: '${expr}'}`

/** Hours of the day. */
async function judged(stored: StoredSeries, ...rules: string[]) {
  const { groups } = fileOf(`groups: [{name: g, rules: [${rules.join(', ')}]}]`)
  const all = groups.flatMap((group) => group.rules)
  const found = await judgedOf(stored, all, day)
  const hour = (at: number) => Math.round(((at - DAY) / HOUR) * 100) / 100
  const hours = (part: typeof found.judged) => part && [hour(part.fromMs), hour(part.toMs)]
  const short = found.short.map(({ rule, judged: own, missing, wholeFromMs }) => {
    return [rule, hours(own), missing.join(), wholeFromMs === undefined ? '' : hour(wholeFromMs)]
  })
  return { judged: hours(found.judged), short }
}

describe('what is judged', () => {
  const all = { x: [-25, 24] } as const
  const late = { x: [-25, 24], y: [20, 24] } as const
  for (const [sentence, series, rules, expected, short] of [
    ['all of the time that has data', all, [alert('x > 0')], [0, 24], []],
    ['only from its first data on', { x: [20, 24] }, [alert('x > 0')], [20, 24], []],
    ['only up to its last data', { x: [-1, 5] }, [alert('x > 0')], [0, 5], []],
    ['to the ends where next to nothing lacks', { x: [0.9, 23.1] }, [alert('x')], [0, 24], []],
    [
      'nothing where nothing is stored: it says of what',
      ...([{}, [alert('x{a="b"} > 0')], null, [['A', null, 'x{a="b"}', '']]] as const),
    ],
    [
      'nothing where data lie outside of the time alone',
      ...([{ x: [30, 31] }, [alert('x > 0')], null, [['A', null, 'x', '']]] as const),
    ],
    [
      'nothing against yesterday where there is none: it says from when on',
      ...([{ x: [16, 24] }, [alert('x > x offset 1d')], null, [['A', null, '', 40]]] as const),
    ],
    ['all against a yesterday that there is', all, [alert('x > x offset 1d')], [0, 24], []],
    [
      'with less than it looks back for: it says until when',
      ...([{ x: [0, 24] }, [alert('sum_over_time(x[6h]) > 0')], [0, 24]] as const),
      [['A', [0, 24], '', 6]],
    ],
    ['not worth a word', { x: [0, 24] }, [alert('sum_over_time(x[30m]) > 0')], [0, 24], []],
    [
      'what a subquery looks back at counts',
      ...([{ x: [10, 24] }, [alert('max_over_time((x > 0)[5h:1m]) > 0')], [10, 24]] as const),
      [['A', [10, 24], '', 15]],
    ],
    ['the part of both where both are needed', late, [alert('x / y > 1')], [20, 24], []],
    ['nothing when one lacks', all, [alert('x / z > 1')], null, [['A', null, 'z', '']]],
    ['either where one is enough', late, [alert('y > 1 or x > 1')], [0, 24], []],
    ['all of what comes before an exception', all, [alert('x unless z')], [0, 24], []],
    ['a number that is always there', {}, [alert('vector(scalar(x) == bool 0)')], [0, 24], []],
    ['the absence of data', {}, [alert('absent(x)')], [0, 24], []],
    ['what nobody set as not set', all, [alert('x > on () tars_threshold')], [0, 24], []],
    [
      'no events as none, while there are calls',
      { tars_calls: [0, 24] },
      [alert('sum_over_time(tars_notify_events[5m]) > 0')],
      [0, 24],
      [],
    ],
    [
      'what is recorded from what that reads',
      late,
      [record('r', 'sum(y)'), alert('r > 1')],
      [20, 24],
      [],
    ],
    [
      'what any rule could; and says of each that could less',
      late,
      [alert('x > 1'), alert('y > 1', 'B')],
      [0, 24],
      [['B', [20, 24], '', '']],
    ],
    ['one of two rules of a name for both', late, [alert('x > 1'), alert('z > 1')], [0, 24], []],
  ] as const) {
    it(sentence, async () => {
      assert.deepEqual(await judged(storedOf(series), ...rules), { judged: expected, short })
    })
  }

  it('rules that read each other in a circle come to an end', async () => {
    const rules = [record('a', 'b + x'), record('b', 'a + x'), alert('a > 0')]
    const found = await judged(storedOf({ x: [12, 24] }), ...rules)
    assert.deepEqual(found.judged, [12, 24])
  })
})

describe('the search for data', () => {
  const spans = fc.tuple(fc.integer({ min: 0, max: 2880 }), fc.integer({ min: 1, max: 400 }))

  it('finds the first and the last, with few questions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(spans, { maxLength: 4 }), async (parts) => {
        const stored = new Stored()
        const minutes = parts.flatMap(([from, length]) =>
          Array.from({ length }, (_, at) => from + at).filter((at) => at > 0 && at <= 2880),
        )
        for (const minute of minutes) stored.add({ __name__: 'x' }, DAY + minute * MINUTE, 1)
        const series = seriesOf(stored, async () => [])
        const named = [{ name: '__name__', op: '=', value: 'x' }] as const
        const time = { fromMs: DAY, toMs: DAY + 2880 * MINUTE }
        const found = await findData(series, named, time)
        assert.ok(stored.selects < 90, `${stored.selects} questions`)
        if (minutes.length === 0) return assert.equal(found, undefined)
        const [first, last] = [Math.min(...minutes), Math.max(...minutes)]
        const near = (at: number, minute: number) =>
          at === DAY + minute * MINUTE || (!Number.isFinite(at) && near5(minute))
        const near5 = (minute: number) => minute <= 5 || minute > 2875
        assert.ok(found && near(found.fromMs, first) && near(found.toMs, last), String(minutes))
      }),
      { numRuns: 60 },
    )
  })

  it('takes for there what is too much to be counted', async () => {
    const series: StoredSeries = {
      ...storedOf({}),
      instant: async () => {
        throw new PromqlError('too_many_samples', 'too many samples')
      },
    }
    assert.deepEqual(await findData(series, [], day), { fromMs: -Infinity, toMs: Infinity })
  })
})
