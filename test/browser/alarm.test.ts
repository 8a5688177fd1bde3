import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Alert } from '../../src/cloud/alerts/alert.ts'
import { alertRow } from '../cloud/api/rows.ts'
import { startTriedConsole, type TriedConsole } from '../cloud/api/tried-world.ts'
import { noBrowser } from '../support/browser.ts'
import { openInBrowser } from './console-in-browser.ts'

type Site = Awaited<ReturnType<typeof openInBrowser<TriedConsole>>>

describe('an alarm in a browser', { skip: noBrowser }, () => {
  let site: Site
  before(async () => {
    site = await openInBrowser(startTriedConsole)
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, change: Partial<Alert>, locale = 'zh-CN') {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const alert = alertRow(id, now - 60_000, { id: `alert-${name}`, ...change })
    site.store.alertRows.push(alert)
    const page = await site.open(`/environments/${id}/alarms/${alert.id}`, { locale })
    return { id, page }
  }

  it('its value has its unit, and its rule leads to that among the rules', async () => {
    const annotations = { title: 't', threshold: '0.04', threshold_unit: 'ratio' }
    const { page } = await opened('value', { annotations, value: 0.2578397212543554 })
    await page.getByTestId('value').getByText('25.8%', { exact: true }).waitFor()
    await page.getByTestId('rule').click()
    await page.waitForURL(/\/rules\?search=FailureRatio$/)
    await page.getByRole('row', { name: '调用失败率高' }).waitFor()
  })

  it('of a rule that is gone its name is no link', async () => {
    const { page } = await opened('gone', { rule: 'Gone', value: 0.2578397212543554 }, 'en-GB')
    await page.getByTestId('value').getByText('0.258', { exact: true }).waitFor()
    await page.getByText('Gone', { exact: true }).waitFor()
    assert.equal(await page.getByTestId('rule').count(), 0)
  })

  it('what is done about it is on the button that does it', async () => {
    const { page } = await opened('acts', {}, 'en-GB')
    for (const [kind, name] of [
      ['acknowledge', 'Acknowledge'],
      ['close', 'Close'],
    ] as const) {
      await page.getByTestId(kind).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByTestId('save').and(dialog.getByRole('button', { name })).waitFor()
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await dialog.waitFor({ state: 'hidden' })
    }
  })

  it('its cause names the alarm that is told instead, and no space is before what follows a time', async () => {
    const at = site.clock.now()
    const story = {
      ...{ zh: [['重启（', at, '），必要时']], en: [['restart at ', at, '; roll it back']] },
      into: { alert: 'alert-teller', service: 'App.D' },
    }
    site.store.stories.set('alert-folded', story)
    const { id, page } = await opened('folded', {}, 'en-GB')
    const annotations = { title: '服务宕机', title_en: 'service down' }
    site.store.alertRows.push(alertRow(id, at, { id: 'alert-teller', annotations }))
    await page.reload()
    await page.getByRole('link', { name: 'App.D service down' }).waitFor()
    const line = page.locator('p.text')
    assert.equal(await line.innerText(), 'restart at 2026-03-02 10:00:00; roll it back')
    await page.getByTestId('language').click()
    await page.getByText('与另一条告警原因相同').waitFor()
    assert.equal(await line.innerText(), '重启（2026-03-02 10:00:00），必要时')
  })

  it('alarms are searched by service or rule, and by level; a search is part of the address', async () => {
    const now = site.clock.now()
    const name = 'searched'
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    for (const [at, severity] of (['ERROR', 'WARN', 'WARN'] as const).entries()) {
      const labels = { callee: `App.Server${at}`, interface: 'pay' }
      const row = alertRow(id, now - at, { id: `s${at}`, severity, labels })
      site.store.alertRows.push(row)
    }
    const page = await site.open(`/environments/${id}/alarms`)
    const rows = page.locator('tbody tr')
    await rows.nth(2).waitFor()
    await page.getByTestId('level').click()
    await page.getByRole('option', { name: '警告' }).click()
    await rows.nth(2).waitFor({ state: 'detached' })
    await page.getByTestId('search').fill(' server2  ratio a r o t ')
    await page.keyboard.press('Enter')
    await page.waitForURL(/level=WARN&search=server2\+ratio\+a\+r\+o$/)
    await rows.nth(1).waitFor({ state: 'detached' })
    assert.match(await rows.innerText(), /App\.Server2/)
    await page.getByTestId('search').fill('nobody')
    await page.keyboard.press('Enter')
    await page.getByText('没有符合筛选条件的告警').waitFor()
    await page.goBack()
    await rows.getByText('App.Server2').waitFor()
    assert.equal(await page.getByTestId('search').inputValue(), 'server2 ratio a r o')
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
