/** What is to be done about the blocks of one environment. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  borderOfRaw,
  levelOf,
  nextMerge,
  nextRollUp,
  numberOf,
} from '../../../../src/cloud/series/flush/upkeep-plan.ts'

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS
/** Midnight. */
const D0 = 20_000 * DAY_MS

const levels = (...runs: readonly [level: number, count: number][]) =>
  runs.flatMap(([level, count]) => Array<number>(count).fill(level))

describe('twelve neighbours of one level become one of the next', () => {
  const cases: [name: string, levels: number[], plan: ReturnType<typeof nextMerge>][] = [
    ['none: there is no block', [], undefined],
    ['none: eleven are too few', levels([0, 11]), undefined],
    ['the first twelve', levels([0, 13]), { from: 0, to: 12, level: 0 }],
    ['those behind larger ones', levels([2, 1], [1, 3], [0, 12]), { from: 4, to: 16, level: 0 }],
    ['two hours to a day', levels([1, 12], [0, 3]), { from: 0, to: 12, level: 1 }],
    ['the oldest first', levels([1, 12], [0, 12]), { from: 0, to: 12, level: 1 }],
    ['none: days stay', levels([2, 40]), undefined],
    ['none: one between them cannot be read', levels([0, 6], [Infinity, 1], [0, 6]), undefined],
    ['those behind it', levels([0, 6], [Infinity, 1], [0, 12]), { from: 7, to: 19, level: 0 }],
    ['none: they are no neighbours', levels([0, 11], [1, 1], [0, 11]), undefined],
  ]
  for (const [name, given, plan] of cases) {
    it(name, () => assert.deepEqual(nextMerge(given), plan))
  }
})

describe('a day is rolled up when nothing of it is taken any more', () => {
  const block = (fromHour: number, toHour: number) => ({
    minMs: D0 + fromHour * HOUR_MS,
    maxMs: D0 + toHour * HOUR_MS,
  })
  const hours = (first: number, last: number) => ({
    startMs: D0 + first * HOUR_MS,
    endMs: D0 + last * HOUR_MS,
  })
  type Case = [
    name: string,
    given: readonly [rolledHour: number, newestHour: number, blocks: ReturnType<typeof block>[]],
    plan: ReturnType<typeof hours> | undefined,
  ]
  const cases: Case[] = [
    ['nothing: there are no rows', [-Infinity, 100, []], undefined],
    ['not before 26 h have passed', [-Infinity, 49.99, [block(1, 49)]], undefined],
    ['then: from the first hour with rows', [-Infinity, 50, [block(1.5, 49)]], hours(2, 24)],
    ['a row at the end of an hour is of that hour', [-Infinity, 50, [block(2, 49)]], hours(2, 24)],
    ['one right behind it of the next', [-Infinity, 50, [block(2.001, 49)]], hours(3, 24)],
    ['by the oldest of the blocks', [-Infinity, 60, [block(9, 59), block(3.5, 9)]], hours(4, 24)],
    ['a row at midnight is of the day before', [-Infinity, 50, [block(24, 49)]], hours(24, 24)],
    ['the next day goes on where the last ended', [24, 74, [block(1, 73)]], hours(25, 48)],
    ['and not twice', [24, 73.9, [block(1, 73)]], undefined],
    ['one day at a time', [-Infinity, 500, [block(1.5, 499)]], hours(2, 24)],
    ['days without rows are not gone through', [24, 500, [block(100.5, 499)]], hours(101, 120)],
  ]
  for (const [name, [rolled, newest, blocks], plan] of cases) {
    it(name, () => {
      const found = nextRollUp(D0 + rolled * HOUR_MS, blocks, D0 + newest * HOUR_MS)
      assert.deepEqual(found, plan)
    })
  }
})

describe('hours take the place of raw rows', () => {
  const cases: [name: string, rolledHour: number, newestHour: number, border: number][] = [
    ['not before there are any', -Infinity, 500, -Infinity],
    ['up to the retention, in whole hours', 200, 292.7, 100],
    ['no further than they go', 48, 292.7, 48],
  ]
  for (const [name, rolled, newest, border] of cases) {
    it(name, () => {
      const retentionMs = 8 * DAY_MS
      const found = borderOfRaw(D0 + rolled * HOUR_MS, D0 + newest * HOUR_MS, retentionMs)
      assert.equal(found, D0 + border * HOUR_MS)
    })
  }
})

it('a name tells number and level', () => {
  assert.deepEqual([numberOf('000000000012-1.block'), levelOf('000000000012-1.block')], [12, 1])
})
