/** The page behind the links of messages, on a real port over the embedded store. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fastify } from 'fastify'
import { actPages } from '../../../src/cloud/api/act-pages.ts'
import { ActLinks, LINK_MS, type LinkClaim } from '../../../src/cloud/notify/acts/act-link.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { contact } from '../notify/support/nouns.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { START } from './console.ts'
import { alertRow } from './rows.ts'

const HOUR_MS = 3_600_000

describe('the page behind the link of a message', () => {
  const folder = dataFolder({ after })
  const clock = new FakeClock(START)
  const links = new ActLinks(new Uint8Array(32).fill(1))
  const server = fastify()
  let store: Store
  let url: string
  let ours: string
  let theirs: string
  let numbers = 0

  before(async () => {
    store = await openIn(folder)
    const { environments, reads: alerts, contacts, reminders, receivers } = store
    const desk = { acts: reminders, receivers, changed: () => {} }
    await server.register(actPages({ links, environments, alerts, contacts, desk, clock }))
    url = await server.listen({ host: '127.0.0.1', port: 0 })
    const wanted = { name: '生产 <1>', framework: 'TARSFramework' } as const
    ours = (await environments.createEnvironment(wanted, START)).id
    theirs = (await environments.createEnvironment({ ...wanted, name: 'other' }, START)).id
    await contacts.saveContact(contact('zhang', { environment: ours, name: '张三' }))
    const smith = { language: 'en', timeZone: 'UTC' } as const
    await contacts.saveContact(contact('smith', { environment: ours, name: 'Smith', ...smith }))
  })
  after(async () => {
    await server.close()
    await store.close()
  })

  async function alarm(state: 'firing' | 'resolved' = 'firing'): Promise<string> {
    const title = '失败率 <script>alert(1)</script>'
    const annotations = { title, title_en: 'it fails & fails' }
    const over = state === 'resolved' ? { state, resolvedAt: START } : {}
    const of = alertRow(ours, START + ++numbers, { id: `a${numbers}`, annotations, ...over })
    await store.alerts.saveEvaluation({
      progress: { environment: ours, group: 'g', evaluatedAt: START },
      ...{ alerts: [of], dropped: [], changes: [] },
    })
    return of.id
  }

  const linkTo = (alert: string, more: Partial<LinkClaim> = {}) =>
    links.sign({
      ...{ environment: ours, alert, contact: 'zhang', expiresAt: clock.now() + LINK_MS },
      ...more,
    })
  async function get(link: string, method = 'GET') {
    const answer = await fetch(`${url}/act?link=${link}`, { method })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  async function post(fields: Record<string, string>) {
    const answer = await fetch(`${url}/act`, { method: 'POST', body: new URLSearchParams(fields) })
    return { status: answer.status, text: await answer.text() }
  }
  const acts = (alert: string) => store.reminders.acts(ours, alert)

  it('says what the alarm is, in the language of its reader, and asks', async () => {
    const id = await alarm()
    const { status, text } = await get(linkTo(id))
    assert.equal(status, 200)
    for (const said of ['【DemoApp.PayServer】告警', '严重', '生产 &lt;1&gt;', '您是：张三']) {
      assert.ok(text.includes(said), said)
    }
    assert.ok(text.includes('失败率 &lt;script&gt;'))
    assert.match(text, /<form method="post"/)
    const english = await get(linkTo(id, { contact: 'smith' }))
    assert.ok(english.text.includes('it fails &amp; fails'))
    assert.ok(english.text.includes('You are Smith'))
    assert.ok(english.text.includes('UTC'))
  })

  it('needs no script, is kept by nobody and tells nobody where it was', async () => {
    const { headers, text } = await get(linkTo(await alarm()))
    assert.doesNotMatch(text, /<script|style=|onclick/)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal((await fetch(`${url}/act.css`)).status, 200)
  })

  it('never acts when it is only looked at, as scanners of mails do', async () => {
    const id = await alarm()
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET']) await get(linkTo(id), method)
    assert.deepEqual(await acts(id), [])
  })

  it('acts when its form is sent: by the contact of the link', async () => {
    const id = await alarm()
    const link = linkTo(id)
    const done = await post({ link, kind: 'acknowledge', note: '在看' })
    assert.equal(done.status, 200)
    assert.ok(done.text.includes('已保存'))
    const by = { by: '张三', contact: 'zhang', at: START, note: '在看' }
    const act = { environment: ours, alert: id, kind: 'acknowledge', ...by }
    assert.deepEqual(await acts(id), [act])
    await post({ link, kind: 'snooze', hours: '4', note: '' })
    assert.equal((await acts(id)).at(-1)?.until, START + 4 * HOUR_MS)
    assert.ok((await get(link)).text.includes('已暂停通知'))
  })

  it('takes nothing back and adds no notes, but shows who did', async () => {
    const id = await alarm()
    const link = linkTo(id)
    await post({ link, kind: 'acknowledge', note: '' })
    for (const kind of ['undo', 'note']) {
      assert.equal((await post({ link, kind, note: 'x' })).status, 409)
    }
    const act = { environment: ours, alert: id, at: START, by: 'anna', note: 'x' }
    await store.reminders.saveAct({ ...act, kind: 'undo' })
    await store.reminders.saveAct({ ...act, kind: 'note' })
    const { text } = await get(link)
    assert.match(text, /已撤销处理 · anna/)
    assert.match(text, /补充说明 · anna/)
    assert.match(text, /<form method="post"/)
  })

  it('to close it a note is needed; then there is no form any more', async () => {
    const id = await alarm()
    const link = linkTo(id)
    const without = await post({ link, kind: 'close', note: ' ' })
    assert.equal(without.status, 409)
    assert.ok(without.text.includes('请填写说明'))
    assert.deepEqual(await acts(id), [])
    assert.equal((await post({ link, kind: 'close', note: '已知问题' })).status, 200)
    assert.doesNotMatch((await get(link)).text, /<form/)
    assert.equal((await post({ link, kind: 'acknowledge' })).status, 409)
    assert.equal((await acts(id)).length, 1)
  })

  it('of what is over there is nothing to do', async () => {
    const id = await alarm('resolved')
    const { status, text } = await get(linkTo(id))
    assert.equal(status, 200)
    assert.ok(text.includes('已结束'))
    assert.equal((await post({ link: linkTo(id), kind: 'acknowledge' })).status, 409)
    assert.deepEqual(await acts(id), [])
  })

  it('by the link of a group’s robot its name acts', async () => {
    const robot = { id: 'robot', environment: ours, kind: 'dingtalk', name: '值班群' } as const
    const reads = { language: 'zh', timeZone: 'Asia/Shanghai', settings: {} } as const
    await store.receivers.saveReceiver({ ...robot, ...reads }, START)
    const id = await alarm()
    const link = linkTo(id, { contact: 'robot' })
    assert.equal((await post({ link, kind: 'acknowledge' })).status, 200)
    assert.deepEqual(
      (await acts(id)).map(({ by, contact: of }) => [by, of]),
      [['值班群', 'robot']],
    )
  })

  const worthless: [name: string, status: number, said: string, link: (id: string) => string][] = [
    ['a changed link', 403, '已被改动', (id) => `${linkTo(id)}x`],
    ['a cut link', 403, 'incomplete', (id) => linkTo(id).slice(0, -5)],
    ['no link at all', 403, '已被改动', () => ''],
    ['an expired link', 410, '已过期', (id) => linkTo(id, { expiresAt: START })],
    ['a contact who is gone', 404, '已不存在', (id) => linkTo(id, { contact: 'gone' })],
    ['an alarm that is gone', 404, 'no longer there', () => linkTo('gone')],
    ['another environment', 404, '已不存在', (id) => linkTo(id, { environment: theirs })],
  ]
  for (const [name, status, said, make] of worthless) {
    it(`${name}: is told what to do, and acts on nothing`, async () => {
      const id = await alarm()
      const link = make(id)
      const page = await get(link)
      assert.equal(page.status, status)
      assert.ok(page.text.includes(said))
      assert.equal((await post({ link, kind: 'acknowledge' })).status, status)
      assert.deepEqual(await acts(id), [])
    })
  }

  it('takes nothing but its form', async () => {
    const link = linkTo(await alarm())
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ link, kind: 'acknowledge' })
    assert.equal((await fetch(`${url}/act`, { method: 'POST', headers, body })).status, 415)
    const long = await post({ link, kind: 'close', note: 'x'.repeat(9_000) })
    assert.equal(long.status, 413)
  })

  it('who tries too often is told to wait', async () => {
    const link = linkTo(await alarm())
    const statuses: number[] = []
    for (let n = 0; n < 40; n++) statuses.push((await get(link)).status)
    assert.deepEqual([statuses.at(0), statuses.at(-1)], [200, 429])
    clock.advance(15 * 60_000)
    assert.equal((await get(link)).status, 200)
  })
})
