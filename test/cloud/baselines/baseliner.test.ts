import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Baseliner, type BaselinerOptions } from '../../../src/cloud/baselines/baseliner.ts'
import { calendarSchema } from '../../../src/cloud/calendar/special-day.ts'
import { expand } from '../../../src/cloud/rules/template/expand.ts'
import { parseTemplate } from '../../../src/cloud/rules/template/parse.ts'
import { type Log, silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, noise, type Teller, TrafficSeries } from './traffic.ts'

const ENVIRONMENT = 'al-test'
/** Thursday, noon in Shanghai. */
const NOON = Date.parse('2026-11-19T12:00+08:00')
const at = (text: string) => Date.parse(`${text}+08:00`)

function baselinerOf(series: TrafficSeries, options: Partial<BaselinerOptions> = {}): Baseliner {
  const calendars = { calendar: async () => calendarSchema.parse({}) }
  return new Baseliner({ series, calendars, clock: new FakeClock(), log: silentLog, ...options })
}

/** What is appended when all data up to `watermark` are there. */
async function appendedAt(series: TrafficSeries, watermark: number): Promise<void> {
  const baseliner = baselinerOf(series)
  baseliner.advance(ENVIRONMENT, watermark)
  await baseliner.idle()
}

/** Of the one pair there is: `of`, `median` or `mad`, by what. */
async function baselines(series: TrafficSeries, when = NOON): Promise<Record<string, number>> {
  return series.instant('sum by (of, stat, by) (tars_baseline)', when)
}

const medians = async (series: TrafficSeries, of: string, when = NOON) =>
  series.instant(`sum by (by) (tars_baseline{of="${of}", stat="median"})`, when)

const steady: Teller = { tells: () => ({ calls: 120, failures: 6, meanMs: 25 }) }

describe('baselines', () => {
  it('are calls and failures a minute and the mean duration in ms, by what was normal when', async () => {
    const series = new TrafficSeries([steady])
    await appendedAt(series, NOON)
    const expected = ['recent', 'day', 'week'].flatMap((by) => [
      [`by=${by} of=calls stat=median`, 120],
      [`by=${by} of=failures stat=median`, 6],
      [`by=${by} of=duration stat=median`, 25],
      ...['calls', 'failures', 'duration'].map((of) => [`by=${by} of=${of} stat=mad`, 0]),
    ])
    // The busiest minute of such days, for jobs that are short.
    expected.push(['by=day of=calls stat=max', 120])
    const found = await baselines(series)
    assert.deepEqual(Object.keys(found).sort(), expected.map(([key]) => key).sort())
    for (const [key, value] of expected) {
      assert.ok(Math.abs((found[key as string] ?? -1) - Number(value)) < 1e-3, String(key))
    }
  })

  it('are of the hour before but its last 5 min, and of 11 min around the 4 min they stand for', async () => {
    // Calls are the number of the minute of the day: 12:00 is 720.
    const minuteOf = (end: number) => ((end + 8 * HOUR_MS) % DAY_MS) / MINUTE_MS
    const series = new TrafficSeries([{ tells: (end) => ({ calls: minuteOf(end) }) }])
    await appendedAt(series, NOON)
    assert.deepEqual(await series.instant('sum by (by, stat) (tars_baseline{of="calls"})', NOON), {
      // 656 to 715
      ...{ 'by=recent stat=median': 685.5, 'by=recent stat=mad': 15 },
      // 717 to 727
      ...{ 'by=day stat=median': 722, 'by=day stat=mad': 3, 'by=day stat=max': 727 },
      ...{ 'by=week stat=median': 722, 'by=week stat=mad': 3 },
    })
  })

  it('have the callee and the interface that rules join with', async () => {
    const series = new TrafficSeries([steady])
    await appendedAt(series, NOON)
    const rule = `sum by (callee, interface) (sum_over_time(tars_calls[1m]))
      / on (callee, interface) group_left () tars_baseline{of="calls", by="day", stat="median"}`
    const found = await series.instant(rule, NOON)
    assert.deepEqual(found, { 'callee=App.Server interface=get': 1 })
  })

  it('name the start of the day they compare with', async () => {
    const series = new TrafficSeries([steady])
    await appendedAt(series, NOON)
    assert.deepEqual(await series.instant('tars_baseline_day', NOON), {
      'by=day': at('2026-11-18T00:00') / 1000,
      'by=week': at('2026-11-12T00:00') / 1000,
    })
  })

  it('and a text prints it', async () => {
    const series = new TrafficSeries([steady])
    await appendedAt(series, NOON)
    const text = `{{ with query "tars_baseline_day{by=\\"day\\"} + 43200" }}{{
      (. | first | value | toTime).Format "2006-01-02" }}{{ end }}`
    const query = async (expr: string) =>
      Object.values(await series.instant(expr, NOON)).map((value) => ({ labels: {}, value }))
    const data = { labels: {}, value: 0, atMs: NOON, externalUrl: '', query }
    assert.equal(await expand(parseTemplate(text), data), '2026-11-18')
  })
})

