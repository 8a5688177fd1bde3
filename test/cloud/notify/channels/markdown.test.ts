/** What robots say. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { plainOf } from '../../../../src/cloud/notify/channels/markdown.ts'
import { renderFor } from '../../../../src/cloud/notify/channels/registry.ts'
import {
  AT,
  alert,
  change,
  contact,
  ENVIRONMENT,
  event,
  notice,
  notifyAlert,
  policy,
} from '../support/nouns.ts'

const CONSOLE = { publicUrl: 'https://alarm.example.com' }
const LINK = `https://alarm.example.com/#/environments/${ENVIRONMENT}/alarms/a1`
const ANNOTATIONS = {
  title: '失败率高',
  title_en: 'failure ratio',
  description: '失败率 50%',
  description_en: '50% of the calls fail',
  addresses: '10.1.2.3',
}
const down = alert('a1', { annotations: ANNOTATIONS, firedAt: AT - 320_000 })
const english = { contact: contact('c', { language: 'en', timeZone: 'Europe/Berlin' }) }
const dingtalk = renderFor('dingtalk')
const LIMITS = { dingtalk: 14_000, wecom: 3_600, feishu: 14_000 } as const
const KINDS = ['dingtalk', 'wecom', 'feishu'] as const

/** A digest of `count` alarms. */
function digest(count: number, text = '超时') {
  const changes = Array.from({ length: Math.min(count, 100) }, (_, n) =>
    change('fired', AT + n * 1000, alert(`h${n}`, { annotations: { title: `${text}${n}` } })),
  )
  return notice(change('fired', AT, down), { heldBack: { changes, count, since: AT } })
}

