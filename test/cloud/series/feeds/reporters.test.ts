import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ReporterId, Reporters } from '../../../../src/cloud/series/feeds/reporters.ts'

const MIN = 60_000
const BUCKET = 5 * MIN
const WINDOW = 10_000
const id: ReporterId = { kind: 'client', module: 'App.GateServer', ip: '10.0.0.1' }
const other: ReporterId = { ...id, ip: '10.0.0.2' }

/** Heard in the window that ends at `endMs`. */
function hear(reporters: Reporters, endMs: number, who = id, intervalMs = WINDOW): boolean {
  return reporters.heard(who, { fromMs: endMs - WINDOW, toMs: endMs }, intervalMs)
}

/** Polled for the bucket that ends at `endMs`. */
function poll(reporters: Reporters, endMs: number, who = id): boolean {
  return reporters.polled(who, { fromMs: endMs - BUCKET, toMs: endMs })
}

describe('for one reporter and one span one feed counts', () => {
  it('what is heard counts at once while nobody polls', () => {
    assert.equal(hear(new Reporters(), 2 * MIN), true)
  })

  it('what is polled counts while nothing is heard, also when it is read again', () => {
    const reporters = new Reporters()
    assert.deepEqual(
      [BUCKET, 2 * BUCKET, BUCKET, 2 * BUCKET].map((end) => poll(reporters, end)),
      [true, true, true, true],
    )
  })

  it('heard from the first polled bucket that begins after its first report', () => {
    const reporters = new Reporters()
    poll(reporters, BUCKET)
    const first = BUCKET + 2 * MIN
    assert.equal(hear(reporters, first), false, 'the bucket it began in is polled')
    assert.equal(hear(reporters, first), false, 'another row of the same window')
    assert.equal(hear(reporters, 2 * BUCKET), false)
    assert.equal(poll(reporters, 2 * BUCKET), true)
    assert.equal(hear(reporters, 2 * BUCKET + WINDOW), true)
    assert.equal(poll(reporters, 3 * BUCKET), false)
  })

  it('of too many reporters the one that was silent longest is forgotten', () => {
    const reporters = new Reporters(2)
    poll(reporters, BUCKET)
    for (const end of [2 * BUCKET, 2 * BUCKET + WINDOW]) hear(reporters, end)
    hear(reporters, 2 * BUCKET, other)
    hear(reporters, 2 * BUCKET + 2 * WINDOW)
    hear(reporters, 2 * BUCKET + 2 * WINDOW, { ...id, ip: '10.0.0.3' })
    assert.equal(hear(reporters, 2 * BUCKET + 3 * WINDOW), true, 'it goes on being heard')
    assert.deepEqual(
      reporters
        .list(9)
        .map(({ ip }) => ip)
        .sort(),
      ['10.0.0.1', '10.0.0.3'],
    )
  })

  it('polled again from the first bucket that begins after three silent report intervals', () => {
    const reporters = new Reporters()
    for (let end = WINDOW; end <= BUCKET + 4 * MIN; end += WINDOW) hear(reporters, end, id, MIN)
    // Silent from 9:00 on: three intervals end at 12:00, the next bucket begins at 15:00.
    assert.deepEqual(
      [2, 3, 4].map((bucket) => poll(reporters, bucket * BUCKET)),
      [false, false, true],
    )
  })

  it('heard again in the bucket in which the silence grew too long: nothing is lost', () => {
    const reporters = new Reporters()
    poll(reporters, BUCKET)
    const heard = [7, 14, 21, 28, 35, 42].map((minute) => {
      const end = minute * MIN
      const bucketEnd = Math.ceil(end / BUCKET) * BUCKET
      const counts = [hear(reporters, end, id, MIN), poll(reporters, bucketEnd)]
      return counts.filter(Boolean).length
    })
    assert.deepEqual(heard, [1, 1, 1, 1, 1, 1])
  })

  it('a bucket that was decided stays: what comes late does not count beside it', () => {
    const reporters = new Reporters()
    hear(reporters, WINDOW)
    assert.equal(poll(reporters, 2 * BUCKET), true)
    for (let end = 2 * WINDOW; end <= 2 * BUCKET; end += WINDOW) {
      assert.equal(hear(reporters, end), end <= BUCKET, `${end}`)
    }
  })

  it('each reporter for itself; folded addresses stand for all of them', () => {
    const reporters = new Reporters()
    hear(reporters, WINDOW)
    assert.equal(poll(reporters, BUCKET), false)
    assert.equal(poll(reporters, BUCKET, other), true)
    const folded = { ...id, module: 'App.OrderServer', ip: '*' }
    for (const end of [BUCKET, BUCKET + WINDOW]) hear(reporters, end, folded)
    assert.equal(poll(reporters, 2 * BUCKET, { ...folded, ip: '10.0.0.3' }), false)
    assert.equal(poll(reporters, 2 * BUCKET, other), true)
  })

  it('never both, whatever comes in which order', () => {
    const arrivals = fc.array(
      fc.record({
        isHeard: fc.boolean(),
        at: fc.integer({ min: 1, max: 240 }),
        lateBy: fc.integer({ min: 0, max: 60 }),
      }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(arrivals, (all) => {
        const reporters = new Reporters()
        const heardIn = new Set<number>()
        const polledIn = new Set<number>()
        for (const { isHeard, at } of all.sort((a, b) => a.at + a.lateBy - b.at - b.lateBy)) {
          const bucket = Math.ceil((at * WINDOW) / BUCKET)
          if (isHeard) {
            if (hear(reporters, at * WINDOW)) heardIn.add(bucket)
          } else if (poll(reporters, bucket * BUCKET)) polledIn.add(bucket)
        }
        for (const bucket of polledIn) assert.ok(!heardIn.has(bucket), `bucket ${bucket} twice`)
      }),
    )
  })
})

describe('the choice is visible', () => {
  it('with the feed that counts, since when, and when it reported last', () => {
    const reporters = new Reporters()
    poll(reporters, BUCKET)
    poll(reporters, BUCKET, other)
    for (let end = BUCKET + MIN; end < 2 * BUCKET; end += WINDOW) hear(reporters, end)
    poll(reporters, 2 * BUCKET)
    assert.deepEqual(reporters.list(10), [
      { ...id, feed: 'polled', sinceMs: 0, heardAt: 2 * BUCKET },
      { ...other, feed: 'polled', sinceMs: 0, heardAt: BUCKET },
    ])
    hear(reporters, 2 * BUCKET + WINDOW)
    assert.equal(poll(reporters, 3 * BUCKET), false)
    const [first] = reporters.list(1)
    assert.equal(first?.feed, 'subscribe')
    assert.equal(first?.sinceMs, 2 * BUCKET)
  })
})
