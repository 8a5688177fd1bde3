import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('retention in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    site.store.usageOf.set(id, { records: 14_500, bytes: 62_345_678 })
    const page = await site.open('/environments', { width })
    const open = async (item = '数据保留与磁盘占用') => {
      await page.getByRole('article', { name, exact: true }).getByTestId('more').click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    const dialog = page.getByRole('dialog', { name: `“${name}”的数据保留` })
    const raw = dialog.getByLabel('原始数据保留（天）')
    const hourly = dialog.getByLabel('小时级数据保留（天）')
    const save = () => dialog.getByTestId('save-retention').click()
    const kept = async () => (await site.store.environment(id))?.retention
    return { page, open, dialog, raw, hourly, save, kept }
  }

  it('tells what the environment takes, and what the cloud keeps by default', async () => {
    const { open, dialog, raw, hourly } = await opened('usage')
    await open()
    await dialog.getByText('62 MB').waitFor()
    assert.equal(await dialog.getByTestId('records').textContent(), '14,500')
    assert.equal(await raw.getAttribute('placeholder'), '云端默认：8')
    assert.equal(await hourly.getAttribute('placeholder'), '云端默认：400')
    assert.equal(await raw.inputValue(), '')
  })

  it('is set longer without a question, and is there when it is opened again', async () => {
    const { page, open, dialog, raw, save, kept } = await opened('longer')
    await open()
    await raw.fill(' 30 ')
    await save()
    await page.getByText('数据保留时间已保存').waitFor()
    await dialog.waitFor({ state: 'hidden' })
    assert.deepEqual(await kept(), { rawDays: 30, hourlyDays: null })
    await open()
    assert.equal(await raw.inputValue(), '30')
  })

  it('is shortened, also by going back to the default, only when that is confirmed', async () => {
    const { page, open, dialog, raw, hourly, save, kept } = await opened('shorter')
    const ask = page.getByRole('dialog', { name: '缩短保留时间' })
    await open()
    await raw.fill('3')
    await save()
    await ask.getByRole('button', { name: '取消' }).click()
    assert.deepEqual(await kept(), { rawDays: null, hourlyDays: null })
    await hourly.fill('500')
    await save()
    await ask.getByRole('button', { name: '缩短' }).click()
    await dialog.waitFor({ state: 'hidden' })
    assert.deepEqual(await kept(), { rawDays: 3, hourlyDays: 500 })
    await open()
    await hourly.fill('')
    await save()
    await ask.getByRole('button', { name: '缩短' }).click()
    await dialog.waitFor({ state: 'hidden' })
    assert.deepEqual(await kept(), { rawDays: 3, hourlyDays: null })
  })

  it('that cannot be is refused where it was typed', async () => {
    const { page, open, dialog, raw, hourly, save, kept } = await opened('refused')
    await open()
    for (const wrong of ['401', 'x', '2.5']) {
      await raw.fill(wrong)
      await save()
      await dialog.getByText('应为 2 到 400 的整数').waitFor()
      await raw.fill('')
    }
    await raw.fill('400')
    await hourly.fill('399')
    await save()
    await page
      .getByRole('dialog', { name: '缩短保留时间' })
      .getByRole('button', { name: '缩短' })
      .click()
    await dialog.getByText('且不少于原始数据的天数').waitFor()
    assert.deepEqual(await kept(), { rawDays: null, hourlyDays: null })
  })

  it('is all there in English and on a phone', async () => {
    const { page, open } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await open('Retention and disk')
    const dialog = page.getByRole('dialog', { name: 'Retention of “phone”' })
    await dialog.getByText('62 MB').waitFor()
    await dialog.getByLabel('Keep raw data (days)').fill('0')
    await dialog.getByTestId('save-retention').click()
    const ask = page.getByRole('dialog', { name: 'Shorten the retention' })
    await ask.getByRole('button', { name: 'Shorten' }).click()
    await dialog.getByText('A whole number from 2 to 400').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
