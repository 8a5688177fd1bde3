import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Drill } from '../../../src/cloud/drill/drill.ts'
import { renderReport, reportMails } from '../../../src/cloud/drill/report.ts'
import type { AddressState, Language } from '../../../src/cloud/notify/ports.ts'
import { AT, contact, ENVIRONMENT } from '../notify/support/nouns.ts'

const PASSED: Drill = {
  ...{ id: '2022-08', month: '2022-08', environment: ENVIRONMENT, begunAt: AT, faultAt: AT },
  ...{ storedAt: AT + 20, alert: 'a1', firedAt: AT + 7000, plannedAt: AT + 7100 },
  channels: [
    {
      ...{ channel: 'mail', planned: 3, accepted: 2, firstAt: AT + 7640, lastAt: AT + 9000 },
      missing: [{ to: '<b>李四</b>', answer: '550 no such user' }],
    },
  ],
  ...{ resolvedAt: AT + 130_000, end: { at: AT + 131_000, outcome: 'passed' } },
}
const failed = (step: 'stored' | 'planned', why: readonly string[]): Drill => ({
  ...{ ...PASSED, channels: [], end: { at: AT, outcome: 'failed', step, why } },
})
const audience = { environmentName: '生产', policies: [], contacts: [] }

function rendered(drill: Drill, language: Language) {
  const publicUrl = 'https://alarm.example.com'
  return renderReport({ drill, audience, contacts: [], publicUrl }, contact('li', { language }))
}

describe('the report of a drill', () => {
  const cases: [Drill, Language, string, RegExp][] = [
    [PASSED, 'zh', '【生产】告警演练报告：通过，7.6 秒送达，1 条未送达', /2022-08 的月度演练/],
    [
      PASSED,
      'en',
      '【生产】Report of the drill：passed, delivered in 7.6 s, 1 not delivered',
      /never/,
    ],
    [
      failed('planned', ['muted']),
      'zh',
      '【生产】告警演练报告：失败：没有人会收到通知',
      /通知被屏蔽/,
    ],
    [
      failed('stored', ['no space left']),
      'en',
      '【生产】Report of the drill：failed: the fault was not stored',
      /Why: no space left/,
    ],
  ]
  for (const [drill, language, subject, text] of cases) {
    it(`says ${subject}`, () => {
      const message = rendered(drill, language)
      assert.equal(message.subject, subject)
      assert.match(message.text, text)
      assert.match(message.text, /#\/environments\/al-zukypvbvus\/alarms\/a1/)
    })
  }

  it('tells each step and each channel, and names stay text', () => {
    const { text, html } = rendered(PASSED, 'en')
    assert.match(
      text,
      /fired {2}7\.0\n.*planned {2}7\.1\n.*channel {2}7\.6\n.*over {2}130\.0\n.*never/,
    )
    assert.match(text, /- mail {2}2 \/ 3 {2}7\.6 \/ 9\.0 {2}<b>李四<\/b> 550 no such user/)
    assert.match(html, /&lt;b&gt;李四/)
  })

  it('goes to those who are named and whose address may be used, under ids that stay', () => {
    const address: AddressState = { disabled: { at: AT, why: '550' } }
    const contacts = [contact('li'), contact('wu'), { ...contact('dead'), address }]
    const report = {
      drill: PASSED,
      audience: { ...audience, contacts },
      contacts: ['li', 'dead', 'x'],
    }
    const mails = reportMails(report)
    assert.deepEqual(
      mails.map(({ to }) => to),
      ['li@example.com'],
    )
    assert.deepEqual(reportMails(report), mails)
    const { end: _, ...underWay } = PASSED
    assert.deepEqual(reportMails({ ...report, drill: underWay }), [])
  })
})
