import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, describe, it } from 'node:test'
import { alertRow } from '../cloud/api/rows.ts'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

const TREE = `route:
  receiver: 张三
  group_by: [alertname]
  routes:
    - matchers: [severity="ERROR", app="Shop"]
      receiver: 值班
      group_wait: 10s
      continue: true
    - matchers: [team="nobody"]
      receiver: none
receivers:
  - {name: 值班, contacts: [张三, 李四]}
  - {name: none}
inhibit_rules:
  - {source_matchers: [severity=ERROR], target_matchers: [severity=WARN], equal: [service]}
`

describe('routes in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    for (const person of ['张三', '李四']) {
      await site.store.saveContact({
        ...{ id: `${id}-${person}`, environment: id, name: person, email: `${person}@example.com` },
        ...{ language: 'zh', timeZone: 'Asia/Shanghai' },
      })
    }
    const page = await site.open(`/environments/${id}/routes`, { width })
    const dialog = page.getByRole('dialog').filter({ visible: true })
    const yaml = dialog.locator('[name="yaml"]')
    const save = () => dialog.getByTestId('save').click()
    const tree = page.getByTestId('route-tree')
    const stored = async () => (await site.notifyDesk.routeTrees.routeTrees(id))[0]
    return { id, page, dialog, yaml, save, tree, stored }
  }

  it('a tree is written, shown, asked where an alarm goes, and an older version read', async () => {
    const { page, dialog, yaml, save, tree, stored } = await opened('tree')
    await page.getByText('没有路由').waitFor()
    await page.getByTestId('edit').click()
    await yaml.fill(TREE)
    await save()
    await dialog.waitFor({ state: 'hidden' })
    await tree.getByText('app="Shop",severity="ERROR"').waitFor()
    await tree.getByText('值班 (张三、李四)').waitFor()
    await tree.getByText('首次等待 10s，之后间隔 5m，仍告警每 4h 重复').waitFor()
    await tree.getByText('不通知任何人').waitFor()
    await page.getByText('{severity="ERROR"} > {severity="WARN"} by service').waitFor()
    await page.locator('[name="labels"]').fill('callee=Shop.Pay severity=ERROR alertname=x')
    await page.getByTestId('test').click()
    const tested = page.getByTestId('tested')
    await tested.getByText('{}/{app="Shop",severity="ERROR"}').waitFor()
    await tested.getByText('分组 alertname="x"').waitFor()
    assert.equal(await tree.locator('.matched').count(), 1)
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/tree.png`, fullPage: true })
    }
    await page.getByTestId('edit').click()
    await yaml.fill(TREE.replace('10s', '20s'))
    await save()
    await tree.getByText('首次等待 20s').waitFor()
    await page.getByTestId('versions').getByRole('button', { name: '查看' }).nth(1).click()
    assert.equal(await yaml.inputValue(), TREE)
    assert.deepEqual([(await stored())?.version, (await stored())?.author], [2, 'admin'])
  })

  it('what is wrong is told with its place; a newer version is not overwritten', async () => {
    const { id, page, dialog, yaml, save, stored } = await opened('faults')
    await page.getByTestId('edit').click()
    await yaml.fill('route:\n  receiver: 王五\n  group_wait: soon')
    await save()
    await dialog.getByText('第 2 行第 13 列').waitFor()
    await dialog.getByText('第 3 行第 15 列').waitFor()
    const saved = { version: 1, text: TREE, author: 'other', savedAt: site.clock.now() }
    await site.notifyDesk.routeTrees.saveRouteTree(id, saved, undefined)
    await yaml.fill('route: {receiver: 张三}')
    await save()
    await dialog.getByText('其他人刚保存过路由').waitFor()
    assert.equal((await stored())?.author, 'other')
  })

  it('an alertmanager.yml is imported, with a report of what is not', async () => {
    const { id, page, dialog, save, tree, stored } = await opened('import')
    await page.getByTestId('import').click()
    const text = dialog.locator('[name="alertmanager"]')
    await text.fill('rout: {}')
    await save()
    await dialog.getByText('第 1 行第 1 列').first().waitFor()
    await text.fill(readFileSync('test/fixtures/alertmanager/teams.yml', 'utf8'))
    await save()
    const report = dialog.getByTestId('report')
    await report.getByText('联系人 boss@example.com').waitFor()
    await report.getByText('Webhook 渠道 nodes-webhook-2').waitFor()
    const row = report.getByRole('row').filter({ hasText: 'pagerduty_configs' })
    await row.getByText('72:5').waitFor()
    await row.getByText('没有这种渠道').waitFor()
    assert.equal(await stored(), undefined)
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/import.png`, fullPage: true })
    }
    await save()
    await dialog.waitFor({ state: 'hidden' })
    await tree.getByText('database-pager').first().waitFor()
    const contacts = await site.store.contacts(id)
    assert.ok(contacts.some(({ email }) => email === 'pay+night@example.com'))
    const channels = await site.notifyDesk.receivers.receivers(id)
    assert.equal(channels.length, 3)
  })

  it('an alarm that is inhibited says by which rule and alarm, and one told by a route by which', async () => {
    const { id } = await opened('trace')
    const [alarm, source] = ['held', 'cause'].map((name) =>
      alertRow(id, site.clock.now(), { id: `${id}-${name}` }),
    )
    assert.ok(alarm && source)
    site.store.alertRows.push(alarm, source)
    const { tracesOf, waitingNews } = site.notifyDesk
    const line = { stage: 'inhibit', verdict: 'hold', reason: 'inhibited' } as const
    const told = { stage: 'converge', verdict: 'tell', reason: 'group-due' } as const
    tracesOf.push({
      ...{ environment: id, alert: alarm.id, at: site.clock.now(), kind: 'fired' },
      lines: [
        { ...line, policies: [], by: '{severity="ERROR"} > {severity="WARN"}', source: source.id },
        { ...told, policies: ['route:{}/{app="Shop"}'] },
      ],
    })
    waitingNews.push({ at: site.clock.now(), mute: 'inhibited' })
    const page = await site.open(`/environments/${id}/alarms/${alarm.id}`)
    const panel = page.getByTestId('trace')
    await panel.getByText('另一条告警正在抑制它').nth(1).waitFor()
    await panel.getByText('{severity="ERROR"} > {severity="WARN"}').waitFor()
    await panel.getByText('通知配置 {}/{app="Shop"}').waitFor()
    await panel.getByRole('link', { name: '抑制它的告警' }).click()
    await page.waitForURL((url) => url.hash.endsWith(source.id))
    tracesOf.length = 0
    waitingNews.length = 0
  })

  it('all is there in English and on a phone', async () => {
    const { page, dialog, yaml, save, tree } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'Routes' }).waitFor()
    await page.getByTestId('edit').click()
    await yaml.fill(TREE.replace('team="nobody"', `team="${'n'.repeat(120)}"`))
    await save()
    await dialog.waitFor({ state: 'hidden' })
    await tree.getByText('first after 10s, then every 5m').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
    if (process.env.SCREENSHOTS) {
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/phone.png`, fullPage: true })
    }
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