describe('what a robot says of an alarm', () => {
  it('is the mail in short, in Chinese', () => {
    const { subject, text, html } = dingtalk(notice(change('fired', AT, down)), CONSOLE)
    assert.equal(subject, '🔴 【演示环境-默认通知】Shop.PayServer-失败率高-ERROR')
    assert.equal(html, '')
    assert.deepEqual(text.split('\n'), [
      '### 🔴 【演示环境-默认通知】Shop.PayServer-失败率高-ERROR  ',
      '**时间**: 2022-08-10 10:05:06  ',
      '**IP**: 10.1.2.3  ',
      '**内容**: 失败率 50%',
      '',
      `[在控制台查看该告警](${LINK})  `,
      `时区 Asia/Shanghai (UTC+8) · 环境 演示环境，实例ID ${ENVIRONMENT}`,
    ])
  })

  it('and in English, by the clock of the reader', () => {
    const of = notice(change('fired', AT, down), english)
    const { subject, text } = renderFor('wecom')(of, {})
    assert.equal(subject, '🔴 【演示环境-默认通知】Shop.PayServer-failure ratio-ERROR')
    assert.match(
      text,
      /\n\*\*Time\*\*: 2022-08-10 04:05:06\n.*\n\*\*Content\*\*: 50% of the calls f/,
    )
    assert.doesNotMatch(text, /\]\(/)
  })

  it('when it is over: since when, until when, how long', () => {
    const { subject, text } = dingtalk(notice(change('resolved', AT, down)), CONSOLE)
    assert.match(subject, /^🟢 .*-恢复$/)
    assert.match(text, /告警时间\*\*: 2022-08-10 09:59:46 {2}\n.*恢复时间\*\*: 2022-08-10 10:05:06/)
    assert.match(text, /\*\*持续时间\*\*: 5分20秒/)
  })

  it('has the title in the head of Feishu’s card, not in its text', () => {
    const { text } = renderFor('feishu')(notice(change('fired', AT, down)), CONSOLE)
    assert.match(text, /^\*\*时间\*\*: /)
  })

  it('lists the newest 10 that were held back and says how many more', () => {
    const { text } = dingtalk(digest(250), CONSOLE)
    assert.match(
      text,
      /\*\*【Shop\.PayServer】被屏蔽的同类型历史告警【自2022-08-10 10:05:06起，共250条】\*\*/,
    )
    const rows = text.match(/^- .*超时\d+/gm) ?? []
    assert.equal(rows.length, 10)
    assert.match(rows[0] ?? '', /^- 2022-08-10 10:06:45 超时99/)
    assert.match(text, /另有 240 条，请见控制台。/)
    const { text: told } = dingtalk({ ...digest(250), ...english }, CONSOLE)
    assert.match(told, /\n240 more: see the console\./)
  })

  it('leaves rows out before it cuts the alarm or its link', () => {
    const of = digest(10, '很长的标题'.repeat(12))
    const { text } = renderFor('wecom')(
      {
        ...of,
        headline: change(
          'fired',
          AT,
          alert('a1', { annotations: { description: '因'.repeat(900) } }),
        ),
      },
      CONSOLE,
    )
    assert.ok(Buffer.byteLength(text) <= LIMITS.wecom)
    assert.match(text, /另有 \d 条，请见控制台。/)
    assert.ok(text.includes(LINK))
  })

  it('is within its bytes also where the link alone is not', () => {
    const { text } = renderFor('wecom')(digest(1), { publicUrl: `https://x/${'a'.repeat(5_000)}` })
    assert.ok(Buffer.byteLength(text) <= LIMITS.wecom)
  })

  it('of notifies lists the older texts', () => {
    const of = notifyAlert('a', [event('第一'), event('第二'), event('第三')])
    const { text } = dingtalk(notice(change('repeated', AT, of)), CONSOLE)
    assert.match(text, /最近60秒，服务异常告警:第三/)
    assert.deepEqual(
      text.match(/^- .*$/gm)?.map((row) => row.trim().slice(-2)),
      ['第二', '第一'],
    )
  })

  it('text of others makes no link, mentions nobody, opens no tag and no heading', () => {
    const said = '[click](http://evil) <at id=all></at> <@all> <font color="red">\n# big\n> quoted'
    const of = alert('a', { annotations: { title: said, description: said } })
    for (const kind of KINDS) {
      const { text } = renderFor(kind)(notice(change('fired', AT, of)), {})
      assert.doesNotMatch(text, /\]\(|<at|<@|<font|^# |^> /m)
    }
  })

  const swallowing = ['a\n```\nrest', 'a\n~~~\nrest', 'above\n---', 'above\n===', '---\n-----']
  for (const said of swallowing) {
    it(`a line of others turns into nothing else: ${JSON.stringify(said)}`, () => {
      const of = alert('a', { annotations: { description: said } })
      for (const kind of KINDS)
        for (const what of ['fired', 'resolved'] as const) {
          const { text } = renderFor(kind)(notice(change(what, AT, of)), CONSOLE)
          assert.doesNotMatch(text, /^ *(?:```|~~~|-+ *$|=+ *$)/m)
        }
    })
  }

  it('a description of very many lines leaves the links', () => {
    const of = alert('a1', { annotations: { description: '](\n'.repeat(9_000) } })
    for (const kind of KINDS) {
      const { text } = renderFor(kind)(notice(change('fired', AT, of)), CONSOLE)
      assert.ok(text.includes(`(${LINK})`) && Buffer.byteLength(text) <= LIMITS[kind])
    }
  })

  it('a service of any length, or of several lines, leaves alarm and links as they are', () => {
    const labels = { callee: `Shop.${'长'.repeat(9_000)}\n# big`, interface: 'pay' }
    const of = { ...digest(3), headline: change('fired', AT, alert('a1', { labels })) }
    for (const kind of KINDS) {
      const { text } = renderFor(kind)(of, CONSOLE)
      assert.ok(text.includes(`(${LINK})`))
      assert.doesNotMatch(text, /^# /m)
      assert.equal(text.match(/^- .*超时\d/gm)?.length, 3)
    }
  })

  it('a rule without a description is told by its labels', () => {
    const of = alert('a', {
      rule: 'Hot\n# big',
      labels: { instance: '10.1.2.3:9100' },
      value: 93.25,
    })
    const { text, subject } = dingtalk(notice(change('fired', AT, of)), {})
    assert.match(text, /\*\*内容\*\*: instance=10\.1\.2\.3:9100: 93\.25/)
    assert.match(subject, /Hot # big-ERROR$/)
    assert.doesNotMatch(text, /^# /m)
  })

  const any = fc.string({ unit: 'grapheme', maxLength: 3_000 })
  it('whatever the texts are: bounded, well-formed, one line of subject', () => {
    fc.assert(
      fc.property(any, any, any, fc.constantFrom(...KINDS), fc.boolean(), (a, b, c, kind, over) => {
        const of = alert('a', { annotations: { title: a, description: b.repeat(9) } })
        const what = notice(change(over ? 'resolved' : 'fired', AT, of), {
          policy: policy('p', { name: c }),
          environment: { id: 'e', name: a },
        })
        const { subject, text } = renderFor(kind)(what, CONSOLE)
        assert.ok(Buffer.byteLength(text) <= LIMITS[kind])
        assert.ok(Buffer.byteLength(subject) <= 330)
        assert.match(subject, /^[^\p{Cc}]*$/u)
        assert.ok(text.isWellFormed() && subject.isWellFormed())
        assert.equal(subject.startsWith('🟢'), over)
      }),
      { numRuns: 60 },
    )
  })
})

it('plainOf writes links out and drops stars and hashes', () => {
  const text = '### 标题\n**IP**: 10.1.2.3\n[打开](https://a/b?c=d)'
  assert.equal(plainOf(text), '标题\nIP: 10.1.2.3\n打开: https://a/b?c=d')
})
