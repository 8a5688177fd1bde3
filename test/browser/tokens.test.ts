import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('API tokens in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  const copied = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()')
  const comeBack = (page: Page) =>
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

  async function openTokens(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const page = await site.open('/environments', { width })
    await page.getByRole('article', { name, exact: true }).getByTestId('more').click()
    await page.getByRole('menuitem', { name: 'API 令牌' }).click()
    const dialog = page.getByRole('dialog', { name: `“${name}”的 API 令牌` })
    return { id, page, dialog }
  }

  it('the URL of the data source is there to be copied', async () => {
    const { id, page, dialog } = await openTokens('grafana')
    await dialog.getByText('还没有令牌').waitFor()
    await dialog.getByRole('button', { name: '复制数据源地址' }).click()
    await dialog.getByText('已复制').waitFor()
    assert.equal(await copied(page), `${site.url}/prometheus/${id}`)
  })

  it('a token may read unless it is to write; then the URL to write to is there', async () => {
    const { id, page, dialog } = await openTokens('writer')
    const create = async (name: string, may: string) => {
      await dialog.getByText(may, { exact: true }).first().click()
      await dialog.getByLabel('新令牌的名称').fill(name)
      await dialog.getByTestId('create-token').click()
      await dialog.getByRole('row', { name }).getByText(may, { exact: true }).waitFor()
    }
    await create('看板', '读取')
    assert.equal(await dialog.getByTestId('remote-write').count(), 0)
    await create('采集', '写入')
    assert.equal(await dialog.getByTestId('data-source').count(), 0)
    await dialog.getByRole('button', { name: '复制写入地址' }).click()
    await dialog.getByText('已复制').waitFor()
    assert.equal(await copied(page), `${site.url}/prometheus/${id}/api/v1/write`)
    await create('两者', '读取和写入')
    const scopes = (await site.store.tokens(id)).map((token) => token.scopes)
    assert.deepEqual(scopes, [['read'], ['write'], ['read', 'write']])
  })

  it('a token is made, shown this once, and revoked when confirmed', async () => {
    const { id, page, dialog } = await openTokens('made')
    await dialog.getByTestId('create-token').click()
    await dialog.getByText('应为 1 到 64 个字符').waitFor()
    await dialog.getByLabel('新令牌的名称').fill('看板')
    await dialog.getByTestId('create-token').click()
    await dialog.getByText('它只显示这一次').waitFor()
    const secret = await dialog.getByTestId('secret').textContent()
    await dialog.getByRole('button', { name: '复制令牌' }).click()
    await dialog.getByText('已复制').waitFor()
    assert.match(secret ?? '', /^at_/)
    assert.equal(await copied(page), secret)
    const row = dialog.getByRole('row', { name: '看板' })
    await row.getByText('从未使用').waitFor()

    const [made] = await site.store.tokens(id)
    const at = site.store.tokenRows.findIndex((token) => token.id === made?.id)
    if (made) site.store.tokenRows[at] = { ...made, usedAt: site.clock.now() }
    await comeBack(page)
    await row.getByText('0秒钟前').waitFor()

    await dialog.getByRole('button', { name: '完成' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('article', { name: 'made', exact: true }).getByTestId('more').click()
    await page.getByRole('menuitem', { name: 'API 令牌' }).click()
    await row.waitFor()
    assert.equal(await dialog.getByTestId('secret').count(), 0)

    await row.getByRole('button', { name: '吊销' }).click()
    const ask = page.getByRole('dialog', { name: '吊销令牌' })
    await ask.getByRole('button', { name: '取消' }).click()
    assert.equal((await site.store.tokens(id)).length, 1)
    await row.getByRole('button', { name: '吊销' }).click()
    await ask.getByRole('button', { name: '吊销' }).click()
    await page.getByText('令牌已吊销').waitFor()
    await dialog.getByText('还没有令牌').waitFor()
    assert.deepEqual(await site.store.tokens(id), [])
  })

  it('is all there in English and on a phone', async () => {
    const { page, dialog } = await openTokens('phone', 390)
    await dialog.getByRole('button', { name: '完成' }).click()
    await page.getByTestId('language').click()
    await page.getByRole('article', { name: 'phone', exact: true }).getByTestId('more').click()
    await page.getByRole('menuitem', { name: /^API tokens/ }).click()
    const english = page.getByRole('dialog', { name: 'API tokens of “phone”' })
    await english.getByLabel('Name of a new token').fill('panel')
    await english.getByTestId('create-token').click()
    await english.getByText('it is shown this once').waitFor()
    await english.getByRole('row', { name: 'panel' }).getByText('never').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
