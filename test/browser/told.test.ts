import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Reason } from '../../src/cloud/notify/stages/stage.ts'
import { toldEn } from '../../src/web/messages/told-en.ts'
import { toldZh } from '../../src/web/messages/told-zh.ts'
import { alertRow } from '../cloud/api/rows.ts'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('why somebody was told, or not, in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(async () => {
    site.notifyDesk.tracesOf.length = 0
    site.notifyDesk.waitingNews.length = 0
    await site.closePages()
  })
  after(() => site.close())

  async function opened(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const alarm = alertRow(id, now, { id: `${id}-alarm` })
    site.store.alertRows.push(alarm)
    const contact = { id: 'wang', environment: id, name: '王小明', email: 'w@example.com' }
    await site.store.saveContact({ ...contact, language: 'zh', timeZone: 'Asia/Shanghai' })
    const policy = { environment: id, services: ['*'], contacts: 'all' } as const
    await site.notifyDesk.policies.savePolicy({ ...policy, id: 'all', name: '全部服务' })
    const page = () => site.open(`/environments/${id}/alarms/${alarm.id}`, { width })
    return { id, alarm, now, page }
  }

  /** A sentence of each in both languages: the compiler sees that none is left out. */
  const texts: [string, Record<Reason, string>, 'zh' | 'en'][] = [
    ['Chinese', toldZh.reasons, 'zh'],
    ['English', toldEn.reasons, 'en'],
  ]
  for (const [name, reasons, language] of texts) {
    it(`each reason is a sentence in ${name}, also on a phone`, async () => {
      const { id, alarm, now, page: open } = await opened(name, 390)
      const lines = Object.keys(reasons).map((reason) => ({
        ...({
          stage: 'route',
          verdict: 'drop',
          reason: reason as Reason,
          policies: ['all'],
        } as const),
      }))
      site.notifyDesk.tracesOf.push({
        environment: id,
        alert: alarm.id,
        at: now,
        kind: 'fired',
        lines,
      })
      const page = await open()
      const panel = page.getByTestId('trace')
      await panel.waitFor()
      if (language === 'en') await page.getByTestId('language').click()
      for (const text of Object.values(reasons)) await panel.getByText(text).waitFor()
      const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
      assert.equal(wide, false)
    })
  }

  it('names policies, contacts, how many more, what is gone, and the mute that holds it', async () => {
    const { id, alarm, now, page: open } = await opened('names')
    const matchers = [{ name: 'callee', op: '=', value: 'A.B' }] as const
    await site.notifyDesk.mutes.saveMute({
      ...{ id: 'm', environment: id, matchers, from: now, to: now + 1, reason: '升级', author: '' },
      createdAt: now,
    })
    const told = { stage: 'address', verdict: 'tell', reason: 'addressed' } as const
    const held = { stage: 'times', verdict: 'hold', reason: 'outside-hours' } as const
    const entry = { environment: id, alert: alarm.id, at: now }
    const { tracesOf, waitingNews } = site.notifyDesk
    tracesOf.push({
      ...{ ...entry, kind: 'resolved' },
      lines: [{ ...told, policies: ['all'], contacts: ['wang', 'gone'], more: 3 }],
    })
    tracesOf.push({
      ...{ ...entry, kind: 'fired' },
      lines: [
        { ...held, policies: ['all'] },
        { ...held, stage: 'converge', policies: ['all'] },
      ],
    })
    waitingNews.push({ at: now, until: now + 3_600_000, mute: 'm' })
    const panel = (await open()).getByTestId('trace')
    await panel.getByText('通知配置 全部服务').first().waitFor()
    await panel.getByText('接收人 王小明、（已删除）、另有 3 个').waitFor()
    await panel.getByText('屏蔽 升级').waitFor()
    await panel.getByText('2026-03-02 11:00:00').waitFor()
    assert.equal(await panel.getByText('不在通知配置的通知时段内').count(), 1)
  })

  it('of an alarm nothing was decided of it says so', async () => {
    const { page } = await opened('nothing')
    await (await page()).getByText('还没有作出通知决定').waitFor()
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
