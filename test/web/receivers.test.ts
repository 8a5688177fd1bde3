import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { RECEIVER_CHANNELS } from '../../src/cloud/notify/channels/registry.ts'
import { RECEIVER_KINDS } from '../../src/cloud/notify/ports.ts'
import { receiversZh } from '../../src/web/messages/policies-zh.ts'
import { KINDS, SETTINGS, settingsFrom, settingsOf, settingTexts } from '../../src/web/receivers.ts'

describe('the form of a channel', () => {
  it('is there for each kind', () =>
    assert.deepEqual([...KINDS].sort(), [...RECEIVER_KINDS].sort()))

  for (const kind of RECEIVER_KINDS) {
    it(`asks for each setting of ${kind}, by name`, () => {
      const { settings } = RECEIVER_CHANNELS[kind]
      const { properties } = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' })
      const asked = Object.keys(SETTINGS[kind]).sort()
      assert.deepEqual(asked, Object.keys(properties ?? {}).sort())
      for (const [name, typed] of settingsOf(kind)) {
        assert.ok(name in receiversZh.settings && name in receiversZh.hints, name)
        for (const option of Array.isArray(typed) ? typed : []) {
          assert.ok(option in receiversZh.options)
        }
      }
    })
  }

  const kept: [string, (typeof KINDS)[number], Record<string, unknown>][] = [
    [
      'robots with and without secret',
      'dingtalk',
      { robots: [{ access_token: 'A', secret: 'S' }, { access_token: 'B' }], at_all: true },
    ],
    [
      'masks',
      'feishu',
      { region: 'lark', robots: [{ hook: '••••••1', secret: '••••••2' }], at_all: false },
    ],
    [
      'headers',
      'webhook',
      { url: 'https://a/b?c=d', headers: { authorization: 'Basic a:b=', b: 'c' } },
    ],
    [
      'numbers and words',
      'aliyun-voice',
      { variables: { a: 'title', b: 'level' }, phone: '138', play_times: 3 },
    ],
    ['phones', 'aliyun-sms', { variables: { a: 'title' }, phones: ['138', '+86139'] }],
  ]
  for (const [name, kind, settings] of kept) {
    it(`keeps what it was given: ${name}`, () =>
      assert.deepEqual(settingsFrom(kind, settingTexts(kind, settings)), settings))
  }

  it('a word too many in the line of a robot is not dropped in silence', () => {
    const { robots } = settingsFrom('wecom', { robots: 'KEY more' })
    assert.deepEqual(robots, [{ key: 'KEY', more1: 'more' }])
  })
})
