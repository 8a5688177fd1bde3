import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PromqlError, parseMetric, parseSeries } from '../../src/promql/index.ts'

describe('the notation of series', () => {
  const sequences: [string, (number | 'stale' | undefined)[]][] = [
    ['1 2 -3', [1, 2, -3]],
    ['1+2x3', [1, 3, 5, 7]],
    ['-2-3x2', [-2, -5, -8]],
    ['4x2', [4, 4, 4]],
    ['0x2', [0, 0, 0]],
    ['1 _ 2', [1, undefined, 2]],
    ['_x3 1', [undefined, undefined, undefined, 1]],
    ['1 stale', [1, 'stale']],
    ['1e3 .5 Inf -Inf', [1000, 0.5, Infinity, -Infinity]],
    ['NaN', [Number.NaN]],
    ['', []],
  ]
  for (const [text, values] of sequences) {
    it(`${text} → ${values.length} values`, () => {
      assert.deepEqual(parseSeries(`up{job="a"} ${text}`), {
        labels: { __name__: 'up', job: 'a' },
        values,
      })
    })
  }

  it('adds step by step, as Prometheus does', () => {
    assert.deepEqual(parseSeries('x 0+0.1x3').values, [0, 0.1, 0.2, 0.1 + 0.1 + 0.1])
  })

  it('knows what it does not have', () => {
    assert.equal(parseSeries('x {{count:1}}').outside, 'native histograms')
  })

  const metrics: [string, Record<string, string>][] = [
    ['up', { __name__: 'up' }],
    ['', {}],
    ['{}', {}],
    ['{"a b", c="d",}', { __name__: 'a b', c: 'd' }],
    ['a:b{c=\'"\', d=`\\`, e=""}', { __name__: 'a:b', c: '"', d: '\\' }],
  ]
  for (const [text, labels] of metrics) {
    it(`metric ${text}`, () => assert.deepEqual(parseMetric(text), labels))
  }

  for (const wrong of [
    'up{',
    'up{a="b"',
    'up{a="b" c="d"}',
    'up 1 two',
    'up 1x99999999999',
    '1up',
  ]) {
    it(`refuses ${wrong}`, () => assert.throws(() => parseSeries(wrong), PromqlError))
  }
  it('refuses more than a metric', () => assert.throws(() => parseMetric('up 1'), PromqlError))
})
