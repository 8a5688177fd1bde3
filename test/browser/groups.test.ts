import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('contact groups in a browser', { skip: noBrowser }, () => {
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
    for (const one of ['王小明', '李雷']) {
      await site.store.saveContact({ ...local, id: one, name: one, email: `${one}@example.com` })
    }
    const page = await site.open(`/environments/${id}/contacts`, { width })
    const dialog = page.getByRole('dialog').filter({ visible: true })
    const stored = async () => (await site.notifyDesk.policies.groups(id))[0]
    return { id, page, dialog, stored }
  }

  it('a group is added, changed and removed', async () => {
    const { page, dialog, stored } = await opened('groups')
    await page.getByText('还没有联系组').waitFor()
    await page.getByTestId('add-group').click()
    await dialog.getByTestId('save').click()
    await dialog.getByText('应为 1 到 64 个字符').waitFor()
    await dialog.locator('[name="group-name"]').fill('支付组')
    await dialog.getByTestId('members').click()
    await page.getByRole('option', { name: '王小明' }).click()
    await page.getByRole('option', { name: '李雷' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByTestId('save').click()
    const row = page.getByRole('row').filter({ hasText: '支付组' })
    await row.getByText('王小明、李雷').waitFor()
    assert.deepEqual((await stored())?.contacts, ['王小明', '李雷'])

    await row.getByRole('button', { name: '编辑' }).click()
    await dialog.getByTestId('members').click()
    await page.getByRole('option', { name: '李雷' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByTestId('save').click()
    await row.getByText('王小明', { exact: true }).waitFor()
    assert.deepEqual((await stored())?.contacts, ['王小明'])
    await row.getByRole('button', { name: '删除' }).click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有联系组').waitFor()
  })

  it('a contact that a group names stays', async () => {
    const { id, page, dialog } = await opened('named')
    const group = { id: 'g', environment: id, name: '支付组', contacts: ['王小明'] }
    await site.notifyDesk.policies.saveGroup(group)
    const contact = page.getByRole('row').filter({ hasText: '王小明@example.com' })
    await contact.getByRole('button', { name: '删除' }).click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('正在被使用').waitFor()
    await contact.waitFor()
  })

  it('all is there in English and on a phone', async () => {
    const { page, dialog } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'Contact groups' }).waitFor()
    await page.getByTestId('add-group').click()
    await dialog.getByText('Members').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
