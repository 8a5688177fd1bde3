import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { renderMail } from '../../../../../src/cloud/notify/channels/mail/render.ts'
import { MAX_ROWS } from '../../../../../src/cloud/notify/channels/news.ts'
import type { Notice } from '../../../../../src/cloud/notify/notice.ts'
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
} from '../../support/nouns.ts'

const annotations = {
  title: '调用失败率高（pay）',
  title_en: 'failure ratio of pay',
  description: 'pay 有 43% 的调用失败',
  description_en: '43% of the calls to pay fail',
  addresses: '10.1.2.3 10.1.2.4 ',
}
const rule = alert('r1', { annotations })
const smith = contact('smith', { name: 'Smith', language: 'en', timeZone: 'UTC' })
const down = change('fired', AT, notifyAlert('a1', [event('[alarm] down, server is inactive')]))

/** The cells of the tables, row by row, without markup. */
function cells(html: string): string[][] {
  return [...html.matchAll(/<tr[^>]*>([\s\S]*?)<\/tr>/g)]
    .map(([, row = '']) =>
      [...row.matchAll(/<t[hd][^>]*>([^<]*)<\/t[hd]>/g)].map(([, cell = '']) => cell),
    )
    .filter((row) => row.length > 1)
}

function headings(html: string): string[] {
  return [...html.matchAll(/<h([12])[^>]*>([^<]*)<\/h\1>/g)].map(
    ([, level, text]) => `${level} ${text}`,
  )
}

describe('the mail of an alarm', () => {
  it('of a notify: subject and table as users know them', () => {
    const { subject, html } = renderMail(notice(down), {})
    assert.equal(
      subject,
      '【演示环境-默认通知】RigNode.HelloServer-[alarm] down, server is inactive-ERROR',
    )
    assert.deepEqual(headings(html), ['1 【RigNode.HelloServer】服务告警'])
    assert.deepEqual(cells(html), [
      ['时间', 'IP', '标题', '内容'],
      [
        '2022-08-10 10:05:06',
        '10.1.2.3',
        '[alarm] down, server is inactive',
        '[HelloServer_10.1.2.3]:最近60秒，服务异常告警:[alarm] down, server is inactive。',
      ],
    ])
    assert.match(html, /时区 Asia\/Shanghai \(UTC\+8\)/)
    assert.match(html, /您（张三）是通知配置「默认通知」的联系人/)
    assert.match(html, new RegExp(`实例ID ${ENVIRONMENT}`))
  })

  it('what an environment begins with is named as its reader calls it, unless it was renamed', () => {
    for (const [name, shown] of Object.entries({ 默认通知: 'Default', 支付: '支付' })) {
      const of = { contact: smith, policy: policy('default', { name }) }
      const { subject, html } = renderMail(notice(change('fired', AT, rule), of), {})
      assert.ok(subject.startsWith(`【演示环境-${shown}】`), subject)
      assert.ok(html.includes(`contact of the notification “${shown}”`))
    }
  })

  it('of a rule: its title, its description and the addresses it names', () => {
    const { subject, html } = renderMail(notice(change('fired', AT, rule)), {})
    assert.equal(subject, '【演示环境-默认通知】Shop.PayServer-调用失败率高（pay）-ERROR')
    assert.deepEqual(cells(html)[1], [
      '2022-08-10 10:05:06',
      '10.1.2.3, 10.1.2.4',
      '调用失败率高（pay）',
      'pay 有 43% 的调用失败',
    ])
  })

  it('in Chinese, without the spaces that folded lines of YAML leave', () => {
    const of = alert('r', { annotations: { description: '失败。 请看日志， 再看 node a。 b' } })
    const { html } = renderMail(notice(change('fired', AT, of)), {})
    assert.equal(cells(html)[1]?.[3], '失败。请看日志，再看 node a。 b')
  })

  it('in English, in the time zone of the reader', () => {
    const { subject, html } = renderMail(notice(change('fired', AT, rule), { contact: smith }), {})
    assert.equal(subject, '【演示环境-默认通知】Shop.PayServer-failure ratio of pay-ERROR')
    assert.deepEqual(headings(html), ['1 【Shop.PayServer】Service alarm'])
    assert.deepEqual(cells(html), [
      ['Time', 'IP', 'Title', 'Content'],
      [
        '2022-08-10 02:05:06',
        '10.1.2.3, 10.1.2.4',
        'failure ratio of pay',
        '43% of the calls to pay fail',
      ],
    ])
    assert.match(html, /Time zone UTC \(UTC\+0\)/)
  })

  it('a rule without annotations is told by its name, its labels and its value', () => {
    const { subject, html } = renderMail(notice(change('fired', AT, alert('r'))), {})
    assert.equal(subject, '【演示环境-默认通知】Shop.PayServer-FailureRatio-ERROR')
    assert.deepEqual(cells(html)[1], [
      '2022-08-10 10:05:06',
      '-',
      'FailureRatio',
      'callee=Shop.PayServer, interface=pay: 1',
    ])
  })

  it('an alarm about no service is one of the environment', () => {
    const { subject, html } = renderMail(
      notice(change('fired', AT, alert('r', { labels: {} }))),
      {},
    )
    assert.equal(subject, '【演示环境-默认通知】FailureRatio-ERROR')
    assert.deepEqual(headings(html), ['1 【演示环境】服务告警'])
  })

  it('links to the alarm on the console where a public address is known', () => {
    const { html, text } = renderMail(notice(down), { publicUrl: 'https://alarm.example.com' })
    const url = `https://alarm.example.com/#/environments/${ENVIRONMENT}/alarms/a1`
    assert.ok(html.includes(`href="${url}"`) && text.includes(url))
    assert.ok(!renderMail(notice(down), {}).html.includes('href='))
  })
})

