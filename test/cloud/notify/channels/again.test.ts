/** What each channel says of an alarm that is told once more, and how its reader can act. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderFor } from '../../../../src/cloud/notify/channels/registry.ts'
import type { Again } from '../../../../src/cloud/notify/notice.ts'
import { CHANNEL_KINDS, type ChannelKind } from '../../../../src/cloud/notify/ports.ts'
import { nodesOf, type Route, rootOf } from '../../../../src/cloud/notify/routing/route-tree.ts'
import { AT, alert, change, contact, event, notice, notifyAlert, policy } from '../support/nouns.ts'

const link = 'https://x.example.com/act?link=abc.def'
const surroundings = { publicUrl: 'https://x.example.com', actLink: () => link }
const fired = change('fired', AT, alert('a1', { annotations: { title: '失败率高' } }))
const step: Again = { why: 'not-acknowledged', step: 2, steps: 3, since: AT }
const ROOT: Route = {
  ...{ receiver: 'a', matchers: [], continue: false, routes: [] },
  ...{ muteTimeIntervals: [], activeTimeIntervals: [] },
}
const READ: readonly ChannelKind[] = ['mail', 'dingtalk', 'wecom', 'feishu']

describe('an alarm that is told once more', () => {
  const sentences: [name: string, again: Again, zh: string, en: string][] = [
    [
      'because nobody acknowledged it',
      step,
      '升级通知，第2步（共3步）：2022-08-10 10:05:06通知后没有人确认。',
      'Escalation, step 2 of 3: told at 2022-08-10 10:05:06, and nobody acknowledged it.',
    ],
    [
      'because nobody could be told',
      { ...step, why: 'not-delivered' },
      '升级通知，第2步（共3步）：2022-08-10 10:05:06的通知没有送达任何人。',
      'Escalation, step 2 of 3: what was told at 2022-08-10 10:05:06 reached nobody.',
    ],
    [
      'because its snooze is over',
      { why: 'snooze-over', since: AT },
      '2022-08-10 10:05:06起暂停的通知已到时间，仍在告警。',
      'It was snoozed at 2022-08-10 10:05:06; that is over, and it still fires.',
    ],
  ]
  for (const [name, again, zh, en] of sentences) {
    for (const kind of READ) {
      it(`${name}: ${kind} says so in both languages`, () => {
        const say = (language: 'zh' | 'en') =>
          renderFor(kind)(notice(fired, { again, contact: contact('li', { language }) }), {})
        assert.ok(say('zh').text.includes(zh), say('zh').text)
        assert.ok(say('en').text.includes(en), say('en').text)
      })
    }
  }

  it('in the subject the step of an escalation is named, also for a phone', () => {
    const { subject, html } = renderFor('mail')(notice(fired, { again: step }), {})
    assert.ok(subject.startsWith('【演示环境-默认通知-升级2】'), subject)
    assert.ok(html.includes('升级通知，第2步'))
    const phone = renderFor('aliyun-sms')(notice(fired, { again: step }), {})
    assert.equal(JSON.parse(phone.text).title, '升级2 失败率高')
  })

  it('a webhook has it as an annotation, and the reason of Alertmanager for a repeat', () => {
    const payload = JSON.parse(renderFor('webhook')(notice(fired, { again: step }), {}).text)
    assert.match(payload.alerts[0].annotations.escalation, /第2步/)
    assert.equal(payload.notification_reason, 'repeat interval elapsed')
    const first = JSON.parse(renderFor('webhook')(notice(fired), {}).text)
    assert.equal('escalation' in first.alerts[0].annotations, false)
  })

  it('what was held back began with its oldest event, as the table says', () => {
    const held = notifyAlert('n', [event('down', { at: AT - 3_000 })])
    const heldBack = { changes: [change('fired', AT, held)], count: 1, since: AT }
    const { text } = renderFor('mail')(notice(fired, { heldBack }), {})
    assert.match(text, /自2022-08-10 10:05:03起，共1条/)
  })

  it('the others of its kind are not called held back', () => {
    const heldBack = { changes: [fired], count: 1, since: AT }
    const { text } = renderFor('mail')(notice(fired, { again: step, heldBack }), {})
    assert.ok(text.includes('其他告警'))
    assert.ok(!text.includes('被屏蔽'))
  })
})

describe('alarms that one message tells together', () => {
  const other = alert('a2', {
    labels: { callee: 'Shop.StockServer' },
    annotations: { title: '慢' },
  })
  const heldBack = { changes: [change('fired', AT, other), fired], count: 2, since: AT }

  for (const kind of READ) {
    it(`${kind} names the service of those of another`, () => {
      const { text } = renderFor(kind)(notice(fired, { again: step, heldBack }), {})
      assert.match(text, /Shop\S*StockServer: 慢/)
      assert.ok(!/PayServer: 失败率高/.test(text), text)
    })
  }

  it('those of a route are not called held back, nor of one kind', () => {
    const [node] = nodesOf(rootOf({ route: ROOT }))
    assert.ok(node)
    const told = notice(fired, { heldBack, policy: policy('route:{}', { route: node }) })
    const { text } = renderFor('mail')(told, {})
    assert.ok(text.includes('】其他告警【') && !text.includes('同类型'), text)
  })
})

describe('the link by which a reader acts', () => {
  for (const kind of CHANNEL_KINDS) {
    const reads = READ.includes(kind)
    it(`${kind} ${reads ? 'shows it in a line of its own' : 'has none'}`, () => {
      const { text } = renderFor(kind)(notice(fired), surroundings)
      assert.equal(text.includes(link), reads)
      if (reads) assert.match(text, /^.*确认.*act\?link.*$/m)
    })
  }

  it('is not there where nothing can be done', () => {
    const nothing = { ...surroundings, actLink: () => undefined }
    for (const kind of READ) {
      assert.ok(!renderFor(kind)(notice(fired), nothing).text.includes('确认'))
    }
  })
})