describe('a new environment', () => {
  const cases = [
    ['says nothing after 20 minutes', NOON - 20 * MINUTE_MS, []],
    ['knows the hour before after an hour', NOON - HOUR_MS, ['recent']],
    ['has no day before, until one was wholly there', at('2026-11-18T02:00'), ['recent']],
    ['has one then, and no week', at('2026-11-17T23:00'), ['recent', 'day']],
    ['has all after eight days', NOON - 8 * DAY_MS, ['recent', 'day', 'week']],
  ] as const
  for (const [says, sinceMs, by] of cases) {
    it(says, async () => {
      const series = new TrafficSeries([steady], sinceMs)
      await appendedAt(series, NOON)
      const found = Object.keys(await medians(series, 'calls'))
      assert.deepEqual(found.sort(), by.map((each) => `by=${each}`).sort())
    })
  }
})

/** Calls by the hour of the day in Shanghai. */
function hourOf(endMs: number): number {
  return (((endMs + 8 * HOUR_MS) % DAY_MS) / HOUR_MS) | 0
}

const dayOf = (endMs: number) => new Date(endMs + 8 * HOUR_MS).toISOString().slice(0, 10)
const weekdayOf = (endMs: number) => new Date(endMs + 8 * HOUR_MS).getUTCDay()

describe('the shape of traffic', () => {
  it('of a day: the same minutes of other days are like now when the hour before is not', async () => {
    const series = new TrafficSeries([{ tells: (end) => ({ calls: 100 * (1 + hourOf(end - 1)) }) }])
    const opening = at('2026-11-19T13:10')
    await appendedAt(series, opening)
    assert.deepEqual(await medians(series, 'calls', opening), {
      ...{ 'by=recent': 1300, 'by=day': 1400, 'by=week': 1400 },
    })
  })

  it('of a week: a Monday is like the Friday before, a Saturday like a Saturday', async () => {
    const tells = (end: number) => ({
      calls: [60, 100, 110, 120, 130, 140, 70][weekdayOf(end)] ?? 0,
    })
    const cases = [
      ['2026-11-23T12:00', 130, 100],
      ['2026-11-21T12:00', 65, 70],
    ] as const
    for (const [text, day, week] of cases) {
      const series = new TrafficSeries([{ tells }])
      await appendedAt(series, at(text))
      const { 'by=day': byDay, 'by=week': byWeek } = await medians(series, 'calls', at(text))
      assert.deepEqual([byDay, byWeek], [day, week], text)
    }
  })

  it('of holidays: compared with its own days; after a long one there is nothing to compare with', async () => {
    const isOff = (end: number) => dayOf(end - 1) >= '2026-10-01' && dayOf(end - 1) <= '2026-10-07'
    const tells = (end: number) => ({ calls: isOff(end) ? 20 : 200 })
    const cases = [
      ['2026-10-05T12:00', { 'by=recent': 20, 'by=day': 20, 'by=week': 20 }],
      ['2026-10-08T12:00', { 'by=recent': 200 }],
      ['2026-10-09T12:00', { 'by=recent': 200, 'by=day': 200, 'by=week': 200 }],
      // A Saturday that is worked.
      ['2026-10-10T12:00', { 'by=recent': 200, 'by=day': 200, 'by=week': 200 }],
    ] as const
    for (const [text, expected] of cases) {
      const series = new TrafficSeries([{ tells }])
      await appendedAt(series, at(text))
      assert.deepEqual(await medians(series, 'calls', at(text)), expected, text)
    }
  })
})

