import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import type { Picture } from '../../../src/cloud/picture/picture.ts'
import { readPicture } from '../../../src/cloud/picture/read-picture.ts'
import { whatToDraw } from '../../../src/cloud/picture/what-to-draw.ts'
import type { Labels } from '../../../src/model/labels.ts'
import { parse } from '../../../src/promql/index.ts'
import { alertRow } from '../api/rows.ts'
import { DAY, FIRED, MINUTE, Recorded } from './support/recorded.ts'

const pay = { callee: 'Shop.Pay', interface: 'pay' }

function fired(rule: string, labels: Labels, change: Partial<Alert> = {}): Alert {
  return alertRow('al-1', FIRED, { rule, labels, annotations: {}, firedAt: FIRED, ...change })
}

function read(recorded: Recorded, alert: Alert, asOf: number, expr?: string) {
  const question = whatToDraw(alert, expr === undefined ? undefined : parse(expr))
  assert.ok(question)
  return readPicture(recorded, question, alert, asOf)
}

/** `17:31 320`, of a line. */
function said(picture: Picture | undefined, role: string, ...minutes: number[]) {
  const all = new Map(picture?.lines.find((line) => line.role === role)?.points)
  return minutes.map((minute) => all.get(FIRED + minute * MINUTE))
}

/** 100 calls a minute of two callers; 40 fail from two minutes before it fired. */
function failing(): Recorded {
  const recorded = new Recorded()
  for (const caller of ['Shop.Web', 'Shop.App']) {
    recorded.calls({ ...pay, caller }, FIRED - 90 * MINUTE, FIRED + 90 * MINUTE, (at) => {
      const isBad = at >= FIRED - 2 * MINUTE && at < FIRED + 30 * MINUTE
      return { calls: 50, failures: isBad ? 20 : 1, meanMs: isBad ? 80 : 20 }
    })
    const past = FIRED - DAY
    recorded.calls({ ...pay, caller }, past - 90 * MINUTE, past + 90 * MINUTE, () => {
      return { calls: 40, failures: 2 }
    })
  }
  // Told by the server, too: counted once.
  recorded.calls({ ...pay, side: 'server' }, FIRED - 90 * MINUTE, FIRED, () => ({ calls: 900 }))
  recorded.referenceDay()
  return recorded
}

