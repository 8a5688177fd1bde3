import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatFloat } from '../../../../src/cloud/rules/template/go-text.ts'
import * as human from '../../../../src/cloud/rules/template/humanize.ts'

/** Inputs and outputs of prometheus template_test.go, and Go's corner cases. */
const TABLES: readonly [
  string,
  (value: number) => string,
  readonly (readonly [number, string])[],
][] = [
  [
    'humanize',
    human.humanize,
    [
      [0, '0'],
      [-1, '-1'],
      [1234567, '1.235M'],
      [0.12, '120m'],
      [2 ** 63, '9.223E'],
      [999.96, '1000'],
      [1e30, '1e+06Y'],
      [1e-30, '1e-06y'],
      [Infinity, '+Inf'],
      [-Infinity, '-Inf'],
      [Number.NaN, 'NaN'],
    ],
  ],
  [
    'humanize1024',
    human.humanize1024,
    [
      [0, '0'],
      [1, '1'],
      [1048576, '1Mi'],
      [0.12, '0.12'],
      [1234567, '1.177Mi'],
      [2 ** 63, '8Ei'],
      [Infinity, '+Inf'],
    ],
  ],
  [
    'humanizeDuration',
    human.humanizeDuration,
    [
      [0, '0s'],
      [1, '1s'],
      [60, '1m 0s'],
      [3600, '1h 0m 0s'],
      [86400 + 3600, '1d 1h 0m 0s'],
      [-(86400 * 2 + 3600 * 3 + 60 * 4 + 5), '-2d 3h 4m 5s'],
      [899.99, '14m 59s'],
      [0.1, '100ms'],
      [0.0001, '100us'],
      [0.12345, '123.5ms'],
      [60.5, '1m 0s'],
      [1.2345, '1.234s'],
      [12.345, '12.35s'],
      [Number.NaN, 'NaN'],
    ],
  ],
  [
    'humanizePercentage',
    human.humanizePercentage,
    [
      [-0.22222, '-22.22%'],
      [0, '0%'],
      [0.1234567, '12.35%'],
      [1.23456, '123.5%'],
      [1234567, '1.235e+08%'],
    ],
  ],
  [
    'humanizeTimestamp',
    human.humanizeTimestamp,
    [
      [0, '1970-01-01 00:00:00 +0000 UTC'],
      [-1, '1969-12-31 23:59:59 +0000 UTC'],
      [9223372036, '2262-04-11 23:47:16 +0000 UTC'],
      [1435065584.128, '2015-06-23 13:19:44.128 +0000 UTC'],
      [Infinity, '+Inf'],
    ],
  ],
  [
    '%v of a float',
    (value) => formatFloat(value, 'g', -1),
    [
      [123456, '123456'],
      [1234567, '1.234567e+06'],
      [1e21, '1e+21'],
      [0.0001, '0.0001'],
      [0.00001, '1e-05'],
      [-0, '-0'],
      [0.1 + 0.2, '0.30000000000000004'],
    ],
  ],
  [
    '%.0f rounds half to even',
    (value) => formatFloat(value, 'f', 0),
    [
      [0.5, '0'],
      [1.5, '2'],
      [2.5, '2'],
      [-2.5, '-2'],
      [2.50001, '3'],
    ],
  ],
]

for (const [name, show, rows] of TABLES) {
  describe(name, () => {
    for (const [value, expected] of rows) {
      it(`${value} is ${expected}`, () => assert.equal(show(value), expected))
    }
  })
}
