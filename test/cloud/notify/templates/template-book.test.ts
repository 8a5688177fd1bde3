import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { renderFor } from '../../../../src/cloud/notify/channels/registry.ts'
import { sayingOf } from '../../../../src/cloud/notify/channels/robot.ts'
import type { Notice } from '../../../../src/cloud/notify/notice.ts'
import { Notifier } from '../../../../src/cloud/notify/notifier.ts'
import { sendTest } from '../../../../src/cloud/notify/receiver-test.ts'
import { compiledParts, faultsOf, saidBy } from '../../../../src/cloud/notify/templates/saying.ts'
import { starterOf } from '../../../../src/cloud/notify/templates/starters.ts'
import {
  type Parts,
  type StoredTemplate,
  TEMPLATE_KINDS,
  type TemplateKind,
  type TemplateStore,
} from '../../../../src/cloud/notify/templates/template.ts'
import { TemplateBook } from '../../../../src/cloud/notify/templates/template-book.ts'
import { SHAPE, sampleNotice, VARIABLES } from '../../../../src/cloud/notify/templates/variables.ts'
import { silentLog } from '../../../../src/support/log.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { MemoryStore } from '../support/memory-store.ts'
import {
  AT,
  alert,
  change,
  contact,
  delivery,
  ENVIRONMENT,
  notice,
  policy,
} from '../support/nouns.ts'
import { startSmtp } from '../support/smtp-peer.ts'

const CONSOLE = { publicUrl: 'https://alarm.example.com' }
const fired = change(
  'fired',
  AT,
  alert('a1', { annotations: { title: '失败率高', description: 'a < b [x](y)' } }),
)
const over = change('resolved', AT + 60_000, fired.alert)

/** The message of `kind` about `headline`, by a template of these parts. */
function told(kind: TemplateKind, parts: Parts, headline = fired) {
  const of = notice(headline)
  return renderFor(kind)(of, CONSOLE, saidBy(compiledParts(kind, parts), of, CONSOLE))
}

/** Fails where an alert has the label `boom`, which the sample has not. */
const BOOM = '{% if labels.boom %}{% for a in (1..2000000000) %}{% endfor %}{% endif %}'

async function bookOf(stored: readonly StoredTemplate[] = []) {
  const failed: string[] = []
  const logged: string[] = []
  const store: TemplateStore = {
    templates: async () => [...stored],
    saveTemplate: async () => {},
    removeTemplate: async () => true,
    templateFailed: async ({ kind, language }, { why, count }) =>
      void failed.push(`${count} ${kind} ${language} ${why}`),
  }
  const log = {
    ...silentLog,
    error: (_fields: unknown, text?: string) => void logged.push(text ?? ''),
  }
  const clock = new FakeClock(AT)
  const book = new TemplateBook({ store, clock, log: log as typeof silentLog })
  await book.load()
  return { book, clock, failed, logged }
}

describe('the variables', () => {
  const leaves = (value: object, at: string[] = []): string[] =>
    Object.entries(value).flatMap(([key, inner]) =>
      typeof inner === 'object' && !Array.isArray(inner) && key !== 'labels'
        ? leaves(inner, [...at, key])
        : [...at, key].join('.'),
    )

  it('are all documented, and no others', () => {
    assert.deepEqual(VARIABLES.map(({ name }) => name).toSorted(), leaves(SHAPE).toSorted())
  })

  for (const { name } of VARIABLES) {
    it(`${name} can be said`, () =>
      assert.deepEqual(faultsOf('mail', { text: `{{ ${name} }}` }), []))
  }
})

