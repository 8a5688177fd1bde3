import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inWords } from '../../../src/cloud/picture/in-words.ts'
import type { Picture } from '../../../src/cloud/picture/picture.ts'
import { FAILING, NOTIFIED, RATIO, SLOW } from './support/pictures.ts'

describe('a picture in words', () => {
  const gone: Picture = {
    ...RATIO,
    lines: [{ role: 'now', points: RATIO.lines[0]?.points.slice(0, 30) ?? [] }],
  }
  const cases: [string, Picture, string, string][] = [
    [
      'failures: now, before, on the reference day, usually',
      FAILING,
      '失败（次/分钟）：告警时 320，此前一小时 3 至 15；参照日 2026-11-19 同一时刻 4；通常 0 至 18。',
      'Failures (a minute): 320 when it fired, 3 to 15 in the hour before; 4 at the same time of the reference day 2026-11-19; usually 0 to 18.',
    ],
    [
      'latency, with a threshold',
      SLOW,
      '平均耗时（毫秒）：告警时 318，此前一小时 84 至 96；参照日 2026-11-19 同一时刻 88；通常 60 至 118；阈值 200。',
      'Mean latency (ms): 318 when it fired, 84 to 96 in the hour before; 88 at the same time of the reference day 2026-11-19; usually 60 to 118; threshold 200.',
    ],
    [
      'a ratio in percent',
      RATIO,
      '规则的值：告警时 35.2%，此前一小时 1.2% 至 35.2%；阈值 20%。',
      'Value of the rule: 35.2% when it fired, 1.2% to 35.2% in the hour before; threshold 20%.',
    ],
    [
      'notifies',
      NOTIFIED,
      '本告警（次/分钟）：告警时 3。',
      'This alarm (a minute): 3 when it fired.',
    ],
    [
      'data that ended',
      gone,
      '规则的值：告警时无数据，此前一小时 1.2%；阈值 20%。',
      'Value of the rule: no data when it fired, 1.2% in the hour before; threshold 20%.',
    ],
  ]
  for (const [sentence, picture, zh, en] of cases) {
    it(sentence, () => {
      assert.equal(inWords(picture, { language: 'zh', timeZone: 'UTC' }), zh)
      assert.equal(inWords(picture, { language: 'en', timeZone: 'UTC' }), en)
    })
  }
})