describe('what was held back', () => {
  const held = (count: number, kept = count) => ({
    changes: Array.from({ length: kept }, (_, n) =>
      change('fired', AT + n * 1000, alert(`h${n}`, { annotations })),
    ),
    count,
    since: AT,
  })

  it('stands below, newest first, with since when and how many', () => {
    const { html, text } = renderMail(notice(down, { heldBack: held(2) }), {})
    const title = '【RigNode.HelloServer】被屏蔽的同类型历史告警【自2022-08-10 10:05:06起，共2条】'
    assert.equal(headings(html)[1], `2 ${title}`)
    assert.deepEqual(
      cells(html)
        .slice(2)
        .map(([time]) => time),
      ['时间', '2022-08-10 10:05:07', '2022-08-10 10:05:06'],
    )
    assert.ok(text.includes(title))
  })

  it('in English too', () => {
    const { html } = renderMail(notice(down, { contact: smith, heldBack: held(2) }), {})
    assert.equal(
      headings(html)[1],
      '2 【RigNode.HelloServer】Held-back alarms of the same kind【since 2022-08-10 02:05:06, 2 in all】',
    )
  })

  it('says what is already over', () => {
    const over = change('resolved', AT + 60_000, rule)
    const { html } = renderMail(
      notice(down, {
        heldBack: { changes: [{ ...over, kind: 'fired', at: AT }], count: 1, since: AT },
      }),
      {},
    )
    assert.equal(cells(html)[3]?.[3], 'pay 有 43% 的调用失败（已于2022-08-10 10:06:06恢复）')
  })

  it('counts the events of one change', () => {
    const two = change('repeated', AT, notifyAlert('a', [event('one'), event('two')]))
    const { html } = renderMail(
      notice(down, { heldBack: { changes: [two], count: 1, since: AT } }),
      {},
    )
    assert.equal(
      cells(html)[3]?.[3],
      '[HelloServer_10.1.2.3]:最近60秒，服务异常告警:two。（同一时刻共2条）',
    )
  })

  it('shows the newest 50 and says how many more there are', () => {
    const { html } = renderMail(notice(down, { heldBack: held(160, 100) }), {})
    assert.equal(cells(html).length, 2 + 1 + MAX_ROWS)
    assert.equal(cells(html)[3]?.[0], '2022-08-10 10:06:45')
    assert.match(html, /以上为最近50条，另有110条更早的未列出。/)
  })
})

