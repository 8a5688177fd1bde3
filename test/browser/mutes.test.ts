import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { alertRow } from '../cloud/api/rows.ts'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

const HOUR_MS = 3_600_000

describe('mutes in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, { width = 1280, path = 'mutes' } = {}) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const labels = { callee: 'Shop.Pay', interface: 'pay', node: '10.0.0.5' }
    site.store.alertRows.push(alertRow(id, now, { id: `${id}-alarm`, labels }))
    const page = await site.open(`/environments/${id}/${path.replace('$', `${id}-alarm`)}`, {
      width,
    })
    const dialog = page.getByRole('dialog').filter({ visible: true })
    const type = (field: string, text: string) => dialog.locator(`[name="${field}"]`).fill(text)
    /** Refused where it is answered: the dialog stays. */
    const save = () => dialog.getByTestId('save').click()
    const saved = async () => {
      await save()
      await dialog.waitFor({ state: 'hidden' })
    }
    const row = (text: string) => page.getByRole('row').filter({ hasText: text })
    const stored = async () => (await site.notifyDesk.mutes.mutes(id))[0]
    return { now, page, dialog, type, save, saved, row, stored }
  }

  it('alarms like one are muted from its page, for an hour unless said otherwise', async () => {
    const { now, page, dialog, type, saved, stored } = await opened('like', { path: 'alarms/$' })
    await page.getByTestId('mute').click()
    const matchers = dialog.locator('[name="matchers"]')
    const typed = 'alertname=FailureRatio\ncallee=Shop.Pay\ninterface=pay'
    assert.equal(await matchers.inputValue(), typed)
    await type('reason', '升级')
    await saved()
    const mute = await stored()
    assert.deepEqual([mute?.from, mute?.to, mute?.reason], [now, now + HOUR_MS, '升级'])
    assert.equal(mute?.author, 'admin')
    assert.deepEqual(mute?.matchers, [
      { name: 'alertname', op: '=', value: 'FailureRatio' },
      { name: 'callee', op: '=', value: 'Shop.Pay' },
      { name: 'interface', op: '=', value: 'pay' },
    ])
  })

  it('one for hours of the week is added, changed and removed', async () => {
    const { now, page, dialog, type, saved, row, stored } = await opened('weekly')
    await page.getByText('没有屏蔽').waitFor()
    await page.getByTestId('add').click()
    await type('matchers', 'callee =~ Shop\\..*|Batch\nset!=" a"')
    await dialog.getByRole('button', { name: '7 天' }).click()
    await dialog.getByText('每周固定时段').click()
    await dialog.getByTestId('days').click()
    await page.getByRole('option', { name: '周一' }).click()
    await page.getByRole('option', { name: '周日' }).click()
    await page.keyboard.press('Escape')
    await type('day-from', '23:00')
    await type('day-to', '02:00')
    await type('reason', '夜间任务')
    await saved()
    await row('夜间任务').getByText('时段之外').waitFor()
    await row('夜间任务').getByText('周一、周日 23:00-02:00').waitFor()
    await row('夜间任务').getByText('set!=" a"').waitFor()
    const mute = await stored()
    assert.equal(mute?.to, now + 7 * 24 * HOUR_MS)
    const times = [{ days: [1, 0], from: '23:00', to: '02:00' }]
    assert.deepEqual(mute?.weekly, { timeZone: 'Asia/Shanghai', times })
    assert.deepEqual(mute?.matchers, [
      { name: 'callee', op: '=~', value: 'Shop\\..*|Batch' },
      { name: 'set', op: '!=', value: ' a' },
    ])

    await row('夜间任务').getByRole('button', { name: '编辑' }).click()
    await dialog.getByText('一直').click()
    await type('to', '2026-03-02T11:30')
    await saved()
    await row('夜间任务').getByText('屏蔽中').waitFor()
    await row('夜间任务').getByText('即将结束').waitFor()
    const changed = await stored()
    assert.deepEqual([changed?.from, changed?.to], [now, now + 1.5 * HOUR_MS])
    assert.deepEqual([changed?.matchers, changed?.weekly], [mute?.matchers, undefined])
    await row('夜间任务').getByRole('button', { name: '删除' }).click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('没有屏蔽').waitFor()
  })

  it('times are those of the viewer’s zone, and what is not touched stays to the ms', async () => {
    const { now, page, dialog, type, saved, row, stored } = await opened('zone')
    await page.getByRole('button', { name: '更改' }).click()
    await page.getByTestId('zone').click()
    await page.keyboard.type('Berlin')
    await page.getByRole('option', { name: 'Europe/Berlin' }).click()
    await page.getByRole('button', { name: '完成' }).click()
    await page.getByTestId('add').click()
    assert.equal(await dialog.locator('[name="from"]').inputValue(), '2026-03-02T03:00')
    await type('matchers', 'app=Shop')
    await type('from', '2026-03-28T12:00')
    // A day of 23 hours: clocks go forward.
    await type('to', '2026-03-29T12:00')
    await type('reason', 'x')
    await saved()
    const mute = await stored()
    assert.deepEqual(
      [mute?.from, mute?.to].map((at) => new Date(at ?? 0).toISOString()),
      ['2026-03-28T11:00:00.000Z', '2026-03-29T10:00:00.000Z'],
    )
    if (mute) await site.notifyDesk.mutes.saveMute({ ...mute, from: now + 1_234 })
    await page.reload()
    await row('app=Shop').getByRole('button', { name: '编辑' }).click()
    await saved()
    assert.equal((await stored())?.from, now + 1_234)
  })

  it('what is refused is told where it was typed', async () => {
    const { page, dialog, type, save } = await opened('refused')
    await page.getByTestId('add').click()
    await type('to', '2026-03-02T09:00')
    await dialog.getByText('每周固定时段').click()
    await save()
    await dialog.getByText('至少一行').waitFor()
    await dialog.getByText('应选择星期').waitFor()
    await dialog.getByText('应为 1 到 200 个字符').waitFor()
    await type('matchers', 'app=Shop\napp=~(')
    await save()
    await dialog.getByText('第 2 行应为').waitFor()
    await type('matchers', 'app=Shop')
    await dialog.getByText('一直').click()
    await type('reason', 'x')
    await save()
    await dialog.getByText('应晚于开始').waitFor()
  })

  it('all is there in English and on a phone', async () => {
    const { page, dialog, type, saved, row } = await opened('phone', { width: 390 })
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'Mutes' }).waitFor()
    await page.getByTestId('add').click()
    await dialog.getByText('Hours of each week').waitFor()
    await type('matchers', `callee=${'A'.repeat(200)}`)
    await type('reason', 'upgrade')
    await saved()
    await row('upgrade').getByText('ends soon').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
