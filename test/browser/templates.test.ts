import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { alertRow } from '../cloud/api/rows.ts'
import { change, notice } from '../cloud/notify/support/nouns.ts'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('templates of messages in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    site.store.alertRows.push(alertRow(id, now))
    const page = await site.open(`/environments/${id}/templates`, { width })
    const shown = page.getByTestId('shown')
    const stored = () => site.notifyDesk.templates.templates(id)
    return { id, page, shown, stored }
  }

  it('a template is begun, seen on a real alarm, saved and reset', async () => {
    const { page, shown, stored } = await opened('templates')
    await shown
      .getByText('【生产环境', { exact: false })
      .or(shown.getByText('Shop.PayServer'))
      .first()
      .waitFor()
    await page.getByTestId('starter').click()
    await page.locator('[name="subject"]').fill('【值班】{{ service }} {{ level }}')
    await page.getByTestId('preview').click()
    await shown.getByText('【值班】Shop.PayServer ERROR').waitFor()
    await page.getByTestId('alarm').click()
    await page.getByRole('option', { name: 'DemoApp.PayServer' }).click()
    await shown.getByText('【值班】DemoApp.PayServer ERROR').waitFor()
    await shown.getByText('最近1分钟调用 120 次').waitFor()
    await page
      .locator('label')
      .filter({ hasText: /^恢复$/ })
      .click()
    await shown.getByText('【值班】DemoApp.PayServer 恢复').waitFor()
    await page.frameLocator('iframe').getByText('持续').first().waitFor()
    await page.getByTestId('save').click()
    await page.getByText('模板已保存').waitFor()
    assert.equal(stored()[0]?.parts.subject, '【值班】{{ service }} {{ level }}')
    await page.getByTestId('reset').click()
    await page.getByRole('dialog').getByRole('button', { name: '删除' }).click()
    await page.getByText('已恢复默认').waitFor()
    assert.deepEqual(stored(), [])
    assert.equal(await page.locator('[name="subject"]').inputValue(), '')
  })

  it('what cannot be used says where, and is not saved', async () => {
    const { page, stored } = await opened('faults')
    await page.getByTestId('wecom').click()
    await page.locator('[name="text"]').fill('a\n{{ titel }}')
    await page.getByTestId('preview').click()
    await page.getByText('“text”出错').waitFor()
    await page.getByTestId('save').click()
    await page
      .locator('.el-form-item__error')
      .getByText('unknown variable: titel, line:2')
      .waitFor()
    assert.deepEqual(stored(), [])
  })

  it('one that failed since says how often and why', async () => {
    const { id, page } = await opened('failed')
    const text = '{% if labels.boom %}{% for a in (1..2000000000) %}{% endfor %}{% endif %}x'
    const template = { environment: id, kind: 'wecom', language: 'zh', parts: { text } } as const
    await site.notifyDesk.templates.save(template)
    const headline = change('fired', 0, alertRow(id, 0, { labels: { boom: '1' } }))
    const of = notice(headline, { environment: { id, name: 'failed' } })
    for (const _ of [1, 2]) site.notifyDesk.templates.said('wecom', of, {})
    await page.getByTestId('wecom').click()
    await page.getByText('保存后有 2 条消息因模板出错').waitFor()
    await page.getByText('memory alloc limit exceeded').waitFor()
  })

  it('all is there in English and on a phone', async () => {
    const { page } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'Message templates' }).waitFor()
    await page.getByText('title of the alarm', { exact: true }).waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
