/** Pictures as plain data, one of each kind. */
import type { Picture, Point } from '../../../../src/cloud/picture/picture.ts'
import { FIRED, MINUTE } from './recorded.ts'

/** A point a minute from an hour before to `minutes` after it fired. */
export function points(value: (minute: number) => number, minutes = 15): Point[] {
  return Array.from({ length: 61 + minutes }, (_, n) => [FIRED + (n - 60) * MINUTE, value(n - 60)])
}

export function band(low: number, high: number, minutes = 15): Picture['band'] {
  return points(() => 0, minutes).map(([at]) => ({ at, low, high }))
}

const frame = {
  startMs: FIRED - 60 * MINUTE,
  endMs: FIRED + 15 * MINUTE,
  stepMs: MINUTE,
  firedAt: FIRED,
}

/** Something that varies, the same each time. */
const varied = (minute: number) => (((minute * 7919) % 13) + 13) % 13

export const FAILING: Picture = {
  ...{ ...frame, measure: 'failures', unit: 'perMinute', referenceDay: '2026-11-19' },
  resolvedAt: FIRED + 11 * MINUTE,
  lines: [
    { role: 'now', points: points((at) => (at < -2 || at > 10 ? 3 : 320) + varied(at)) },
    { role: 'calls', points: points((at) => 1000 + 4 * varied(at)) },
    { role: 'reference', points: points((at) => 2 + varied(at + 3) / 3) },
  ],
  band: band(0, 18),
}

export const SLOW: Picture = {
  ...{ ...frame, measure: 'duration', unit: 'ms', referenceDay: '2026-11-19' },
  endMs: FIRED,
  lines: [
    { role: 'now', points: points((at) => (at < -4 ? 84 : 318) + varied(at), 0) },
    { role: 'reference', points: points((at) => 78 + varied(at + 5), 0) },
  ],
  band: band(60, 118, 0),
  threshold: 200,
}

export const NOTIFIED: Picture = {
  ...{ ...frame, measure: 'events', unit: 'perMinute', band: [] },
  lines: [
    {
      role: 'now',
      points: [
        [FIRED, 3],
        [FIRED + 2 * MINUTE, 2],
      ],
    },
    {
      role: 'others',
      points: [
        [FIRED - 40 * MINUTE, 1],
        [FIRED, 2],
      ],
    },
  ],
}

export const RATIO: Picture = {
  ...{ ...frame, measure: 'value', unit: 'ratio', band: [] },
  lines: [{ role: 'now', points: points((at) => (at < -5 ? 0.012 : 0.352)) }],
  threshold: 0.2,
}
