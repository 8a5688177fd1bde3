import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  cutAboveEnd,
  cutBytes,
  oneLine,
} from '../../../../src/cloud/notify/channels/bounded-text.ts'
import { localTime } from '../../../../src/cloud/notify/channels/local-time.ts'
import { headlineRows } from '../../../../src/cloud/notify/channels/news.ts'
import { durationText, WORDS } from '../../../../src/cloud/notify/channels/words.ts'
import { AT, alert, change } from '../support/nouns.ts'

describe('cutBytes', () => {
  const cases: [string, string, number, string][] = [
    ['leaves alone what fits', '告警', 6, '告警'],
    ['cuts and says so', 'abcdef', 5, 'ab…'],
    ['never splits a character', '告警告警', 8, '告…'],
    ['never splits a pair', '🔥🔥🔥', 8, '🔥…'],
    ['has room for nothing but the sign', 'abcdef', 3, '…'],
    ['has no room for the sign', 'abcdef', 2, ''],
  ]
  for (const [name, text, maxBytes, expected] of cases) {
    it(name, () => assert.equal(cutBytes(text, maxBytes), expected))
  }
})

describe('cutAboveEnd', () => {
  const cases: [string, string, number, string][] = [
    ['leaves alone what fits', '告警\n\n链接', 14, '告警\n\n链接'],
    ['keeps the last paragraph', '告警告警\n\nend', 12, '告…\n\nend'],
    ['cuts an end that takes more than half', 'abcdef\n\nlong end', 12, 'abcdef\n\nl…'],
    ['cuts where there is but one paragraph', 'abcdef', 5, 'ab…'],
  ]
  for (const [name, text, maxBytes, expected] of cases) {
    it(name, () => assert.equal(cutAboveEnd(text, maxBytes), expected))
  }
})

it('oneLine lets nobody turn round what follows', () => {
  assert.equal(oneLine('pay\u202edliaf\u2066 \u2069ok'), 'paydliaf ok')
})

it('oneLine joins lines and drops control characters', () => {
  assert.equal(oneLine(' a\r\n\tb\u0007\u2029c '), 'a b c')
})

describe('localTime', () => {
  const cases: [string, number, string, string][] = [
    ['Asia/Shanghai', AT, '2022-08-10 10:05:06', 'Asia/Shanghai (UTC+8)'],
    ['Asia/Kolkata', AT, '2022-08-10 07:35:06', 'Asia/Kolkata (UTC+5:30)'],
    ['Europe/Berlin', AT, '2022-08-10 04:05:06', 'Europe/Berlin (UTC+2)'],
    ['Europe/Berlin', AT + 120 * 86_400_000, '2022-12-08 03:05:06', 'Europe/Berlin (UTC+1)'],
    ['America/New_York', AT, '2022-08-09 22:05:06', 'America/New_York (UTC-4)'],
    ['Asia/Shanghai', Date.UTC(2022, 7, 9, 16), '2022-08-10 00:00:00', 'Asia/Shanghai (UTC+8)'],
  ]
  for (const [zone, at, text, shown] of cases) {
    it(`${zone}: ${text}`, () => {
      const time = localTime(zone)
      assert.deepEqual([time.text(at), time.zone(at)], [text, shown])
    })
  }
})

describe('the story of an alarm', () => {
  const story = { zh: [['始于 ', AT, '，之后'], ['下一步']], en: [['since ', AT]] }
  const cases = [
    ['zh', 'Asia/Shanghai', /\n始于 2022-08-10 10:05:06，之后\n下一步$/],
    ['en', 'Europe/Berlin', /\nsince 2022-08-10 04:05:06$/],
  ] as const
  for (const [language, zone, expected] of cases) {
    it(`is under its text, by the clock of the reader: ${zone}`, () => {
      const of = alert('a', { annotations: { description: '失败率' } })
      const reader = { language, words: WORDS[language], time: localTime(zone) }
      const [row] = headlineRows({ ...change('fired', AT, of), story }, reader)
      assert.match(row?.content ?? '', expected)
    })
  }
})

describe('durationText: the two largest units', () => {
  const cases: [number, string, string][] = [
    [0, '0秒', '0 s'],
    [59_400, '59秒', '59 s'],
    [60_000, '1分', '1 min'],
    [320_000, '5分20秒', '5 min 20 s'],
    [3_725_000, '1小时2分', '1 h 2 min'],
    [90_061_000, '1天1小时', '1 d 1 h'],
    [86_400_000 * 400, '400天', '400 d'],
    [-5, '0秒', '0 s'],
  ]
  for (const [ms, zh, en] of cases) {
    it(`${ms} ms: ${zh}`, () => {
      assert.deepEqual([durationText(ms, WORDS.zh), durationText(ms, WORDS.en)], [zh, en])
    })
  }
})
