import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, afterEach, before, describe, it } from 'node:test'
import { alertRow } from '../cloud/api/rows.ts'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

const HOUR_MS = 3_600_000
const shots = process.env.ACK_SHOTS

describe('acting on alarms in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
    if (shots) mkdirSync(shots, { recursive: true })
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, { width = 1280, path = 'alarms/$' } = {}) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const alarm = `${id}-alarm`
    site.store.alertRows.push(alertRow(id, now, { id: alarm }))
    const wang = { id: 'wang', environment: id, name: '王小明', email: 'w@example.com' }
    await site.store.saveContact({ ...wang, language: 'zh', timeZone: 'Asia/Shanghai' })
    const page = await site.open(`/environments/${id}/${path.replace('$', alarm)}`, { width })
    const dialog = page.getByRole('dialog').filter({ visible: true })
    const panel = page.getByTestId('acts')
    const save = () => dialog.getByTestId('save').click()
    const saved = async () => {
      await save()
      await dialog.waitFor({ state: 'hidden' })
    }
    const acts = () => site.notifyDesk.acts.acts(id, alarm)
    const shot = async (what: string) => {
      if (shots) await page.screenshot({ path: `${shots}/${what}.png` })
    }
    return { id, now, page, dialog, panel, save, saved, acts, shot }
  }

  it('one is acknowledged, snoozed and closed from its page, which says who did', async () => {
    const { now, page, dialog, panel, save, saved, acts, shot } = await opened('acts')
    await panel.getByText('还没有人处理').waitFor()
    await panel.getByTestId('acknowledge').click()
    await dialog.locator('[name="note"]').fill('在回滚')
    await saved()
    await panel.getByText('在回滚').waitFor()
    await page.getByText('已确认').first().waitFor()
    await panel.getByTestId('snooze').click()
    await dialog.getByText('4 小时').click()
    await shot('snooze')
    await saved()
    await panel.getByText('暂停了通知').waitFor()
    await panel.getByTestId('close').click()
    await save()
    await dialog.getByText('请填写说明').waitFor()
    await dialog.locator('[name="note"]').fill('已知问题')
    await saved()
    await panel.getByText('关闭了告警').waitFor()
    await panel.getByTestId('acknowledge').waitFor({ state: 'detached' })
    await panel.getByTestId('note').click()
    await dialog.locator('[name="note"]').fill('工单 7')
    await saved()
    await panel.getByText('补充了说明').waitFor()
    await shot('closed')
    await panel.getByTestId('undo').filter({ hasText: '重新打开' }).click()
    await dialog.getByText('升级从剩余的时间继续').waitFor()
    await shot('undo')
    await saved()
    await panel.getByText('撤销了之前的处理').waitFor()
    await panel.getByText('还没有人处理').waitFor()
    await panel.getByTestId('undo').waitFor({ state: 'detached' })
    await shot('reopened')
    const all = await acts()
    assert.deepEqual(
      all.map(({ kind, by, note }) => [kind, by, note]),
      [
        ['acknowledge', 'admin', '在回滚'],
        ['snooze', 'admin', ''],
        ['close', 'admin', '已知问题'],
        ['note', 'admin', '工单 7'],
        ['undo', 'admin', ''],
      ],
    )
    assert.equal(all[1]?.until, now + 4 * HOUR_MS)
  })

  it('the list says how each is handled, and shows those that nobody looks after', async () => {
    const { id, now, page } = await opened('list', { path: 'alarms' })
    const other = alertRow(id, now + 1, { id: `${id}-other`, rule: 'Other' })
    site.store.alertRows.push(other)
    const act = { environment: id, alert: other.id, at: now, by: 'anna', note: '' }
    await site.notifyDesk.acts.saveAct({ ...act, kind: 'acknowledge' })
    await page.getByText('已确认').waitFor()
    const asked = page.waitForRequest((request) => request.url().includes('unacknowledged=true'))
    await page.getByText('无人处理').click()
    await asked
  })

  it('steps of an escalation are added, kept, and refused where they are wrong', async () => {
    const { id, page, dialog, save, saved, shot } = await opened('steps', { path: 'policies' })
    await page.getByTestId('add').first().click()
    await dialog.locator('[name="policy-name"]').fill('升级')
    await dialog.getByTestId('add-step').click()
    await save()
    await dialog.getByText('请选择通知谁').waitFor()
    await dialog.getByTestId('whom').click()
    const first = page.getByRole('option', { name: '联系人 王小明' })
    await first.click()
    await page.keyboard.press('Escape')
    await first.waitFor({ state: 'hidden' })
    await dialog.getByTestId('add-step').click()
    await dialog.locator('[name="after-minutes"]').last().fill('10')
    await dialog.getByTestId('whom').last().click()
    await page.getByRole('option', { name: '联系人 王小明' }).filter({ visible: true }).click()
    await page.keyboard.press('Escape')
    await save()
    await dialog.getByText('大于上一步').waitFor()
    await shot('steps')
    await dialog.locator('[name="after-minutes"]').last().fill('45')
    await saved()
    await page.getByText('升级：15 / 45 分钟').waitFor()
    const stored = async () => (await site.notifyDesk.policies.policies(id))[0]?.escalation
    const nobody = { groups: [], rotas: [], receivers: [] }
    const step = { unless: 'acknowledged', contacts: ['wang'], ...nobody }
    const both = [15, 45].map((afterMinutes) => ({ afterMinutes, ...step }))
    assert.deepEqual(await stored(), both)
    await page.getByRole('button', { name: '编辑' }).click()
    await saved()
    assert.deepEqual(await stored(), both)
  })

  it('all is there in English and on a phone', async () => {
    const { page, dialog, panel, saved, shot } = await opened('phone', { width: 390 })
    await page.getByTestId('language').click()
    await panel.getByText('Nobody looks after').waitFor()
    await panel.getByTestId('close').click()
    await dialog.getByText('Nothing more is told of this run').waitFor()
    await dialog.locator('[name="note"]').fill('known '.repeat(40))
    await saved()
    await panel.getByText('closed the alarm').waitFor()
    await shot('phone')
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