describe('the mail that an alarm is over', () => {
  const over = change('resolved', AT + 3_725_000, rule)

  it('says when it fired, when it was over and how long it lasted', () => {
    const { subject, html } = renderMail(notice(over), {})
    assert.equal(subject, '【演示环境-默认通知】Shop.PayServer-调用失败率高（pay）-恢复')
    assert.deepEqual(headings(html), ['1 【Shop.PayServer】告警恢复'])
    assert.deepEqual(cells(html), [
      ['标题', '调用失败率高（pay）'],
      ['IP', '10.1.2.3, 10.1.2.4'],
      ['告警时间', '2022-08-10 10:05:06'],
      ['恢复时间', '2022-08-10 11:07:11'],
      ['持续时间', '1小时2分'],
      ['内容', 'pay 有 43% 的调用失败'],
    ])
  })

  it('in English', () => {
    const { subject, html } = renderMail(notice(over, { contact: smith }), {})
    assert.equal(subject, '【演示环境-默认通知】Shop.PayServer-failure ratio of pay-RESOLVED')
    assert.deepEqual(cells(html)[4], ['Lasted', '1 h 2 min'])
  })
})

describe('texts from outside do no harm', () => {
  const nasty = '<script>alert(1)</script>\r\nBcc: x@y.z\u2028"\'&\u0000'

  it('markup and line breaks stay text', () => {
    const of = change('fired', AT, notifyAlert('a', [event(nasty, { node: nasty, module: nasty })]))
    const hostile: Notice = {
      ...notice(of),
      environment: { id: nasty, name: nasty },
      policy: policy(nasty),
      contact: contact('c', { name: nasty }),
    }
    const { subject, html } = renderMail(hostile, { publicUrl: 'https://x' })
    assert.ok(!html.includes('<script>'))
    assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;'))
    assert.doesNotMatch(subject, /[\p{Cc}\u2028]/u)
    assert.match(subject, /<script>alert\(1\)<\/script> Bcc: x@y\.z "'&-ERROR$/)
  })

  it('only the newest text is shown whole', () => {
    const long = 'x'.repeat(4000)
    const of = change('fired', AT, notifyAlert('a', [event(long), event(long)]))
    const [, newest, older] = cells(renderMail(notice(of), {}).html)
    assert.ok((newest?.[3]?.length ?? 0) > 4000)
    assert.ok((older?.[3]?.length ?? 0) <= 1024)
  })

  it('a title is one line of at most 120 bytes, cut between characters', () => {
    const of = change('fired', AT, notifyAlert('a', [event(`啊\n${'告'.repeat(100)}`)]))
    const { subject } = renderMail(notice(of), {})
    const title = /HelloServer-(.*)-ERROR$/.exec(subject)?.[1] ?? ''
    assert.equal(title, `啊 ${'告'.repeat(37)}…`)
    assert.ok(Buffer.byteLength(title) <= 120)
  })

  it('whatever the names are, the subject is one bounded line that ends with the level', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 400 })
    fc.assert(
      fc.property(text, text, text, (name, under, said) => {
        const of = change('fired', AT, notifyAlert('a', [event(said)]))
        const named = {
          ...notice(of),
          environment: { id: 'e', name },
          policy: policy('p', { name: under }),
        }
        const { subject } = renderMail(named, {})
        assert.ok(Buffer.byteLength(subject) <= 310)
        assert.match(subject, /^[^\p{Cc}]*-ERROR$/u)
        assert.ok(subject.isWellFormed())
        // None but those that were there.
        const had = [name, under, said].some((each) => each.includes('\uFFFD'))
        assert.ok(had || !subject.includes('\uFFFD'))
      }),
    )
  })

  it('an unknown time zone reads as Asia/Shanghai', () => {
    const lost = notice(down, { contact: contact('c', { timeZone: 'Mars/Olympus' }) })
    assert.match(renderMail(lost, {}).html, /时区 Asia\/Shanghai \(UTC\+8\)/)
  })
})