describe('what went wrong before', () => {
  const cases = [
    ['one bad day of three is no baseline', (end: number) => dayOf(end) === '2026-11-18'],
    ['25 bad minutes of the hour are none', (end: number) => end > NOON - 26 * MINUTE_MS],
    ['the last 5 minutes are not in the baseline', (end: number) => end > NOON - 4 * MINUTE_MS],
  ] as const
  for (const [says, isBad] of cases) {
    it(says, async () => {
      const series = new TrafficSeries([
        { tells: (end) => ({ calls: isBad(end) ? 900 : 100, failures: isBad(end) ? 400 : 1 }) },
      ])
      await appendedAt(series, NOON)
      for (const [of, normal] of [
        ['calls', 100],
        ['failures', 1],
      ] as const) {
        const { 'by=recent': recent, 'by=day': day } = await medians(series, of)
        assert.deepEqual([recent, day], [normal, normal])
      }
    })
  }
})

describe('minutes that nothing was heard of', () => {
  const heardFor = (minutes: number): Teller => ({
    tells: (end) => ((end / MINUTE_MS) % 60 < minutes ? { calls: 50 } : undefined),
  })

  it('are not zero', async () => {
    const series = new TrafficSeries([heardFor(35)], NOON - 2 * HOUR_MS)
    await appendedAt(series, NOON)
    assert.deepEqual(await medians(series, 'calls'), { 'by=recent': 50 })
  })

  it('leave nothing known when they are most', async () => {
    const series = new TrafficSeries([heardFor(25)], NOON - 2 * HOUR_MS)
    await appendedAt(series, NOON)
    assert.deepEqual(await baselines(series), {})
  })

  it('may be all of now: other days are still told of', async () => {
    const series = new TrafficSeries([
      { tells: (end) => (end < NOON - 3 * HOUR_MS ? { calls: 50 } : undefined) },
    ])
    await appendedAt(series, NOON)
    assert.deepEqual(await medians(series, 'calls'), { 'by=day': 50, 'by=week': 50 })
  })

  for (const [lost, says, expected] of [
    [3, 'still leave a baseline', { 'by=recent': 40, 'by=day': 40 }],
    [4, 'leave none of that day', { 'by=recent': 40 }],
  ] as const) {
    it(`${lost} of the 11 of a day ${says}`, async () => {
      const firstMs = NOON - DAY_MS - 2 * MINUTE_MS
      const isLost = (end: number) => end >= firstMs && end < firstMs + lost * MINUTE_MS
      const tells = (end: number) => (isLost(end) ? undefined : { calls: 40 })
      const series = new TrafficSeries([{ tells }], at('2026-11-17T12:30'))
      await appendedAt(series, NOON)
      assert.deepEqual(await medians(series, 'calls'), expected)
    })
  }
})

describe('zeros', () => {
  it('are a baseline: a service that never fails has one of 0 failures', async () => {
    const series = new TrafficSeries([{ tells: () => ({ calls: 100, failures: 0 }) }])
    await appendedAt(series, NOON)
    assert.deepEqual(await medians(series, 'failures'), {
      'by=recent': 0,
      'by=day': 0,
      'by=week': 0,
    })
  })

  it('have no duration: where all calls fail, or there are none, nothing is known of it', async () => {
    for (const told of [{ calls: 100, failures: 100 }, { calls: 0 }]) {
      const series = new TrafficSeries([{ tells: () => told }])
      await appendedAt(series, NOON)
      assert.deepEqual(await medians(series, 'duration'), {})
      assert.equal((await medians(series, 'calls'))['by=day'], told.calls)
    }
  })
})

