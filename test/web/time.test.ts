import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ageText, durationText, instantText } from '../../src/web/time.ts'

const AT = Date.UTC(2026, 2, 2, 2)
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]

describe('times for people', () => {
  it('an instant is written in the zone of the viewer', () => {
    assert.equal(instantText(AT, 'Asia/Shanghai'), '2026-03-02 10:00:00')
    assert.equal(instantText(AT, 'America/New_York'), '2026-03-01 21:00:00')
  })

  const ages: [distanceMs: number, zh: string, en: string][] = [
    [0, '0秒钟前', '0 seconds ago'],
    [400, '0秒钟前', '0 seconds ago'],
    [-59 * SECOND, '59秒钟前', '59 seconds ago'],
    [-MINUTE, '1分钟前', '1 minute ago'],
    [-(3 * HOUR + 59 * MINUTE), '3小时前', '3 hours ago'],
    [-40 * DAY, '40天前', '40 days ago'],
    [45 * SECOND, '45秒钟后', 'in 45 seconds'],
    [365 * DAY, '365天后', 'in 365 days'],
  ]
  for (const [distanceMs, zh, en] of ages) {
    it(`${distanceMs} ms from now: ${en}`, () => {
      assert.equal(ageText(AT + distanceMs, AT, 'zh'), zh)
      assert.equal(ageText(AT + distanceMs, AT, 'en'), en)
    })
  }

  const durations: [lengthMs: number, zh: string, en: string][] = [
    [-1, '0秒', '0 sec'],
    [999, '0秒', '0 sec'],
    [5 * MINUTE, '5分钟', '5 min'],
    [16 * MINUTE + 40 * SECOND, '16分钟 40秒', '16 min 40 sec'],
    [2 * DAY + 3 * HOUR + 4 * MINUTE, '2天 3小时', '2 days 3 hr'],
  ]
  for (const [lengthMs, zh, en] of durations) {
    it(`${lengthMs} ms long: ${en}`, () => {
      assert.equal(durationText(lengthMs, 'zh'), zh)
      assert.equal(durationText(lengthMs, 'en'), en)
    })
  }
})
