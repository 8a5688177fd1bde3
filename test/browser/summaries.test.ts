import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('summaries in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const local = { environment: id, language: 'zh', timeZone: 'Asia/Shanghai' } as const
    await site.store.saveContact({
      ...local,
      id: 'wang',
      name: '王小明',
      email: 'wang@example.com',
    })
    const group = { id: 'g', environment: id, name: '支付组', contacts: ['wang'] }
    await site.notifyDesk.policies.saveGroup(group)
    const page = await site.open(`/environments/${id}/contacts`, { width })
    const dialog = page.getByRole('dialog').filter({ visible: true })
    const stored = async () => (await site.notifyDesk.summaries.store.subscriptionsOf(id))[0]
    return { page, dialog, stored }
  }

  it('one is added, changed and removed', async () => {
    const { page, dialog, stored } = await opened('summaries')
    await page.getByText('还没有人订阅汇总').waitFor()
    await page.getByTestId('add-summary').click()
    await dialog.getByTestId('save').click()
    await dialog.getByText('请选择至少一位联系人').waitFor()
    await dialog
      .locator('label')
      .filter({ hasText: /^每周$/ })
      .click()
    await dialog.getByTestId('weekday').click()
    await page.getByRole('option', { name: '周五' }).click()
    await dialog.locator('[name="summary-at"]').fill('8：30')
    await dialog.getByTestId('summary-contacts').click()
    await page.getByRole('option', { name: '王小明' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByTestId('save').click()
    const row = page.getByRole('row').filter({ hasText: '周五' })
    await row.getByText('08:30').waitFor()
    await row.getByText('王小明').waitFor()
    const { id: _, environment: __, ...kept } = (await stored()) ?? {}
    assert.deepEqual(kept, {
      ...{ every: 'week', weekday: 5, at: '08:30', timeZone: 'Asia/Shanghai' },
      ...{ contacts: ['wang'], groups: [], evenIfQuiet: true },
    })

    await row.getByRole('button', { name: '编辑' }).click()
    await dialog.getByTestId('summary-groups').click()
    await page.getByRole('option', { name: '支付组' }).click()
    await page.keyboard.press('Escape')
    await dialog.locator('[name="summary-at"]').fill('25:00')
    await dialog.getByTestId('save').click()
    await dialog.getByText('应为时间，如 09:00').waitFor()
    await dialog.locator('[name="summary-at"]').fill('18:00')
    await dialog.getByTestId('save').click()
    await row.getByText('王小明、支付组').waitFor()
    await row.getByRole('button', { name: '删除' }).click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有人订阅汇总').waitFor()
    assert.equal(await stored(), undefined)
  })

  it('all is there in English and on a phone', async () => {
    const { page, dialog } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'Daily and weekly summaries' }).waitFor()
    await page.getByTestId('add-summary').click()
    await dialog.getByText('Every week').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
