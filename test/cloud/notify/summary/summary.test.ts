import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../../src/cloud/alerts/alert.ts'
import { renderSummary } from '../../../../src/cloud/notify/summary/render-summary.ts'
import type { Subscription } from '../../../../src/cloud/notify/summary/subscription.ts'
import { type Happened, isQuiet, summaryOf } from '../../../../src/cloud/notify/summary/summary.ts'
import { alert, contact, ENVIRONMENT } from '../support/nouns.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** 2026-11-21 09:00 in Shanghai. */
const TO = Date.UTC(2026, 10, 21, 1)
const FROM = TO - DAY_MS
const PERIOD = { from: FROM, to: TO, before: { from: FROM - DAY_MS, to: FROM } }
const AT = TO + 120_000

let numbers = 0
function fired(
  callee: string,
  more: Partial<Alert> = {},
  lastedMs: number | null = HOUR_MS,
): Alert {
  const firedAt = FROM + HOUR_MS
  const over = lastedMs !== null && ({ state: 'resolved', resolvedAt: firedAt + lastedMs } as const)
  const annotations = { title: '失败率高', title_en: 'failure ratio' }
  return alert(`a${++numbers}`, {
    labels: { callee },
    annotations,
    activeAt: firedAt,
    firedAt,
    ...over,
    ...more,
  })
}

const SLOW = {
  rule: 'Latency',
  severity: 'WARN',
  annotations: { title: '耗时高', title_en: 'slow' },
} as const
const nothing: Happened = {
  ...{ period: PERIOD, at: AT, fired: [], before: [], isCut: false, firing: [], acknowledged: 0 },
  ...{ silent: [], failed: [] },
}
const open = fired('Shop.OrderServer', { activeAt: TO - HOUR_MS, firedAt: TO - HOUR_MS }, null)
const busy: Happened = {
  ...nothing,
  fired: [
    fired('Shop.PayServer'),
    fired('Shop.PayServer', SLOW, 3 * HOUR_MS),
    fired('Shop.PayServer'),
    open,
  ],
  before: [fired('Shop.PayServer'), fired('Shop.OldServer')],
  firing: [open],
  acknowledged: 1,
  silent: [{ agent: 'x', host: '10.1.2.3', seenAt: FROM }],
  failed: [{ channel: 'dingtalk', count: 2 }],
}

describe('a summary', () => {
  it('counts by service, level and rule, beside the period before', () => {
    const { count, countBefore, levels, lines, rules } = summaryOf(busy)
    assert.deepEqual([count, countBefore, levels], [4, 2, { ERROR: 3, WARN: 1, INFO: 0 }])
    assert.deepEqual(lines, [
      {
        service: 'Shop.PayServer',
        count: 3,
        before: 1,
        levels: { ERROR: 2, WARN: 1, INFO: 0 },
        longestMs: 3 * HOUR_MS,
      },
      {
        service: 'Shop.OrderServer',
        count: 1,
        before: 0,
        levels: { ERROR: 1, WARN: 0, INFO: 0 },
        longestMs: HOUR_MS + 120_000,
      },
    ])
    assert.deepEqual(
      rules.map(({ alert: of, count: n, share }) => [of.rule, n, share]),
      [
        ['FailureRatio', 3, 0.75],
        ['Latency', 1, 0.25],
      ],
    )
  })

  it('shows the services with most alarms, and counts all', () => {
    const many = Array.from({ length: 25 }, (_, n) => fired(`App.Server${n}`))
    const { lines, services } = summaryOf({ ...nothing, fired: many })
    assert.deepEqual([lines.length, services], [20, 25])
  })

  const cases: [string, Partial<Happened>, boolean][] = [
    ['nothing at all', {}, true],
    ['something before, nothing now', { before: [open] }, true],
    ['an alarm', { fired: [open] }, false],
    ['one that still fires', { firing: [open] }, false],
    ['a silent agent', { silent: busy.silent }, false],
    ['a message that failed', { failed: busy.failed }, false],
  ]
  for (const [name, more, expected] of cases) {
    it(`${name}: ${expected ? 'quiet' : 'not quiet'}`, () => {
      assert.equal(isQuiet(summaryOf({ ...nothing, ...more })), expected)
    })
  }
})

describe('the mail of a summary', () => {
  const subscription: Subscription = {
    ...{ id: 's', environment: ENVIRONMENT, every: 'day', weekday: 1, at: '09:00' },
    ...{ timeZone: 'Asia/Shanghai', contacts: [], groups: [], evenIfQuiet: true },
  }
  const mail = (happened: Happened, language: 'zh' | 'en' = 'zh') =>
    renderSummary({
      ...{ subscription, summary: summaryOf(happened), environmentName: '生产', limit: 5000 },
      contact: contact('zhang', { name: '张三', language }),
      publicUrl: 'https://alarm.example.com',
    })

  it('says it all in Chinese', () => {
    const { subject, text } = mail(busy)
    assert.equal(subject, '【生产】告警日报 2026-11-21 09:00：4 条告警，1 条未恢复')
    for (const line of [
      '2026-11-20 09:00 至 2026-11-21 09:00',
      '告警: 4 (ERROR 3, WARN 1)',
      '上期: 2 (+100%)',
      '已确认或关闭: 1',
      '仍未恢复: 1',
      '- Shop.PayServer ERROR 2, WARN 1  3  1  3小时',
      '- FailureRatio 失败率高  3  75%',
      '- Shop.OrderServer 失败率高  2026-11-21 08:00',
      '- 10.1.2.3  2026-11-20 09:00:00',
      '- dingtalk  2',
      '打开控制台: https://alarm.example.com/#/environments/al-zukypvbvus/alarms',
      '由 TARS 云告警发送：您（张三）订阅了此环境的汇总。',
    ]) {
      assert.ok(text.split('\n').includes(line), `${line}\n---\n${text}`)
    }
  })

  it('says the same in English', () => {
    const { subject, text } = mail(busy, 'en')
    assert.equal(subject, '【生产】Alarms of the day 2026-11-21 09:00: 4 alarms, 1 unresolved')
    assert.match(text, /^- FailureRatio failure ratio {2}3 {2}75%$/m)
    assert.match(text, /^Before: 2 \(\+100%\)$/m)
  })

  it('of a quiet period is one line', () => {
    const { subject, text } = mail(nothing)
    assert.equal(subject, '【生产】告警日报 2026-11-21 09:00：0 条告警')
    assert.match(text, /没有告警，没有未恢复的告警/)
    assert.doesNotMatch(text, /按服务/)
  })

  it('what others wrote is text', () => {
    const { html, text } = mail({ ...busy, fired: [fired('<b>&</b>')] })
    assert.ok(html.includes('&lt;b&gt;&amp;&lt;/b&gt;') && !html.includes('<b>&'))
    // On a phone a name goes on behind its dot, and a time stays on its line.
    assert.match(html, />Shop\.<wbr>OrderServer\n/)
    assert.match(html, /white-space:nowrap">2026-11-21 08:00</)
    assert.ok(text.includes('<b>&</b>'))
  })

  it('says when not all are counted', () => {
    assert.match(mail({ ...busy, isCut: true }).text, /仅统计最近 5000 条/)
  })
})
