import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatDurationMs, parseBytes, parseDurationMs } from '../src/support/duration.ts'

describe('durations', () => {
  const cases = [
    ['0', 0],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['100ms', 100],
    ['', undefined],
    ['10', undefined],
    ['1s1m', undefined],
    ['-1s', undefined],
    ['1.5h', undefined],
  ] as const
  for (const [text, ms] of cases) {
    it(`'${text}' is ${ms} ms`, () => assert.equal(parseDurationMs(text), ms))
  }

  it('prints what it parses', () => {
    for (const text of ['10s', '1m30s', '1d', '10d', '2w', '1h', '100ms', '1y']) {
      assert.equal(formatDurationMs(parseDurationMs(text) ?? -1), text)
    }
  })
})

describe('sizes', () => {
  const cases = [
    ['0', 0],
    ['512', 512],
    ['10M', 10_485_760],
    ['1g', 1_073_741_824],
    ['10 M', undefined],
    ['', undefined],
    ['1T', undefined],
  ] as const
  for (const [text, bytes] of cases) {
    it(`'${text}' is ${bytes} bytes`, () => assert.equal(parseBytes(text), bytes))
  }
})
