import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { corrected, NO_CORRECTION, SkewMeter } from '../../../src/agent/uplink/skew.ts'

describe('by how much the clock is put right', () => {
  const cases: [name: string, measuredMs: number[], appliedMs: number[]][] = [
    ['a clock that is right is left alone', [0, 900, -2_000, 2_000], [0, 0, 0, 0]],
    ['a single odd measurement changes nothing', [5_000, 0, 5_000, 0], [0, 0, 0, 0]],
    ['two in a row do, to the second of them', [5_000, 5_400, 5_300], [0, 5_400, 5_400]],
    ['also backwards', [-9_000, -9_000], [0, -9_000]],
    [
      'what is near the correction changes nothing',
      [4_000, 4_000, 5_900, 2_100],
      [0, 4e3, 4e3, 4e3],
    ],
    [
      'nor does a skew that is just about tolerated',
      [2_100, 2_100, 1_900, 1_900],
      [0, 2100, 2100, 2100],
    ],
    [
      'a clock that somebody put right is left alone again',
      [6_000, 6_000, 100, 90],
      [0, 6e3, 6e3, 0],
    ],
    ['a drift is followed in steps', [3_000, 3_000, 5_100, 5_200], [0, 3e3, 3e3, 5_200]],
  ]
  for (const [name, measured, applied] of cases) {
    it(name, () => {
      let correction = NO_CORRECTION
      const all = measured.map((each) => {
        correction = corrected(correction, each)
        return correction.appliedMs
      })
      assert.deepEqual(all, applied)
    })
  }
})

describe('the skew', () => {
  it('is measured against the middle of the way there and back', () => {
    const meter = new SkewMeter()
    assert.equal(meter.offsetMs, undefined)
    meter.measure(1_000, 1_400, 6_200)
    assert.equal(meter.offsetMs, 5_000)
  })

  it('is put right with the first measurement, later with the second in a row', () => {
    const meter = new SkewMeter()
    const applied = [300_000, 0, 0, 0, 0].map((offset) => {
      meter.measure(0, 0, offset)
      return meter.correctionMs
    })
    assert.deepEqual(applied, [300_000, 300_000, 0, 0, 0])
  })

  it('is the median of the last five', () => {
    const meter = new SkewMeter()
    for (const offset of [90_000, 10, 20, 30, 40, 50]) meter.measure(0, 0, offset)
    assert.equal(meter.offsetMs, 30)
  })

  it('is not measured where the answer took 2 s, or the clock went back meanwhile', () => {
    const meter = new SkewMeter()
    meter.measure(0, 2_000, 9_000)
    meter.measure(5_000, 1_000, 9_000)
    assert.equal(meter.offsetMs, undefined)
    meter.measure(0, 1_999, 9_000)
    assert.equal(meter.offsetMs, 8_001)
  })
})
