import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { agentRow, alertRow, deliveryRow } from '../cloud/api/rows.ts'
import { noBrowser } from '../support/browser.ts'
import { agentRows } from './agent-rows.ts'
import { type ConsoleInBrowser, comeBack, startConsoleInBrowser } from './console-in-browser.ts'

describe('the console in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  const create = (name: string) =>
    site.store.createEnvironment({ name, framework: 'TARSFramework' }, site.clock.now())
  const card = (page: Page, name: string) => page.getByRole('article', { name, exact: true })
  const copied = (page: Page) => page.evaluate<string>('navigator.clipboard.readText()')

  it('a wrong password is told, the right one leads to the page that was asked for', async () => {
    const { id } = await create('deep')
    const page = await site.open(`/environments/${id}/contacts`, { loggedIn: false })
    await page.getByText('初始密码').waitFor()
    await page.getByLabel('密码').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('用户名或密码错误。').waitFor()
    await page.getByLabel('密码').fill(site.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '联系人' }).waitFor()
    assert.match(page.url(), new RegExp(`#/environments/${id}/contacts$`))
  })

  it('speaks the language of the browser until another is chosen', async () => {
    const page = await site.open('/environments', { locale: 'en-GB' })
    await page.getByRole('heading', { name: 'Environments' }).waitFor()
    await page.getByRole('banner').getByText('中文').click()
    await page.getByRole('heading', { name: '环境' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: '环境' }).waitFor()
  })

  it('logging out ends it, and so does the end of the session', async () => {
    const page = await site.open('/environments')
    await page.getByTestId('account').click()
    await page.getByRole('menuitem', { name: '退出登录' }).click()
    await page.getByRole('heading', { name: '登录' }).waitFor()

    const other = await site.open('/environments')
    await other.getByTestId('add').waitFor()
    site.store.sessionRows.clear()
    await comeBack(other)
    await other.getByRole('heading', { name: '登录' }).waitFor()
  })

  it('an environment is created, its key copied, its agent awaited', async () => {
    const page = await site.open('/environments')
    await page.getByTestId('add').click()
    await page.getByText('框架类型创建后不能修改').waitFor()
    await page.getByTestId('create').click()
    await page.getByText('应为 1 到 64 个字符').waitFor()
    await page.getByLabel('环境名称').fill('生产环境')
    await page.getByText('K8SFramework').click()
    const asked = page.waitForRequest((request) => request.method() === 'POST')
    await page.getByTestId('create').click()
    assert.equal((await asked).postDataJSON().language, 'zh')

    const install = page.getByRole('dialog', { name: '在“生产环境”安装 Agent' })
    await install.waitFor()
    const { id = '', envKey = '' } = site.store.environmentRows.at(-1) ?? {}
    await install.getByRole('button', { name: '复制配置' }).click()
    await install.getByText('已复制').waitFor()
    assert.equal(
      await copied(page),
      `<main>\n  env_key=${envKey}\n  cloud_url=${site.url}\n</main>\n`,
    )
    site.store.agentRows.push(agentRow(id, site.clock.now(), { host: 'node-1' }))
    await comeBack(page)
    await install.getByText('已接入：node-1').waitFor()
    await install.getByRole('button', { name: '完成' }).click()

    const made = card(page, '生产环境')
    await made.getByText('K8SFramework').waitFor()
    await made.getByRole('button', { name: '复制环境标示' }).click()
    await made.getByText('已复制').waitFor()
    assert.equal(await copied(page), envKey)
    await made.getByRole('link', { name: '选择查看' }).click()
    await page.getByRole('heading', { name: '告警记录' }).waitFor()
  })

  it('a name that is taken is told beside the field', async () => {
    await create('double')
    const page = await site.open('/environments')
    await page.getByTestId('add').click()
    await page.getByLabel('环境名称').fill('double')
    await page.getByTestId('create').click()
    await page.getByText('已有同名的环境').waitFor()
  })

  it('an agent turns grey after 30 s of silence and tells when it was last seen', async () => {
    const { id } = await create('silence')
    site.store.agentRows.push(agentRow(id, site.clock.now(), { host: 'node-7' }))
    const page = await site.open('/environments')
    const icon = card(page, 'silence').locator('[data-state]')
    await icon.and(page.locator('[data-state=ok]')).waitFor()
    site.clock.advance(30_000)
    await icon.and(page.locator('[data-state=silent]')).waitFor()
    assert.match((await icon.getAttribute('aria-label')) ?? '', /node-7：超过 30 秒未上报/)
    await icon.focus()
    await page.getByText('最近上报 30秒钟前').waitFor()
    await icon.press('Enter')
    await page.getByText('请在 TarsWeb 确认 Alarm.AgentServer 正在运行').waitFor()
  })

  it('the clock of the cloud counts the ages, whatever the clock of the browser says', async () => {
    await create('age')
    const page = await site.open('/environments')
    await card(page, 'age').getByText('0秒钟前').waitFor()
    site.clock.advance(3 * 3_600_000)
    await comeBack(page)
    await card(page, 'age').getByText('3小时前').waitFor()
  })

  it('a key is replaced and an environment removed only when confirmed', async () => {
    const { id, envKey } = await create('old')
    const page = await site.open('/environments')
    await card(page, 'old').getByTestId('more').click()
    await page.getByRole('menuitem', { name: '更换环境标示' }).click()
    await page.getByRole('button', { name: '更换', exact: true }).click()
    await page.getByText('环境标示已更换').waitFor()
    assert.notEqual((await site.store.environment(id))?.envKey, envKey)

    await card(page, 'old').getByTestId('more').click()
    await page.getByRole('menuitem', { name: '删除环境' }).click()
    const ask = page.getByRole('dialog', { name: '删除环境' })
    await ask.getByRole('textbox').fill('new')
    await ask.getByRole('button', { name: '删除' }).click()
    await ask.getByText('不一致').waitFor()
    await ask.getByRole('textbox').fill('old')
    await ask.getByRole('button', { name: '删除' }).click()
    await page.getByText('环境已删除').waitFor()
    assert.equal(await site.store.environment(id), undefined)
  })

  it('a contact is added, changed and removed', async () => {
    const { id } = await create('people')
    const page = await site.open(`/environments/${id}/contacts`)
    await page.getByText('还没有联系人').waitFor()
    await page.getByTestId('add').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('姓名').fill('王小明')
    await dialog.getByLabel('邮箱').fill('wang')
    await dialog.getByTestId('save').click()
    await dialog.getByText('应为邮箱地址').waitFor()
    await dialog.getByLabel('邮箱').fill('wang@example.com')
    await dialog.getByLabel('手机', { exact: true }).fill('138 0000')
    await dialog.getByLabel('企业微信账号').fill('王小明')
    await dialog.getByTestId('save').click()
    await dialog.getByText('应为手机号').waitFor()
    await dialog.getByText('应为企业微信账号').waitFor()
    await dialog.getByLabel('手机', { exact: true }).fill('+86 138-0000-0000')
    await dialog.getByLabel('企业微信账号').fill('WangXiaoMing')
    await dialog.getByTestId('save').click()
    const row = page.getByRole('row', { name: '王小明' })
    await row.getByText('Asia/Shanghai').waitFor()
    await row.getByText('13800000000').waitFor()
    await row.getByText('WangXiaoMing').waitFor()

    await row.getByRole('button', { name: '编辑' }).click()
    await dialog.getByLabel('邮箱').fill('')
    await dialog.getByText('English').click()
    await dialog.getByTestId('zone').click()
    await page.keyboard.type('Berlin')
    await page.getByRole('option', { name: 'Europe/Berlin' }).click()
    await dialog.getByTestId('save').click()
    await row.getByText('Europe/Berlin').waitFor()
    await row.getByText('没有邮箱').waitFor()
    const [stored] = site.store.contactRows
    assert.deepEqual([stored?.language, stored?.phone], ['en', '13800000000'])

    await row.getByRole('button', { name: '删除' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '删除' }).click()
    await page.getByText('还没有联系人').waitFor()
  })

  it('an alarm is listed, filtered, and told in full where the mail links to', async () => {
    const { id } = await create('alarms')
    const now = site.clock.now()
    const event = { module: 'A.B', level: 'error', kind: 'down', set: '', title: 't' } as const
    const alert = alertRow(id, now - 60_000, {
      id: `${id}-firing`,
      events: [{ ...event, at: now, node: '10.0.0.9', text: '[alarm] server exit with code 9' }],
    })
    const over = alertRow(id, now - 600_000, {
      id: `${id}-over`,
      state: 'resolved',
      labels: { callee: 'DemoApp.OldServer' },
      resolvedAt: now - 300_000,
    })
    site.store.alertRows.push(alert, over)
    site.store.deliveryRows.push(deliveryRow(alert))
    const page = await site.open(`/environments/${id}/alarms`)
    await page.getByRole('row', { name: 'DemoApp.OldServer' }).getByText('持续 5分钟').waitFor()
    await page.getByRole('radiogroup').getByText('告警中').click()
    await page.getByRole('row', { name: 'DemoApp.OldServer' }).waitFor({ state: 'detached' })
    await page.getByRole('row', { name: 'wang@example.com' }).waitFor()
    const labels = { service: 'TarsAlarmDrill.DrillServer', watchdog: 'drill' }
    site.store.alertRows.push(alertRow(id, now, { id: `${id}-drill`, labels }))
    await page.getByTestId('drills').getByText('含演练').waitFor()
    await page.getByTestId('drills').click()
    await page.getByRole('option', { name: '不含演练' }).click()
    await page.waitForURL(/state=firing&drills=without/)
    await page.getByRole('row', { name: 'wang@example.com' }).waitFor()
    const drill = page.getByRole('row', { name: 'TarsAlarmDrill' })
    assert.equal(await drill.count(), 0)
    await page.getByTestId('drills').click()
    await page.getByRole('option', { name: '仅演练' }).click()
    await drill.waitFor()
    await page.getByRole('row', { name: 'wang@example.com' }).waitFor({ state: 'detached' })
    await page.getByRole('radiogroup').getByText('已恢复').click()
    await page.getByText('没有符合筛选条件的告警').waitFor()
    await page.waitForURL(/drills=only&state=resolved/)

    const mailed = await site.open(`/environments/${id}/alarms/${alert.id}`)
    await mailed.getByRole('heading', { name: 'DemoApp.PayServer 接口 pay 失败率' }).waitFor()
    await mailed.getByText('250 2.0.0 Ok: queued as 4F2A').waitFor()
    await mailed.getByText('server exit with code 9').waitFor()
    await mailed.getByText('最近1分钟调用 120 次，失败 42 次。').waitFor()
    await mailed.getByText('callee=DemoApp.PayServer').waitFor()
  })

  it('many alarms are paged', async () => {
    const { id } = await create('many')
    for (let index = 0; index < 60; index += 1) {
      const at = site.clock.now() - index * 1000
      const labels = { callee: `Many.Server${index}` }
      site.store.alertRows.push(alertRow(id, at, { id: `${id}-${index}`, labels }))
    }
    const page = await site.open(`/environments/${id}/alarms`)
    await page.getByText('Many.Server49').waitFor()
    await page.getByRole('link', { name: '更早的告警' }).click()
    await page.getByText('Many.Server50').waitFor()
    await page.getByRole('link', { name: '回到最新' }).click()
    await page.getByText('Many.Server0', { exact: true }).waitFor()
  })

  it('an alarm of another environment, or none, says so', async () => {
    const { id } = await create('none')
    const page = await site.open(`/environments/${id}/alarms/none`)
    await page.getByText('没有找到').waitFor()
  })

  it('language and time zone are chosen by the viewer and remembered', async () => {
    const { id } = await create('words')
    site.store.alertRows.push(alertRow(id, Date.UTC(2026, 0, 5, 12), { id: `${id}-a` }))
    const page = await site.open(`/environments/${id}/alarms`)
    await page.getByText('2026-01-05 20:00:00').waitFor()
    await page.getByTestId('language').click()
    await page.getByText('pay fails 35.2% of its calls').waitFor()
    await page.getByText('Times are in Asia/Shanghai').waitFor()

    await page.getByRole('button', { name: 'change' }).click()
    await page.getByTestId('zone').click()
    await page.keyboard.type('UTC')
    await page.getByRole('option', { name: 'UTC', exact: true }).click()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('2026-01-05 12:00:00').waitFor()
    await page.reload()
    await page.getByText('Times are in UTC').waitFor()
    assert.equal(await page.getAttribute('html', 'lang'), 'en')
  })

  it('the environment is changed in the menu', async () => {
    const [from, to] = [await create('from here'), await create('to there')]
    const page = await site.open(`/environments/${from.id}/contacts`)
    await page.getByTestId('picker').click()
    await page.getByRole('option', { name: 'to there' }).click()
    await page.waitForURL((url) => url.hash === `#/environments/${to.id}/contacts`)
  })

  it('while the cloud is away the page keeps what it knew, says so and recovers', async () => {
    await create('kept')
    const page = await site.open('/environments')
    await card(page, 'kept').waitFor()
    await page.context().setOffline(true)
    await comeBack(page)
    await page.getByText('无法连接云端，请检查网络；页面会自动重试').waitFor()
    await card(page, 'kept').waitFor()
    await page.context().setOffline(false)
    await comeBack(page)
    await page.getByText('无法连接云端').waitFor({ state: 'detached' })
  })

  it('what cannot be saved while the cloud is away is not said to be tried again', async () => {
    const { id } = await create('away')
    const page = await site.open(`/environments/${id}/contacts`)
    await page.getByTestId('add').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('姓名').fill('王小明')
    await page.context().setOffline(true)
    await dialog.getByTestId('save').click()
    await dialog.getByText('无法连接云端：请检查网络，然后再试一次').waitFor()
    assert.equal(await dialog.getByText('自动重试。').count(), 0)
  })

  for (const path of ['', '/agents', '/contacts', '/alarms', '/alarms/phone']) {
    it(`a phone needs no sideways scrolling: #/environments/…${path}`, async () => {
      const { id } = await create(`phone ${path}`)
      const alert = alertRow(id, site.clock.now(), { id: 'phone' })
      site.store.alertRows.push(alert)
      site.store.deliveryRows.push(deliveryRow(alert))
      site.store.agentRows.push(...agentRows(id, site.clock.now()))
      const [contact, environment] = ['a'.repeat(64), id]
      const email = `${contact}@${'long.'.repeat(20)}example.com`
      const ids = {
        phone: '+85291234567',
        dingtalk: 'd'.repeat(64),
        feishu: `ou_${'f'.repeat(32)}`,
      }
      const person = { id: `${id}-c`, environment, name: contact, email, ...ids } as const
      await site.store.saveContact({ ...person, language: 'zh', timeZone: 'Asia/Shanghai' })
      const page = await site.open(path ? `/environments/${id}${path}` : '/environments', {
        width: 390,
      })
      await page.locator('.card, .table').first().waitFor()
      const width = await page.evaluate<number>('document.documentElement.scrollWidth')
      assert.ok(width <= 390, `${width} px wide`)
    })
  }

  it('nothing went wrong inside the pages, nor against their content security policy', () => {
    const offline = site.complaints.filter((line) => !line.includes('ERR_INTERNET_DISCONNECTED'))
    assert.deepEqual(offline, [])
  })
})
