import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ReportIntervals } from '../../../src/agent/feeds/report-interval.ts'

/** The span in seconds that each packet is taken to be of; `packets`: when they come, in seconds. */
function spans(packets: readonly number[]): string {
  const intervals = new ReportIntervals()
  return packets
    .map((at) => intervals.heard('App.Server', '10.0.0.1:4711', at * 1000) / 1000)
    .join(' ')
}

describe('the report interval of a reporter', () => {
  const cases: [name: string, packets: readonly number[], spans: string][] = [
    ['unknown is a minute', [0], '60'],
    ['two ticks 10 s apart settle it', [0, 10, 20], '60 10 10'],
    ['every minute stays a minute', [0, 60, 120, 180], '60 60 60 60'],
    ['packets within 3 s are one tick', [0, 0.5, 2.9, 10, 11], '60 60 60 10 10'],
    ['every third tick on this connection: two gaps', [0, 30, 60], '60 60 10'],
    ['one missed report changes nothing', [0, 10, 20, 70, 80], '60 10 10 10 10'],
    ['two long gaps in a row make it a minute', [0, 10, 70, 130, 190], '60 10 10 60 60'],
    ['a long gap, then a short one, then a long one: no', [0, 10, 70, 80, 140], '60 10 10 10 10'],
    ['a minute becomes 10 s after two short gaps', [0, 60, 70, 80, 90], '60 60 60 10 10'],
    ['a clock set back tells nothing', [100, 0, 10, 20], '60 60 10 10'],
  ]
  for (const [name, packets, expected] of cases) {
    it(name, () => assert.equal(spans(packets), expected))
  }

  it('each module behind each address learns for itself', () => {
    const intervals = new ReportIntervals()
    for (const at of [0, 10_000]) intervals.heard('A', 'x:1', at)
    assert.equal(intervals.heard('A', 'x:1', 20_000), 10_000)
    assert.equal(intervals.heard('B', 'x:1', 20_000), 60_000)
    assert.equal(intervals.heard('A', 'x:2', 20_000), 60_000)
  })

  it('forgets who was silent longest when there are too many', () => {
    const intervals = new ReportIntervals(2)
    for (const at of [0, 10_000]) for (const peer of ['a', 'b']) intervals.heard('M', peer, at)
    intervals.heard('M', 'a', 20_000)
    intervals.heard('M', 'c', 20_000)
    assert.equal(intervals.size, 2)
    assert.equal(intervals.heard('M', 'a', 20_001), 10_000)
    assert.equal(intervals.heard('M', 'b', 20_001), 60_000)
  })
})