describe('the texts to begin with', () => {
  for (const kind of TEMPLATE_KINDS) {
    it(`of ${kind} are without fault, and say all they should`, () => {
      for (const language of ['zh', 'en'] as const) {
        const parts = starterOf(kind, language)
        assert.deepEqual(faultsOf(kind, parts), [])
        for (const isOver of [false, true]) {
          const of = sampleNotice(language, isOver)
          const said = saidBy(compiledParts(kind, parts), of, CONSOLE)
          assert.deepEqual(Object.keys(said), Object.keys(parts))
          assert.doesNotMatch(JSON.stringify(said), /undefined|NaN|\[object|\{\{/)
        }
      }
    })
  }
})

describe('a message by a template', () => {
  it('of a mail: subject and text are its own, the end and the page stay ours', () => {
    const { subject, text, html } = told('mail', {
      subject: '{{ service }}!',
      text: '{{ title }}\n{{ content }}',
    })
    assert.equal(subject, 'Shop.PayServer!')
    assert.ok(text.startsWith('失败率高\na < b [x](y)\n\n'), text)
    assert.match(text, /\/#\/environments\/al-zukypvbvus\/alarms\/a1/)
    assert.match(text, /您（张三）是通知配置「默认通知」的联系人/)
    assert.match(html, /服务告警/)
  })

  it('of a page: what others wrote is text, what the author wrote is markup', () => {
    const { html, text } = told('mail', { html: '<h1>{{ title }}</h1><p>{{ content }}</p>' })
    assert.match(html, /<h1>失败率高<\/h1><p>a &lt; b \[x\]\(y\)<\/p>/)
    assert.match(html, /您（张三）/)
    assert.match(text, /服务告警/)
  })

  it('of a robot: its sign, its end with the link, and no link of others', () => {
    const { subject, text } = told('dingtalk', {
      subject: '{{ title }}',
      text: '[see]({{ url }})\n{{ content }}',
    })
    assert.equal(subject, '🔴 失败率高')
    assert.match(text, /\[see\]\(https:\/\/alarm\.example\.com/)
    assert.ok(text.includes('[x]\u200b(y)'), 'a link somebody else wrote')
    assert.match(text, /\[在控制台查看该告警\]/)
  })

  it('of a phone: the values it names', () => {
    const { text } = told('aliyun-sms', { title: '{{ title }}（{{ labels.interface }}）' })
    assert.equal(JSON.parse(text).title, '失败率高（pay）')
    // As always on phones: what looks like a host is no host.
    assert.equal(JSON.parse(text).service, 'Shop-PayServer')
  })

  it('a part that says nothing is as by default', () => {
    const ours = renderFor('mail')(notice(fired), CONSOLE)
    assert.deepEqual(told('mail', { subject: '{% if over %}恢复{% endif %}', text: ' ' }), ours)
    assert.equal(told('mail', { subject: '{% if over %}恢复{% endif %}' }, over).subject, '恢复')
  })

  it('a subject is one line, whatever it holds', () => {
    const { subject } = told('mail', { subject: 'a\r\nBcc: x@y.z\n{{ title }}' })
    assert.equal(subject, 'a Bcc: x@y.z 失败率高')
  })

  for (const kind of ['dingtalk', 'wecom', 'feishu'] as const) {
    it(`of ${kind} fits by bytes, on a border of characters, and keeps its link`, () => {
      const maxBytes = { dingtalk: 14_000, wecom: 3_600, feishu: 14_000 }[kind]
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (piece) => {
          const { text } = told(kind, {
            text: `{% raw %}${piece.replaceAll('%', '')}{% endraw %}告警🔥`.padEnd(
              15_000,
              '告警🔥',
            ),
          })
          assert.ok(Buffer.byteLength(text) <= maxBytes, `${Buffer.byteLength(text)} bytes`)
          assert.ok(text.isWellFormed())
          assert.match(text, /控制台/)
        }),
        { numRuns: 30 },
      )
    })
  }

  it('the keyword of a robot is in alarm and recovery', () => {
    for (const headline of [fired, over]) {
      const message = told('dingtalk', { subject: '{{ title }}', text: '{{ content }}' }, headline)
      const { subject, text } = sayingOf(delivery('d1', { message }), '运维告警')
      assert.ok(subject.includes('运维告警') && text.includes('运维告警'))
    }
  })
})

describe('a template that fails', () => {
  const template = {
    environment: ENVIRONMENT,
    kind: 'mail',
    language: 'zh',
    parts: { subject: '新 {{ title }}', text: BOOM },
  } as const
  const boom = change('fired', AT, alert('a2', { labels: { boom: '1' } }))

  it('is replaced by what we say, is told once and counted, and rests for a while, or until it is saved', async () => {
    const { book, clock, failed, logged } = await bookOf([template])
    assert.equal(book.said('mail', notice(fired), {}).subject, '新 失败率高')
    for (const _ of [1, 2, 3]) assert.deepEqual(book.said('mail', notice(boom), {}), {})
    assert.deepEqual(book.said('mail', notice(fired), {}), {}, 'it rests')
    assert.equal(book.failures, 4)
    assert.deepEqual(logged, ['template failed: message as by default'])
    assert.deepEqual(
      failed.map((line) => line.split(',')[0]),
      [
        '1 mail zh memory alloc limit exceeded',
        '2 mail zh memory alloc limit exceeded',
        '4 mail zh memory alloc limit exceeded',
      ],
    )
    assert.equal(book.templates(ENVIRONMENT)[0]?.failed?.count, 4)
    clock.advance(5 * 60_000)
    assert.deepEqual(book.said('mail', notice(fired), {}), {}, 'it still rests')
    clock.advance(5 * 60_000)
    assert.equal(book.said('mail', notice(fired), {}).subject, '新 失败率高')
    await book.save({ ...template, parts: { subject: '新 {{ title }}' } })
    assert.equal(book.templates(ENVIRONMENT)[0]?.failed, undefined)
    assert.equal(book.said('mail', notice(boom), {}).subject, '新 FailureRatio')
  })

  it('that no longer compiles is told when it is needed', async () => {
    const { book, failed } = await bookOf([{ ...template, parts: { text: '{{ gone }}' } }])
    assert.deepEqual(book.said('mail', notice(fired), {}), {})
    assert.match(failed[0] ?? '', /unknown variable: gone/)
  })

  it('is not taken when it is saved', async () => {
    const { book } = await bookOf()
    await assert.rejects(book.save({ ...template, parts: { text: '{{ gone }}' } }), RangeError)
    assert.deepEqual(book.templates(ENVIRONMENT), [])
  })

  it('loses no alarm: from a saved change to a mail', async () => {
    const peer = await startSmtp()
    const store = new MemoryStore()
    const { book } = await bookOf([template])
    store.audiences.set(ENVIRONMENT, {
      environmentName: '演示环境',
      policies: [policy('p1')],
      contacts: [contact('zhang'), contact('smith', { language: 'en' })],
    })
    const notifier = new Notifier({
      ...{ plans: store, outbox: store, receivers: store, templates: book },
      ...{ clock: new FakeClock(AT), log: silentLog, channels: { mail: peer.config } },
    })
    try {
      notifier.start()
      store.saveChange(fired)
      store.saveChange(boom)
      notifier.wake()
      await notifier.idle()
      assert.deepEqual(
        peer.mails.map(({ subject, to }) => `${to?.[0]?.address} ${subject}`).toSorted(),
        [
          'smith@example.com 【演示环境-p1】FailureRatio-ERROR',
          'smith@example.com 【演示环境-p1】Shop.PayServer-失败率高-ERROR',
          'zhang@example.com 【演示环境-p1】FailureRatio-ERROR',
          'zhang@example.com 新 失败率高',
        ],
      )
    } finally {
      await notifier.stop()
      await peer.close()
    }
  })

  it('a test message is by the template, too', async () => {
    const { book } = await bookOf([
      { ...template, kind: 'wecom', parts: { text: '值班 {{ title }}' } },
    ])
    const posted: string[] = []
    const http = {
      async post({ body }: { body: string }) {
        posted.push(body)
        return { status: 200, text: '{"errcode":0,"errmsg":"ok"}' }
      },
      close() {},
    }
    const local = { environment: ENVIRONMENT, language: 'zh', timeZone: 'Asia/Shanghai' } as const
    const settings = {
      robots: [{ key: 'a-key-of-a-robot' }],
      at_user_ids: [],
      at_mobiles: [],
      at_all: false,
    }
    const robot = { ...local, id: 'r', kind: 'wecom', name: '群', settings } as const
    const deps = { http, clock: new FakeClock(AT) }
    const render = (of: Notice) => renderFor('wecom')(of, {}, book.said('wecom', of, {}))
    assert.equal((await sendTest(robot, '演示环境', deps, render)).taken, true)
    assert.match(posted.join(''), /值班 测试消息/)
  })

  it('another environment, language or channel is not touched', async () => {
    const { book } = await bookOf([template])
    const elsewhere = { ...notice(fired), environment: { id: 'al-other', name: 'b' } }
    assert.deepEqual(book.said('mail', elsewhere, {}), {})
    assert.deepEqual(book.said('dingtalk', notice(fired), {}), {})
    assert.deepEqual(
      book.said('mail', notice(fired, { contact: contact('s', { language: 'en' }) }), {}),
      {},
    )
    book.forget('al-other')
    assert.equal(book.templates(ENVIRONMENT).length, 1)
    book.forget(ENVIRONMENT)
    assert.deepEqual(book.templates(ENVIRONMENT), [])
  })

  it('is shown in a preview with its fault, the rest as it would be', async () => {
    const { book } = await bookOf()
    const preview = book.preview(
      { ...template, parts: { subject: '{{ title }}', text: '{{ gone }}', html: BOOM } },
      notice(boom),
    )
    assert.equal(preview.subject, 'FailureRatio')
    assert.deepEqual(
      preview.faults.map(({ part }) => part),
      ['text', 'html'],
    )
    assert.match(preview.text, /服务告警/)
  })
})
