import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, comeBack, startConsoleInBrowser } from './console-in-browser.ts'

const DAY_MS = 86_400_000

describe('rotas and addresses in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, width = 1280, path = 'contacts') {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const local = { environment: id, language: 'zh', timeZone: 'Asia/Shanghai' } as const
    const all = {
      王小明: {},
      李雷: { unverified: { since: now - DAY_MS } },
      韩梅梅: { disabled: { at: now - DAY_MS, why: 'SMTP: 550 5.1.1 User unknown' } },
    }
    for (const [one, address] of Object.entries(all)) {
      const contact = { ...local, id: `${name} ${one}`, name: one, email: `${one}@example.com` }
      await site.store.saveContact({ ...contact, address })
    }
    const page = await site.open(`/environments/${id}/${path}`, { width })
    const dialog = page.getByRole('dialog').filter({ visible: true })
    const stored = async () => (await site.notifyDesk.rotas.rotas(id))[0]
    return { id, page, dialog, stored }
  }

  const rota = (environment: string, name: string) => ({
    ...{ id: 'r', environment, name: '支付值班', timeZone: 'Asia/Shanghai', turnDays: 7 },
    ...{ members: [`${name} 王小明`, `${name} 李雷`], startsOn: '2026-03-02', handOverAt: '09:00' },
    overrides: [],
  })

  it('a rota is added, somebody stands in, and it is removed', async () => {
    const { page, dialog, stored } = await opened('rota')
    await page.getByText('还没有值班表').waitFor()
    await page.getByTestId('add-rota').click()
    await dialog.getByTestId('save').click()
    await dialog.getByText('应为 1 到 64 个字符').waitFor()
    await dialog.getByText('应为还在的联系人').waitFor()
    await dialog.locator('[name="rota-name"]').fill('支付值班')
    await dialog.getByTestId('rota-members').click()
    await page.getByRole('option', { name: '李雷' }).click()
    await page.getByRole('option', { name: '王小明' }).click()
    await page.keyboard.press('Escape')
    await dialog.locator('[name="hand-over-at"]').fill('08:30')
    await dialog.getByTestId('save').click()
    const card = page.getByTestId('rota')
    await card.getByText('每周交接，周一08:30（Asia/Shanghai），自 2026-03-02 起').waitFor()
    assert.deepEqual((await stored())?.members, ['rota 李雷', 'rota 王小明'])
    assert.match(await card.getByTestId('on-call').innerText(), /李雷/)
    assert.match(await card.getByTestId('next-on-call').innerText(), /王小明.*2026-03-09 08:30/s)
    assert.match(await card.getByTestId('rota-days').innerText(), /03-09\s+李雷 → 王小明/)

    await card.getByTestId('add-override').click()
    await dialog.getByTestId('save').click()
    await dialog.getByText('请选择还在的联系人').waitFor()
    await dialog.getByTestId('stands-in').click()
    await page.getByRole('option', { name: '韩梅梅' }).click()
    await dialog.locator('[name="reason"]').fill('调休')
    await dialog.getByTestId('save').click()
    await card.getByText('调休 · admin 添加').waitFor()
    assert.match(await card.getByTestId('on-call').innerText(), /韩梅梅/)
    await card.getByText('删除').last().click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('替班已删除').waitFor()
    await card.getByRole('button', { name: '删除' }).first().click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有值班表').waitFor()
  })

  it('an address says why it is not used, and may be tried again', async () => {
    const { id, page } = await opened('address')
    const waits = page.getByRole('row').filter({ hasText: '李雷@example.com' })
    await waits.getByText('未验证').waitFor()
    const gone = page.getByRole('row').filter({ hasText: '韩梅梅@example.com' })
    await gone.getByText('550 5.1.1 User unknown').waitFor()
    await gone.getByTestId('verify').click()
    await page.getByText('韩梅梅@example.com 已重新启用').waitFor()
    await gone.getByText('已停用').waitFor({ state: 'detached' })
    const known = await site.store.contact(id, 'address 韩梅梅')
    assert.deepEqual(known?.address, {})
  })

  it('a notification that names a rota says whether it reaches anybody', async () => {
    const { id, page, dialog } = await opened('reach', 1280, 'policies')
    const { policies, rotas } = site.notifyDesk
    await rotas.saveRota({ ...rota(id, 'reach'), members: ['reach 李雷', 'reach 韩梅梅'] })
    const services = { environment: id, services: ['*'], contacts: [] }
    await policies.savePolicy({ ...services, id: 'p', name: '值班通知', groups: [], receivers: [] })
    await comeBack(page)
    const row = page.getByRole('row').filter({ hasText: '值班通知' })
    await row.getByText('没有可用的接收人').waitFor()
    await row.getByRole('button', { name: '编辑' }).click()
    await dialog.getByTestId('rotas').click()
    await page.getByRole('option', { name: '支付值班' }).click()
    await page.keyboard.press('Escape')
    await dialog.getByTestId('save').click()
    await row.getByText('支付值班').waitFor()
    await row.getByText('没有可用的接收人').waitFor()
    await rotas.saveRota(rota(id, 'reach'))
    await comeBack(page)
    await row.getByText('没有可用的接收人').waitFor({ state: 'detached' })
    assert.deepEqual((await policies.policies(id))[0]?.rotas, ['r'])
  })

  it('all is there in English and on a phone', async () => {
    const { id, page } = await opened('phone', 390)
    await site.notifyDesk.rotas.saveRota(rota(id, 'phone'))
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'On-call rotas' }).waitFor()
    await page
      .getByText('Handed over weekly, Mon 09:00 (Asia/Shanghai), from 2026-03-02 on')
      .waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