describe('the picture of an alarm', () => {
  it('when it fired: the hour before, the calls, the same of the reference day', async () => {
    const picture = await read(failing(), fired('FailureRatio', pay), FIRED)
    assert.deepEqual([picture?.startMs, picture?.endMs], [FIRED - 60 * MINUTE, FIRED])
    assert.deepEqual(said(picture, 'now', -60, -10, 0), [2, 2, 40])
    assert.deepEqual(said(picture, 'calls', -60, 0), [100, 100])
    assert.deepEqual(said(picture, 'reference', -60, 0), [4, 4])
    assert.equal(picture?.referenceDay, '2026-11-19')
    assert.equal(picture?.resolvedAt, undefined)
  })

  const ends: [string, Partial<Alert>, number, number][] = [
    ['later: 15 minutes of what came', {}, 40, 15],
    ['as far as the data reach, in whole steps', {}, 7.9, 7],
    [
      'what is over is shown to its end and five minutes on',
      { resolvedAt: FIRED + 38 * MINUTE },
      90,
      43,
    ],
    ['of a long one the first three hours', { resolvedAt: FIRED + 900 * MINUTE }, 990, 180],
  ]
  for (const [sentence, change, asOf, end] of ends) {
    it(sentence, async () => {
      const alert = fired('FailureRatio', pay, change)
      const picture = await read(failing(), alert, FIRED + asOf * MINUTE)
      assert.equal(picture?.endMs, FIRED + end * MINUTE)
      const over = end < 180 ? change.resolvedAt : undefined
      assert.equal(picture?.resolvedAt, over)
    })
  }

  it('latency is that of the calls that did not fail', async () => {
    const picture = await read(failing(), fired('LatencyHigh', pay), FIRED + 5 * MINUTE)
    assert.deepEqual(said(picture, 'now', -30, 5), [20, 80])
  })

  it('few failures of many calls are drawn without the calls: they would be flat', async () => {
    const recorded = new Recorded()
    recorded.calls(pay, FIRED - 70 * MINUTE, FIRED, () => ({ calls: 1000, failures: 20 }))
    const picture = await read(recorded, fired('FailureRatio', pay), FIRED)
    assert.deepEqual(
      picture?.lines.map(({ role }) => role),
      ['now'],
    )
  })

  it('but those of a server that is down are: that they end is what happened', async () => {
    const recorded = new Recorded()
    recorded.calls(pay, FIRED - 70 * MINUTE, FIRED, () => ({ calls: 1000, failures: 20 }))
    const picture = await read(recorded, fired('ServiceDown', { callee: pay.callee }), FIRED)
    assert.deepEqual(
      picture?.lines.map(({ role }) => role),
      ['now', 'calls'],
    )
  })

  it('of what is younger than an hour it begins with the data, a quarter of an hour before at least', async () => {
    const starts = [35, 2].map(async (minutes) => {
      const recorded = new Recorded()
      recorded.calls(pay, FIRED - minutes * MINUTE, FIRED, () => ({ calls: 10 }))
      const picture = await read(recorded, fired('TrafficFluctuation', pay), FIRED)
      return picture && (FIRED - picture.startMs) / MINUTE
    })
    assert.deepEqual(await Promise.all(starts), [35, 15])
  })

  it('two points are no line: then there is none', async () => {
    const recorded = new Recorded()
    recorded.calls(pay, FIRED - MINUTE, FIRED, () => ({ calls: 10 }))
    assert.equal(await read(recorded, fired('TrafficFluctuation', pay), FIRED), undefined)
  })

  it('who has no client is told of by itself', async () => {
    const recorded = new Recorded()
    const served = { ...pay, side: 'server', span: '10s' }
    recorded.calls(served, FIRED - 70 * MINUTE, FIRED, () => ({ calls: 30 }))
    const picture = await read(recorded, fired('TrafficFluctuation', pay), FIRED)
    assert.deepEqual(said(picture, 'now', -5, 0), [30, 30])
  })

  it('what is usual is five deviations around the median, never below nothing', async () => {
    const recorded = failing()
    for (let at = FIRED - 90 * MINUTE; at <= FIRED; at += 4 * MINUTE) {
      const of = { __name__: 'tars_baseline', ...pay, of: 'failures', by: 'recent' }
      recorded.add({ ...of, stat: 'median' }, at, 2)
      recorded.add({ ...of, stat: 'mad' }, at, 1)
    }
    const picture = await read(recorded, fired('FailureRatio', pay), FIRED)
    assert.deepEqual(picture?.band.at(-1), { at: FIRED, low: 0, high: 7 })
  })

  it('notifies stand on the other errors of the service', async () => {
    const recorded = new Recorded()
    const event = { __name__: 'tars_notify_events', module: 'Shop.Pay', level: 'error' }
    for (const [minute, title, count] of [
      [-20, 'other', 1],
      [0, 'full', 3],
      [0, 'other', 2],
    ] as const) {
      recorded.add({ ...event, title }, FIRED + minute * MINUTE - 1, count)
    }
    const alert = fired('NotifyError', { module: 'Shop.Pay', level: 'error', title: 'full' })
    const picture = await read(recorded, alert, FIRED)
    assert.deepEqual(said(picture, 'now', -20, 0), [undefined, 3])
    assert.deepEqual(said(picture, 'others', -20, 0), [1, 2])
  })

  it('of another rule the series of the alert, and of no other', async () => {
    const recorded = new Recorded()
    for (const [host, used] of [
      ['a', 95],
      ['b', 20],
    ] as const) {
      for (let at = FIRED - 70 * MINUTE; at <= FIRED; at += MINUTE) {
        recorded.add({ __name__: 'disk', host }, at, used)
      }
    }
    const alert = fired('Disk', { alertname: 'Disk', severity: 'WARN', host: 'a' })
    const picture = await read(recorded, alert, FIRED, 'disk > 90')
    assert.deepEqual(said(picture, 'now', -30, 0), [95, 95])
    assert.equal(picture?.threshold, 90)
  })

  it('a threshold that people set is drawn instead of that of the rule', async () => {
    const recorded = failing()
    const set = { __name__: 'tars_threshold', rule: 'LatencyHigh', ...pay }
    recorded.add(set, FIRED - MINUTE, 60)
    const annotations = { threshold: '200', threshold_unit: 'ms' }
    const picture = await read(recorded, fired('LatencyHigh', pay, { annotations }), FIRED)
    assert.equal(picture?.threshold, 60)
  })

  it('so many times what is usual: as people set it, or as the rule has it', async () => {
    const annotations = { threshold: '1.7', threshold_unit: 'times' }
    const limits = [undefined, 3].map(async (set) => {
      const recorded = failing()
      const usual = { __name__: 'tars_baseline', ...pay, of: 'duration', by: 'recent' }
      recorded.add({ ...usual, stat: 'median' }, FIRED - MINUTE, 20)
      const people = { __name__: 'tars_threshold', rule: 'LatencyHigh', ...pay }
      if (set !== undefined) recorded.add(people, FIRED - MINUTE, set)
      return (await read(recorded, fired('LatencyHigh', pay, { annotations }), FIRED))?.threshold
    })
    assert.deepEqual(await Promise.all(limits), [34, 60])
  })

  it('while nobody knows what is usual there is no such threshold', async () => {
    const annotations = { threshold: '1.7', threshold_unit: 'times' }
    const picture = await read(failing(), fired('LatencyHigh', pay, { annotations }), FIRED)
    assert.equal(picture?.threshold, undefined)
  })

  it('without data there is none', async () => {
    assert.equal(await read(new Recorded(), fired('FailureRatio', pay), FIRED), undefined)
  })

  it('what it is compared with is left out where it cannot be read', async () => {
    const recorded = failing()
    recorded.instant = () => Promise.reject(new Error('too slow'))
    const picture = await read(recorded, fired('FailureRatio', pay), FIRED)
    assert.deepEqual(
      picture?.lines.map(({ role }) => role),
      ['now', 'calls'],
    )
  })
})