describe('who tells', () => {
  const tells = (calls: number) => () => ({ calls })

  it('is the client: what the server tells of the same calls is not added', async () => {
    const series = new TrafficSeries([
      { side: 'client', tells: tells(90) },
      { side: 'server', tells: tells(100) },
      { side: 'server', interface: 'ping', tells: tells(5) },
    ])
    await appendedAt(series, NOON)
    const found = 'tars_baseline{of="calls", by="recent", stat="median"}'
    assert.deepEqual(await series.instant(`sum by (interface) (${found})`, NOON), {
      'interface=get': 90,
    })
  })

  it('is the server where no client tells', async () => {
    const series = new TrafficSeries([{ side: 'server', tells: tells(100) }])
    await appendedAt(series, NOON)
    assert.equal((await medians(series, 'calls'))['by=recent'], 100)
  })

  for (const [spanMs, says] of [
    [10_000, 'every 10 s'],
    [MINUTE_MS, 'every minute'],
    [5 * MINUTE_MS, 'in buckets of 5 min'],
  ] as const) {
    it(`${says}: all baselines are of a minute`, async () => {
      const series = new TrafficSeries([{ spanMs, tells: tells(60) }])
      await appendedAt(series, NOON)
      assert.deepEqual(await medians(series, 'calls'), {
        ...{ 'by=recent': 60, 'by=day': 60, 'by=week': 60 },
      })
    })
  }

  it('may tell twice in one minute and not in the next: that is evened out', async () => {
    const isOdd = (end: number) => (end / MINUTE_MS) % 2 === 1
    const tells120 = (end: number) => (isOdd(end) ? { calls: 120 } : undefined)
    const series = new TrafficSeries([{ spanMs: MINUTE_MS, tells: tells120 }])
    await appendedAt(series, NOON)
    assert.equal((await medians(series, 'calls'))['by=recent'], 60)
  })

  it('may be several at different intervals: their calls add up', async () => {
    const series = new TrafficSeries([
      { spanMs: 10_000, tells: tells(60) },
      { spanMs: MINUTE_MS, tells: tells(30) },
    ])
    await appendedAt(series, NOON)
    assert.equal((await medians(series, 'calls'))['by=recent'], 90)
  })
})

const noisy: Teller = {
  tells(end) {
    if (noise(end, 1) < 0.1) return undefined
    const calls = Math.round(100 + 50 * noise(end, 2))
    return { calls, failures: Math.round(5 * noise(end, 3)), meanMs: 10 + noise(end, 4) }
  },
}

describe('a rule for traffic that halved or doubled', () => {
  const of = (stat: string) => `tars_baseline{of="calls", by="recent", stat="${stat}"}`
  const rule = `
    abs(now - on (callee, interface) median) > on (callee, interface) (0.5 * median)
    and on (callee, interface) abs(now - on (callee, interface) median) > on (callee, interface) (5 * mad)
    and on (callee, interface) median >= 100`
    .replaceAll('now', 'sum by (callee, interface) (sum_over_time(tars_calls[1m]))')
    .replaceAll('median', of('median'))
    .replaceAll('mad)', `${of('mad')})`)
  const since = (end: number) => end > NOON - 3 * MINUTE_MS
  const cases = [
    ['fires when it halves', (end: number) => (since(end) ? 58 : 120), true],
    ['fires when it doubles', (end: number) => (since(end) ? 260 : 120), true],
    ['is quiet while it goes on', (end: number) => 100 + 40 * noise(end), false],
    ['is quiet where it is always that wild', (end: number) => 20 + 400 * noise(end), false],
    ['is quiet where there is little', (end: number) => (since(end) ? 90 : 30), false],
  ] as const
  for (const [says, calls, fires] of cases) {
    it(says, async () => {
      const series = new TrafficSeries([{ tells: (end) => ({ calls: calls(end) }) }])
      await appendedAt(series, NOON)
      assert.equal(Object.keys(await series.instant(rule, NOON)).length, fires ? 1 : 0)
    })
  }

  it('is quiet while the environment is learning', async () => {
    const tells = (end: number) => ({ calls: since(end) ? 500 : 120 })
    const series = new TrafficSeries([{ tells }], NOON - 25 * MINUTE_MS)
    await appendedAt(series, NOON)
    assert.deepEqual(await series.instant(rule, NOON), {})
  })
})

