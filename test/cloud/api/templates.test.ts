/** Templates by API, over the embedded store. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TemplateBook } from '../../../src/cloud/notify/templates/template-book.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { silentLog } from '../../../src/support/log.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { START, serveConsole } from './console.ts'
import { memoryNotifyDesk } from './memory-desk.ts'
import { alertRow } from './rows.ts'

describe('templates of messages', () => {
  const folder = dataFolder({ after })
  let store: Store
  let book: TemplateBook
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  let ours: string
  let theirs: string

  before(async () => {
    store = await openIn(folder)
    const { environments, contacts, reads: alerts, users, tokens, templates } = store
    site = await serveConsole((clock) => {
      book = new TemplateBook({ store: templates, clock, log: silentLog })
      const notifyDesk = { ...memoryNotifyDesk(), templates: book }
      return { ...{ environments, contacts, alerts, users, tokens }, notifyDesk }
    })
    cookie = await site.login()
    const made = (name: string) =>
      environments.createEnvironment({ name, framework: 'TARSFramework' }, START)
    ours = (await made('生产')).id
    theirs = (await made('测试')).id
  })
  after(async () => {
    await site.close()
    await store.close()
  })

  const call = (method: string, path: string, body?: unknown, environment = ours) =>
    site.call(method, `/api/v1/environments/${environment}/templates${path}`, { cookie, body })

  async function alarm(environment: string, id: string): Promise<void> {
    const alert = alertRow(environment, START, {
      id,
      labels: { callee: 'Shop.PayServer' },
      annotations: { title: '失败率高', description: 'pay 失败' },
    })
    await store.alerts.saveEvaluation({
      progress: { environment, group: 'g', evaluatedAt: START },
      ...{ alerts: [alert], dropped: [], changes: [] },
    })
  }

  it('nothing is templated at first; kinds and variables are told with examples', async () => {
    const { body } = await call('GET', '')
    assert.deepEqual(body.templates, [])
    assert.deepEqual(
      body.kinds.map(({ kind, starter }: { kind: string; starter: object }) => [
        kind,
        Object.keys(starter).length,
      ]),
      [
        ['mail', 3],
        ['dingtalk', 2],
        ['wecom', 2],
        ['feishu', 2],
        ['aliyun-sms', 6],
        ['aliyun-voice', 6],
      ],
    )
    const title = body.variables.find(({ name }: { name: string }) => name === 'title')
    assert.deepEqual(title, {
      name: 'title',
      type: 'text',
      about: '告警标题',
      example: '调用失败率高（pay）',
    })
    const types = body.variables.map(
      ({ name, type }: { name: string; type: string }) => `${name} ${type}`,
    )
    for (const typed of [
      'over boolean',
      'value number',
      'labels labels',
      'rows list',
      'held.count number',
    ]) {
      assert.ok(types.includes(typed), typed)
    }
    const english = (await call('GET', '?language=en')).body.variables[1]
    assert.deepEqual(english, {
      name: 'title',
      type: 'text',
      about: 'title of the alarm',
      example: 'failure ratio of pay',
    })
  })

  it('one is saved, used from then on, survives a restart, and is reset', async () => {
    const saved = await call('PUT', '/mail/zh', { parts: { subject: '{{ title }}', text: '' } })
    assert.equal(saved.status, 200)
    assert.deepEqual(
      book.templates(ours).map(({ parts }) => parts.subject),
      ['{{ title }}'],
    )
    const again = new TemplateBook({ store: store.templates, clock: site.clock, log: silentLog })
    await again.load()
    assert.deepEqual(again.templates(ours), book.templates(ours))
    assert.equal((await call('DELETE', '/mail/zh')).status, 200)
    assert.equal((await call('DELETE', '/mail/zh')).status, 404)
    assert.deepEqual((await call('GET', '')).body.templates, [])
  })

  it('what cannot be used is refused with its place', async () => {
    const { status, body } = await call('PUT', '/mail/zh', {
      parts: { subject: 'ok', text: 'a\n{{ titel }}' },
    })
    assert.equal(status, 400)
    assert.deepEqual(body.error.fields, [
      { field: 'parts/text', expected: 'unknown variable: titel, line:2, col:4' },
    ])
    const cases: [string, object][] = [
      ['/webhook/zh', { parts: {} }],
      ['/mail/fr', { parts: {} }],
      ['/mail/zh', { parts: { body: 'x' } }],
      ['/mail/zh', { parts: { text: 'x'.repeat(16_001) } }],
    ]
    for (const [path, given] of cases)
      assert.equal((await call('PUT', path, given)).status, 400, path)
    assert.deepEqual((await call('GET', '')).body.templates, [])
  })

  it('a preview is of a sample, or of an alarm of the environment', async () => {
    await alarm(ours, 'a1')
    await alarm(theirs, 'b1')
    const parts = { subject: '{{ service }} {{ level }}', text: '{{ content }}' }
    const preview = async (more: object) =>
      (await call('POST', '/mail/zh/preview', { parts, ...more })).body.preview
    assert.equal((await preview({})).subject, 'Shop.PayServer ERROR')
    const real = await preview({ alarm: 'a1' })
    assert.match(real.text, /^pay 失败\n/)
    assert.match(real.text, /环境 生产/)
    assert.equal((await preview({ alarm: 'a1', over: true })).subject, 'Shop.PayServer 恢复')
    assert.deepEqual(real.faults, [])
    const wrong = await call('POST', '/wecom/zh/preview', { parts: { text: '{{ gone }}' } })
    assert.equal(wrong.status, 200)
    assert.deepEqual(wrong.body.preview.faults, [
      { part: 'text', why: 'unknown variable: gone, line:1, col:4' },
    ])
    assert.match(wrong.body.preview.text, /调用失败率高/)
    assert.equal((await call('POST', '/mail/zh/preview', { parts, alarm: 'b1' })).status, 404)
  })

  it("another environment's stays its own", async () => {
    await call('PUT', '/dingtalk/en', { parts: { subject: 'ours' } })
    assert.deepEqual((await call('GET', '', undefined, theirs)).body.templates, [])
    assert.equal((await call('DELETE', '/dingtalk/en', undefined, theirs)).status, 404)
    assert.equal((await call('PUT', '/dingtalk/en', { parts: {} }, 'al-none')).status, 404)
    assert.equal(book.templates(ours).length, 1)
  })
})
