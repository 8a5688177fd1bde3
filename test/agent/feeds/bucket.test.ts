import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  bucketEnds,
  endOf,
  hourTableOf,
  lastEnd,
  parseStamp,
  stampOf,
} from '../../../src/agent/feeds/bucket.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const CHINA = 8 * HOUR
const NEPAL = 5.75 * HOUR
const BRAZIL = -3 * HOUR

describe('the end of a bucket as the framework writes it', () => {
  const cases: [what: string, end: string, offsetMs: number, stamp: string, table: string][] = [
    ['within an hour', '2026-11-21T02:40Z', 0, '20261121 0240', '2026112102'],
    ['the first of an hour', '2026-11-21T02:05Z', 0, '20261121 0205', '2026112102'],
    [
      'a full hour is minute 60 of the one before',
      '2026-11-21T03:00Z',
      0,
      '20261121 0260',
      '2026112102',
    ],
    ['midnight ends the day before', '2026-11-22T00:00Z', 0, '20261121 2360', '2026112123'],
    ['the first of a day', '2026-11-22T00:05Z', 0, '20261122 0005', '2026112200'],
    ['midnight ends the year before', '2027-01-01T00:00Z', 0, '20261231 2360', '2026123123'],
    ['midnight ends 29 February', '2028-03-01T00:00Z', 0, '20280229 2360', '2028022923'],
    ['midnight in China', '2026-11-21T16:00Z', CHINA, '20261121 2360', '2026112123'],
    ['a morning in China', '2026-11-20T18:40Z', CHINA, '20261121 0240', '2026112102'],
    ['a full hour in Nepal', '2026-11-21T03:15Z', NEPAL, '20261121 0860', '2026112108'],
    ['an evening in Brazil', '2026-11-22T01:10Z', BRAZIL, '20261121 2210', '2026112122'],
    ['a minute of K8SFramework', '2026-11-21T02:41Z', 0, '20261121 0241', '2026112102'],
    ['a full hour of K8SFramework', '2026-11-21T03:00Z', 0, '20261121 0260', '2026112102'],
  ]
  for (const [what, end, offsetMs, text, table] of cases) {
    it(`${what}: ${end} is ${text}`, () => {
      const [date = '', tflag = ''] = text.split(' ')
      const stamp = { date, tflag }
      assert.deepEqual(stampOf(Date.parse(end), offsetMs), stamp)
      assert.equal(endOf(stamp, offsetMs), Date.parse(end))
      assert.equal(hourTableOf(stamp), table)
      assert.deepEqual(parseStamp(text), stamp)
    })
  }

  it('takes dates as MySQL writes them, and a full hour written plainly', () => {
    const at = Date.parse('2026-11-21T03:00Z')
    assert.equal(endOf({ date: '2026-11-21', tflag: '0260' }, 0), at)
    assert.equal(endOf({ date: '20261121', tflag: '0300' }, 0), at)
  })

  it('refuses what ends no bucket', () => {
    for (const text of ['', '20261121', '20261121 2400', '20261121 0261', '20260631 0005'])
      assert.equal(parseStamp(text), undefined, text)
    for (const text of ['20261121 240', '99999999999', 'NULL', '20261121 0240 x'])
      assert.equal(parseStamp(text), undefined, text)
    assert.throws(() => stampOf(1, 0), RangeError)
  })

  it('what is written is read back, in every zone and at every minute', () => {
    const minutes = fc.integer({ min: 0, max: 50_000_000 })
    const quarters = fc.integer({ min: -48, max: 56 })
    fc.assert(
      fc.property(minutes, quarters, (minute, quarter) => {
        const offsetMs = quarter * 15 * MINUTE
        const stamp = stampOf(minute * MINUTE, offsetMs)
        assert.match(stamp.tflag, /^([01]\d|2[0-3])(0[1-9]|[1-5]\d|60)$/)
        assert.equal(endOf(stamp, offsetMs), minute * MINUTE)
      }),
    )
  })

  it('later ends are written later: the text orders as the time does', () => {
    const minutes = fc.integer({ min: 0, max: 50_000_000 })
    const written = (minute: number) => Object.values(stampOf(minute * MINUTE, CHINA)).join(' ')
    fc.assert(
      fc.property(minutes, minutes, (a, b) => {
        assert.equal(a < b, written(a) < written(b))
      }),
    )
  })
})

describe('the buckets between two instants', () => {
  const at = (text: string) => Date.parse(`2026-11-21T${text}Z`)

  it('are those whose end is later than the first and not later than the second', () => {
    assert.equal(lastEnd(at('02:44:59.999'), 5 * MINUTE), at('02:40'))
    assert.equal(lastEnd(at('02:45'), 5 * MINUTE), at('02:45'))
    const ends = bucketEnds(at('02:40'), at('02:59'), 5 * MINUTE)
    assert.deepEqual(ends, [at('02:45'), at('02:50'), at('02:55')])
    assert.deepEqual(bucketEnds(at('02:40'), at('02:44'), 5 * MINUTE), [])
    assert.deepEqual(bucketEnds(at('02:40'), at('01:00'), 5 * MINUTE), [])
  })

  it('are at the most so many: the newest', () => {
    assert.deepEqual(bucketEnds(0, at('02:42'), MINUTE, 2), [at('02:41'), at('02:42')])
  })
})
