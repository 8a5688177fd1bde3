import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { exponentText, floatText, momentText } from '../../../../src/cloud/doors/prometheus/json.ts'
import {
  goTime,
  MAX_TIME,
  MIN_TIME,
  parseMoment,
  parseSpanMs,
} from '../../../../src/cloud/doors/prometheus/moment.ts'

describe('a time', () => {
  const cases: [text: string, ms: number | undefined][] = [
    ['0', 0],
    ['1772416800.4375', 1_772_416_800_438],
    ['-1.5', -1500],
    ['.5', 500],
    ['1e3', 1_000_000],
    ['+7', 7000],
    ['1970-01-01T00:00:01Z', 1000],
    ['1970-01-01T00:00:00.0019Z', 1],
    ['1970-01-01T00:00:00,25Z', 250],
    ['1970-01-01T08:00:00+08:00', 0],
    ['1969-12-31T19:30:00-04:30', 0],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['-292273086-05-16T16:47:06Z', MIN_TIME],
    ['292277025-08-18T07:12:54.999999999Z', MAX_TIME],
    ['', undefined],
    ['now', undefined],
    ['NaN', undefined],
    ['1,5', undefined],
    ['1e30', undefined],
    ['2023-02-29T00:00:00Z', undefined],
    ['1900-02-29T00:00:00Z', undefined],
    ['2024-13-01T00:00:00Z', undefined],
    ['2024-01-01T24:00:00Z', undefined],
    ['2024-01-01T00:60:00Z', undefined],
    ['2024-01-01T00:00:00', undefined],
    ['2024-01-01T00:00:00+24:00', undefined],
    ['2024-01-01 00:00:00Z', undefined],
    ['2024-01-01', undefined],
  ]
  for (const [text, ms] of cases) {
    it(`"${text}" is ${ms ?? 'none'}`, () => assert.equal(parseMoment(text), ms))
  }

  it('as Go writes it is read again', () => {
    const instants = fc.integer({ min: 0, max: 4e12 })
    fc.assert(fc.property(instants, (ms) => parseMoment(goTime(ms)) === ms))
    assert.equal(goTime(1000), '1970-01-01T00:00:01Z')
    assert.equal(goTime(1500), '1970-01-01T00:00:01.5Z')
    assert.equal(goTime(undefined), '0001-01-01T00:00:00Z')
  })

  it('in an answer is read again, in seconds', () => {
    const instants = fc.integer({ min: -4e12, max: 4e12 })
    fc.assert(fc.property(instants, (ms) => Math.round(Number(momentText(ms)) * 1000) === ms))
    assert.deepEqual([0, 5, 1500, -5, -1500, 2000].map(momentText), [
      ...['0', '0.005', '1.500', '-0.005', '-1.500', '2'],
    ])
  })
})

describe('a duration', () => {
  const cases: [text: string, ms: number | RegExp][] = [
    ['15', 15_000],
    ['0.25', 250],
    ['-1', -1000],
    ['1h30m', 5_400_000],
    ['100ms', 100],
    ['0', 0],
    ['1e30', /overflows int64/],
    ['-1e30', /overflows int64/],
    ['', /cannot parse "" to a valid duration/],
    ['-5m', /cannot parse "-5m"/],
    ['5m1h', /cannot parse/],
    ['Inf', /cannot parse/],
  ]
  for (const [text, expected] of cases) {
    it(`"${text}" is ${expected}`, () => {
      const parsed = parseSpanMs(text)
      if (typeof expected === 'number') assert.equal(parsed, expected)
      else assert.match(String(parsed), expected)
    })
  }
})

describe('a float', () => {
  const cases: [value: number, plain: string, exponent: string][] = [
    [0, '0', '0e+00'],
    [-0, '-0', '-0e+00'],
    [1, '1', '1e+00'],
    [-2.5, '-2.5', '-2.5e+00'],
    [1e-6, '0.000001', '1e-06'],
    [9.99e-7, '9.99e-07', '9.99e-07'],
    [1e-300, '1e-300', '1e-300'],
    [123456789012345680000, '123456789012345680000', '1.2345678901234568e+20'],
    [1e21, '1e+21', '1e+21'],
    [Number.NaN, 'NaN', 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf', '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf', '-Inf'],
  ]
  for (const [value, plain, exponent] of cases) {
    it(`${plain} is written as Go does`, () => {
      assert.deepEqual([floatText(value), exponentText(value)], [plain, exponent])
    })
  }

  it('is read again, bit for bit', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(fc.property(finite, (value) => Object.is(Number(floatText(value)), value)))
  })
})
