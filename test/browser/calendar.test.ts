import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('the calendar in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const page = await site.open(`/environments/${id}/calendar`, { width })
    const dialog = page.getByRole('dialog')
    const day = (date: string) => page.locator(`[data-day="${date}"]`)
    const type = (field: string, text: string) => dialog.locator(`[name="${field}"]`).fill(text)
    const save = () => dialog.getByTestId('save').click()
    const stored = () => site.calendars.calendar(id)
    return { page, dialog, day, type, save, stored }
  }

  it('shows a year with what each day is, and until when that is known', async () => {
    const { page, day } = await opened('year')
    await day('2026-10-10').and(page.locator('.make-up-workday')).waitFor()
    await day('2026-03-02').and(page.locator('.today')).waitFor()
    const title = await day('2026-10-01').getAttribute('title')
    assert.equal(title, '2026-10-01 · 国庆节 · 法定节假日 · 国务院安排')
    await page.getByTestId('until').and(page.locator('.el-alert--info')).waitFor()
    await page.getByTestId('next').click()
    await day('2027-10-01').and(page.locator('.holiday')).waitFor()
    await day('2027-10-04').and(page.locator('.workday')).waitFor()
    await page.getByTestId('until').and(page.locator('.el-alert--warning')).waitFor()
    await page.getByTestId('until').getByText('2026-12-31').waitFor()
    await page.getByTestId('previous').click()
    await day('2026-10-01').and(page.locator('.holiday')).waitFor()
  })

  it('a day is added by a click, changed and removed', async () => {
    const { page, dialog, day, type, save, stored } = await opened('days')
    await day('2026-11-11').click()
    assert.equal(await dialog.locator('[name="date"]').inputValue(), '2026-11-11')
    await type('date', '11-11')
    await type('day-name', '双11')
    await save()
    await day('2026-11-11').and(page.locator('.special.own')).waitFor()
    const [specialDay] = (await stored())?.specialDays ?? []
    assert.deepEqual(specialDay, { date: '11-11', name: '双11', like: 'special' })

    await day('2026-11-11').click()
    await dialog.getByTestId('like').click()
    await page.getByRole('option', { name: '周末（休息日）' }).click()
    // The list may still be open, over the button.
    await dialog.locator('[name="day-name"]').press('Enter')
    await day('2026-11-11').and(page.locator('.weekend.own')).waitFor()
    await page.getByRole('row').filter({ hasText: '双11' }).getByText('删除').click()
    await day('2026-11-11').and(page.locator('.workday')).waitFor()
    assert.deepEqual((await stored())?.specialDays, [])
  })

  it('what is no day, or there already, is refused where it was typed', async () => {
    const { page, dialog, type, save, stored } = await opened('refused')
    await page.getByTestId('add').click()
    await type('date', '2026-02-30')
    await save()
    await dialog.getByText('应为存在的日期').waitFor()
    await dialog.getByText('应为 1 到 50 个字符').waitFor()
    await type('date', '05-05')
    await type('day-name', '店庆')
    await save()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByTestId('add').click()
    await type('date', '05-05')
    await save()
    await dialog.getByText('这一天已经有了').waitFor()
    assert.equal((await stored())?.specialDays.length, 1)
  })

  it('without holidays there are workdays and weekends', async () => {
    const { page, day } = await opened('none')
    await page.getByTestId('holidays').click()
    await page.getByRole('option', { name: '只区分工作日与周末' }).click()
    await day('2026-10-01').and(page.locator('.workday')).waitFor()
    assert.equal(await page.getByTestId('until').count(), 0)
  })

  it('all is there in English and on a phone', async () => {
    const { page, day, dialog } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'Days of your own' }).waitFor()
    await day('2026-05-01').click()
    await dialog.getByText('Counts as').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
