import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  appOf,
  placeOf,
  type Threshold,
  type ThresholdUnit,
  typedOf,
  typedValue,
  valueAt,
} from '../../src/web/thresholds.ts'

const UNITS: readonly ThresholdUnit[] = ['ratio', 'ms', 'calls', 'times', 'count']

describe('a threshold as it is typed', () => {
  const cases: [string, ThresholdUnit, number | undefined][] = [
    ['20', 'ratio', 0.2],
    [' 12.5% ', 'ratio', 0.125],
    ['0.07', 'ratio', 0.0007],
    ['250', 'ms', 250],
    ['-3', 'count', -3],
    ['', 'ms', undefined],
    ['%', 'ratio', undefined],
    ['viel', 'ms', undefined],
    ['1e400', 'ms', undefined],
  ]
  for (const [typed, unit, value] of cases) {
    it(`${JSON.stringify(typed)} of ${unit} is ${value}`, () => {
      assert.equal(typedValue(typed, unit), value)
    })
  }

  it('is the same after it was shown, to ten digits', () => {
    const amount = fc.double({ min: -1e9, max: 1e9, noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(amount, fc.constantFrom(...UNITS), (value, unit) => {
        const again = typedValue(typedOf(value, unit), unit) ?? Number.NaN
        assert.ok(Math.abs(again - value) <= Math.abs(value) * 1e-9)
      }),
    )
  })

  it('percent have no digits that nobody typed', () => {
    assert.deepEqual(
      [0.07, 0.29, 0.575].map((value) => typedOf(value, 'ratio')),
      ['7', '29', '57.5'],
    )
    assert.equal(typedOf(undefined, 'ms'), '')
  })
})

describe('the place of a threshold', () => {
  const server = { level: 'server', server: 'App.A', rule: 'R', value: 1 } as const
  const all: Threshold[] = [
    { level: 'global', rule: 'R', value: 4 },
    { level: 'app', app: 'App', rule: 'R', value: 3 },
    { ...server, value: 2 },
    { ...server, level: 'interface', interface: 'f', value: 1 },
    { ...server, rule: 'Other', value: 9 },
  ]

  it('has the value that is set there, of that rule', () => {
    const values = all.map((one) => valueAt(all, one.rule, placeOf(one)))
    assert.deepEqual(values, [4, 3, 2, 1, 9])
    assert.equal(valueAt(all, 'R', { level: 'server', server: 'App.B' }), undefined)
    assert.equal(valueAt(all, 'Other', { level: 'global' }), undefined)
  })

  it('of a server is in its app', () => {
    assert.deepEqual(['App.A', 'App.A.Obj', 'odd'].map(appOf), ['App', 'App', ''])
  })
})