describe('as time goes on', () => {
  it('baselines are there 4 min before their time, and stand until the next', async () => {
    const series = new TrafficSeries([steady])
    const baseliner = baselinerOf(series)
    for (let minute = 0; minute < 30; minute++) {
      const watermark = NOON + minute * MINUTE_MS
      baseliner.advance(ENVIRONMENT, watermark)
      await baseliner.idle()
      for (const ahead of [0, 10_000, 3 * MINUTE_MS, 4 * MINUTE_MS]) {
        assert.equal(Object.keys(await baselines(series, watermark + ahead)).length, 19)
      }
    }
  })

  it('each is what it would be if nothing had been read before', async () => {
    const reads = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(reads, async (minutes) => {
        const series = new TrafficSeries([noisy, { ...noisy, interface: 'set' }])
        const baseliner = baselinerOf(series)
        let watermark = NOON
        for (const each of minutes) {
          watermark += each * MINUTE_MS
          baseliner.advance(ENVIRONMENT, watermark)
          await baseliner.idle()
        }
        const anew = new TrafficSeries([noisy, { ...noisy, interface: 'set' }])
        await appendedAt(anew, watermark)
        const ahead = watermark + 4 * MINUTE_MS
        const found = await series.instant('tars_baseline', ahead)
        assert.deepEqual(found, await anew.instant('tars_baseline', ahead))
        assert.ok(Object.keys(found).length >= 24)
      }),
      { numRuns: 5 },
    )
  })

  it('little is read again: a refresh asks for the last minutes only', async () => {
    const series = new TrafficSeries([steady])
    const baseliner = baselinerOf(series)
    baseliner.advance(ENVIRONMENT, NOON)
    await baseliner.idle()
    const atFirst = series.queries
    baseliner.advance(ENVIRONMENT, NOON + 4 * MINUTE_MS)
    await baseliner.idle()
    assert.ok(series.queries - atFirst <= 10, `${series.queries - atFirst} queries`)
  })

  it('they are there again when the clock was set back by more than an hour', async () => {
    const series = new TrafficSeries([steady])
    const baseliner = baselinerOf(series)
    const appended: number[] = []
    for (const hours of [2, 1.5, 0]) {
      const before = series.count
      baseliner.advance(ENVIRONMENT, NOON + hours * HOUR_MS)
      await baseliner.idle()
      appended.push(series.count - before)
    }
    assert.deepEqual(
      appended.map((count) => count > 0),
      [true, false, true],
    )
  })

  it('minutes that came late count in the next', async () => {
    let isLate = true
    const tells = (end: number) => {
      const late = end > NOON - 19 * MINUTE_MS && end <= NOON - 5 * MINUTE_MS
      return late && isLate ? undefined : { calls: late ? 200 : (end / MINUTE_MS) % 2 ? 100 : 104 }
    }
    const series = new TrafficSeries([{ tells }], NOON - 2 * HOUR_MS)
    const baseliner = baselinerOf(series)
    baseliner.advance(ENVIRONMENT, NOON - 4 * MINUTE_MS)
    await baseliner.idle()
    isLate = false
    baseliner.advance(ENVIRONMENT, NOON)
    await baseliner.idle()
    const anew = new TrafficSeries([{ tells }], NOON - 2 * HOUR_MS)
    await appendedAt(anew, NOON)
    const ahead = NOON + 4 * MINUTE_MS
    assert.deepEqual(await baselines(series, ahead), await baselines(anew, ahead))
    assert.notDeepEqual(await baselines(series, NOON), await baselines(anew, NOON))
  })

  it('time that was lost is made up for 10 min back', async () => {
    const series = new TrafficSeries([steady])
    const baseliner = baselinerOf(series)
    for (const watermark of [NOON, NOON + 2 * HOUR_MS]) {
      baseliner.advance(ENVIRONMENT, watermark)
      await baseliner.idle()
    }
    const has = async (when: number) => Object.keys(await baselines(series, when)).length > 0
    const back = [10, 20, 40].map((minutes) => has(NOON + 2 * HOUR_MS - minutes * MINUTE_MS))
    assert.deepEqual(await Promise.all(back), [true, false, false])
  })

  it('a restart appends what was there, and that is no fault', async () => {
    const series = new TrafficSeries([noisy])
    await appendedAt(series, NOON)
    const before = await series.instant('tars_baseline', NOON)
    series.refused = [{ reason: 'duplicate', count: 3, first: '' }]
    const baseliner = baselinerOf(series)
    baseliner.advance(ENVIRONMENT, NOON)
    await baseliner.idle()
    assert.deepEqual(await series.instant('tars_baseline', NOON), before)
    assert.equal(baseliner.counters.refused, 0)
  })

  it('the zone of the environment says which minutes are the same', async () => {
    // The first day of winter time in New York.
    const morning = Date.parse('2026-11-02T09:30-05:00')
    const format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: 'America/New_York', hour: '2-digit', hourCycle: 'h23' },
    })
    const hour = (end: number) => Number(format.format(end - 1))
    const series = new TrafficSeries([{ tells: (end) => ({ calls: 10 * hour(end) }) }])
    const settings = calendarSchema.parse({ zone: 'America/New_York', holidays: 'none' })
    const baseliner = baselinerOf(series, { calendars: { calendar: async () => settings } })
    baseliner.advance(ENVIRONMENT, morning)
    await baseliner.idle()
    assert.equal((await medians(series, 'calls', morning))['by=day'], 90)
    assert.deepEqual(
      (await series.instant('tars_baseline_day', morning))['by=day'],
      Date.parse('2026-10-30T00:00-04:00') / 1000,
    )
  })
})

