import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { agentRow, toldRow } from '../cloud/api/rows.ts'
import { noBrowser } from '../support/browser.ts'
import { agentRows, reporterRows } from './agent-rows.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('the page of agents in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function environment(name: string): Promise<string> {
    const now = site.clock.now()
    return (await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)).id
  }
  const panel = (page: Page, host: string) => page.getByRole('region', { name: host, exact: true })
  const comeBack = (page: Page) =>
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  const english = (page: Page) => page.getByTestId('language').click()

  it('tells how each agent is, in both languages', async () => {
    const id = await environment('told')
    site.store.agentRows.push(...agentRows(id, site.clock.now()))
    const page = await site.open(`/environments/${id}/agents`)
    const well = panel(page, 'node-well')
    for (const text of [
      '由它执行（第 12 任）',
      '1.2%',
      '65 MB',
      '已运行',
      '1天 1小时',
      '14,500',
      '没有数据库的账号',
    ]) {
      await well.getByText(text).waitFor()
    }
    assert.equal(await well.getByText('时钟偏差').count(), 0)
    const late = panel(page, 'node-late')
    for (const text of [
      '数据滞后或不全',
      '数据暂时发不出去',
      'the cloud cannot be reached',
      '待命',
      '42 批，1.5 MB',
      '已等待 3分钟 5秒',
      '1,234',
      '慢 7秒',
    ]) {
      await late.getByText(text).waitFor()
    }
    await panel(page, 'node-silent').getByText('超过 30 秒未上报').waitFor()
    await panel(page, 'node-old').getByText('请升级').waitFor()

    await english(page)
    for (const text of ['done by this one (term 12)', 'registry (states', 'none', 'Up for']) {
      await well.getByText(text).first().waitFor()
    }
    await late.getByText('42 batches, 1.5 MB').waitFor()
    await late.getByText('7 sec slow').waitFor()
  })

  it('shows one alone where its icon links to, and all beside', async () => {
    const id = await environment('one')
    site.store.agentRows.push(
      agentRow(id, site.clock.now(), { agent: 'first', host: 'node-1' }),
      agentRow(id, site.clock.now(), { agent: 'second', host: 'node-2' }),
    )
    const page = await site.open('/environments')
    await page.getByRole('link', { name: 'Agent node-2：正常' }).click()
    await panel(page, 'node-2').waitFor()
    assert.equal(await panel(page, 'node-1').count(), 0)
    await page.getByRole('link', { name: '全部 Agent' }).click()
    await panel(page, 'node-1').waitFor()
  })

  it('says how to install the first one, and shows it when it comes', async () => {
    const id = await environment('empty')
    const page = await site.open(`/environments/${id}/agents`)
    await page.getByText('还没有 Agent 接入').waitFor()
    await page.getByRole('button', { name: '查看安装步骤' }).click()
    const install = page.getByRole('dialog', { name: '在“empty”安装 Agent' })
    await install.getByText('等待 Agent 上报').waitFor()
    const told = toldRow(site.clock.now())
    site.store.agentRows.push(agentRow(id, site.clock.now(), { host: 'node-new', told }))
    await comeBack(page)
    await install.getByText('已接入：node-new').waitFor()
    await install.getByRole('button', { name: '完成' }).click()
    await panel(page, 'node-new').waitFor()
  })

  it('tells which feed counts for whom, found by a part of the name', async () => {
    const id = await environment('reporters')
    site.store.agentRows.push(agentRow(id, site.clock.now()))
    site.store.reporterRows.push(...reporterRows(id, site.clock.now()))
    const page = await site.open(`/environments/${id}/agents`)
    await page.getByRole('row', { name: 'DemoApp.PayServer' }).getByText('订阅').waitFor()
    await page.getByRole('row', { name: 'DemoApp.OrderServer' }).getByText('轮询').waitFor()
    await page.getByText('还有 3 个未列出').waitFor()
    await page.getByPlaceholder('按服务或地址筛选').fill('ordEr')
    await page.getByRole('row', { name: 'DemoApp.PayServer' }).waitFor({ state: 'detached' })
    await page.getByRole('row', { name: 'DemoApp.OrderServer' }).getByText('全部地址').waitFor()
    await page.getByPlaceholder('按服务或地址筛选').fill('nobody')
    await page.getByText('没有匹配的上报者').waitFor()
  })

  it('an agent of another environment, or none, says so', async () => {
    const id = await environment('ours')
    const other = await environment('theirs')
    site.store.agentRows.push(agentRow(other, site.clock.now(), { agent: 'theirs' }))
    const page = await site.open(`/environments/${id}/agents/theirs`)
    await page.getByText('没有找到').waitFor()
  })

  it('nothing went wrong inside the pages, nor against their content security policy', () => {
    assert.deepEqual(site.complaints, [])
  })
})