describe('trouble', () => {
  it('is told once, and what could not be appended is tried again', async () => {
    const told: unknown[] = []
    const log = { ...silentLog, warn: (what: unknown) => told.push(what) } as Log
    const series = new TrafficSeries([steady])
    const baseliner = baselinerOf(series, { log })
    series.fault = new Error('restarting')
    for (const seconds of [0, 10, 20]) {
      baseliner.advance(ENVIRONMENT, NOON + seconds * 1000)
      await baseliner.idle()
    }
    assert.deepEqual([told.length, series.count], [1, 0])
    series.fault = undefined
    baseliner.advance(ENVIRONMENT, NOON + 10 * MINUTE_MS)
    await baseliner.idle()
    assert.equal(Object.keys(await baselines(series)).length, 19)
  })

  it('that lasts is tried at longer and longer intervals', async () => {
    const series = new TrafficSeries([steady])
    series.fault = new Error('too much')
    const baseliner = baselinerOf(series)
    for (let seconds = 0; seconds <= 3600; seconds += 10) {
      baseliner.advance(ENVIRONMENT, NOON + seconds * 1000)
      await baseliner.idle()
    }
    assert.ok(series.queries > 10 && series.queries < 25, `${series.queries} queries`)
  })

  it('of too many pairs: those with most calls are kept, the others counted', async () => {
    const tellers = Array.from({ length: 6 }, (_, at): Teller => {
      return { interface: `f${at}`, tells: () => ({ calls: 10 * at }) }
    })
    const series = new TrafficSeries(tellers)
    const baseliner = baselinerOf(series, { maxPairs: 2 })
    baseliner.advance(ENVIRONMENT, NOON)
    await baseliner.idle()
    const found = await series.instant('group by (interface) (tars_baseline)', NOON)
    assert.deepEqual(Object.keys(found).sort(), ['interface=f4', 'interface=f5'])
    assert.ok(baseliner.counters.droppedPairs > 0)
  })

  it('of too many pairs: those that are silent now go first', async () => {
    const silent = (end: number) => (end < NOON - 3 * HOUR_MS ? { calls: 1000 } : undefined)
    const series = new TrafficSeries([steady, { interface: 'old', tells: silent }])
    const baseliner = baselinerOf(series, { maxPairs: 1 })
    baseliner.advance(ENVIRONMENT, NOON)
    await baseliner.idle()
    const found = await series.instant('group by (interface) (tars_baseline)', NOON)
    assert.deepEqual(Object.keys(found), ['interface=get'])
  })

  it('of refused samples: they are counted', async () => {
    const series = new TrafficSeries([steady])
    series.refused = [{ reason: 'series-limit', count: 2, first: '' }]
    const baseliner = baselinerOf(series)
    baseliner.advance(ENVIRONMENT, NOON)
    await baseliner.idle()
    assert.ok(baseliner.counters.refused >= 2)
  })

  it('of little memory: others are read anew, and are the same', async () => {
    const taken = async (maxBytes: number) => {
      const series = new TrafficSeries([noisy])
      const baseliner = baselinerOf(series, { maxBytes })
      for (const watermark of [NOON, NOON + 4 * MINUTE_MS]) {
        for (const environment of ['al-a', 'al-b']) {
          baseliner.advance(environment, watermark)
          await baseliner.idle()
        }
      }
      const found = await series.instant('tars_baseline', NOON + 8 * MINUTE_MS)
      return { found, queries: series.queries }
    }
    const [much, little] = [await taken(1e9), await taken(1)]
    assert.deepEqual(little.found, much.found)
    assert.ok(little.queries > 1.2 * much.queries, `${little.queries}, ${much.queries}`)
  })

  it('of an environment that is gone: nothing more is appended', async () => {
    const series = new TrafficSeries([steady])
    const baseliner = baselinerOf(series)
    baseliner.advance(ENVIRONMENT, NOON)
    baseliner.forget(ENVIRONMENT)
    await baseliner.stop()
    const { count } = series
    baseliner.advance(ENVIRONMENT, NOON + HOUR_MS)
    await baseliner.idle()
    assert.equal(series.count, count)
  })
})
