import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Receiver } from '../../src/cloud/notify/ports.ts'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, comeBack, startConsoleInBrowser } from './console-in-browser.ts'

describe('notifications and channels in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, { width = 1280, hook = false } = {}) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const wang = { id: 'wang', environment: id, name: '王小明', email: 'w@example.com' }
    const local = { language: 'zh', timeZone: 'Asia/Shanghai' } as const
    await site.store.saveContact({ ...wang, ...local })
    const receiver: Receiver = {
      ...{ id: 'hook', environment: id, kind: 'webhook', name: '工单', ...local },
      settings: { url: 'https://hook.example.com/T0P', headers: { authorization: 'T0P-TOKEN' } },
    }
    if (hook) await site.notifyDesk.receivers.saveReceiver(receiver, now)
    const page = await site.open(`/environments/${id}/policies`, { width })
    await page.getByTestId('add').waitFor()
    const dialog = page.getByRole('dialog').filter({ visible: true })
    const type = (field: string, text: string) => dialog.locator(`[name="${field}"]`).fill(text)
    const choose = async (field: string, option: string) => {
      await dialog.getByTestId(field).click()
      await page.getByRole('option', { name: option, exact: true }).click()
    }
    /** Refused where it is answered: the dialog stays. */
    const save = () => dialog.getByTestId('save').click()
    const saved = async () => {
      await save()
      await dialog.waitFor({ state: 'hidden' })
    }
    const row = (text: string) => page.getByRole('row').filter({ hasText: text })
    return { id, page, dialog, type, choose, save, saved, row }
  }
  const stored = async (id: string) => (await site.notifyDesk.policies.policies(id))[0]
  const receivers = (id: string) => site.notifyDesk.receivers.receivers(id)

  it('a notification with nothing but a name tells all contacts of everything', async () => {
    const { id, page, type, saved, row } = await opened('plain')
    await page.getByText('告警不会通知任何人').waitFor()
    await page.getByTestId('add').click()
    await type('policy-name', '全部')
    await saved()
    await row('全部联系人').getByText('任何时间').waitFor()
    const policy = await stored(id)
    assert.deepEqual([policy?.name, policy?.services, policy?.contacts], ['全部', ['*'], 'all'])
    const rest = [policy?.alarms, policy?.severities, policy?.hours]
    assert.deepEqual(rest, [undefined, undefined, undefined])
  })

  it('one for a service, some people and hours is added, changed, disabled and removed', async () => {
    const { id, page, dialog, type, choose, saved, row } = await opened('whole', { hook: true })
    await page.getByTestId('add').click()
    await type('policy-name', '支付')
    await type('services', 'Shop.PayServer\nShop.Order*/pay')
    await type('alarms', 'FailureRatio')
    await choose('mode', '汇总')
    await dialog.getByText('指定联系人').click()
    await choose('contacts', '王小明')
    await page.keyboard.press('Escape')
    await choose('receivers', '工单')
    await page.keyboard.press('Escape')
    await dialog.getByText('指定时段').click()
    await type('workday', '9:00-12:00，13:00-18:00')
    await type('weekend', '10:00-16:00')
    await choose('outside', '只通知严重告警，其余暂存')
    await saved()
    await row('Shop.PayServer').getByText('王小明、工单').waitFor()
    const policy = await stored(id)
    assert.deepEqual(policy?.services, ['Shop.PayServer', 'Shop.Order*/pay'])
    assert.deepEqual([policy?.contacts, policy?.receivers], [['wang'], ['hook']])
    assert.equal(policy?.mode, 'digest')
    assert.deepEqual(policy?.hours, {
      timeZone: 'Asia/Shanghai',
      times: [
        { days: ['workday'], from: '09:00', to: '12:00' },
        { days: ['workday'], from: '13:00', to: '18:00' },
        { days: ['weekend'], from: '10:00', to: '16:00' },
      ],
      outside: 'errors',
      holidays: 'weekend',
    })

    await row('Shop.PayServer').getByRole('button', { name: '编辑' }).click()
    await type('alarms', '')
    await saved()
    const { alarms: _, ...same } = policy
    assert.deepEqual(await stored(id), same)
    await row('Shop.PayServer').getByRole('button', { name: '停用' }).click()
    await row('Shop.PayServer').getByText('已停用').waitFor()
    assert.equal((await stored(id))?.off, true)
    await row('Shop.PayServer').getByRole('button', { name: '删除' }).click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('告警不会通知任何人').waitFor()
  })

  it('what is refused is told where it was typed', async () => {
    const { page, dialog, type, save } = await opened('refused')
    await page.getByTestId('add').click()
    await type('services', 'a b')
    await dialog.getByText('指定时段').click()
    await type('weekend', '10-12')
    await save()
    await dialog.getByText('应为 1 到 64 个字符').waitFor()
    await dialog.getByText('每行应为 *、App').waitFor()
    const weekend = dialog.locator('.el-form-item').filter({ hasText: '周末时段' })
    await weekend.getByText('应为开始与结束不同的时段').waitFor()
    assert.equal(await dialog.getByText('应为开始与结束不同的时段').count(), 1)
  })

  const kinds: [label: string, texts: Record<string, string>, settings: object][] = [
    [
      '钉钉机器人',
      {
        robots: 'https://oapi.dingtalk.com/robot/send?access_token=TOKEN1 SEC1\nTOKEN2',
        ...{ keyword: '告警', at_mobiles: '13800000000 13900000000' },
      },
      {
        robots: [{ access_token: 'TOKEN1', secret: 'SEC1' }, { access_token: 'TOKEN2' }],
        ...{ keyword: '告警', at_mobiles: ['13800000000', '13900000000'], at_all: false },
        at_user_ids: [],
      },
    ],
    [
      '企业微信机器人',
      { robots: 'KEY1', at_user_ids: 'wang, li' },
      {
        ...{ robots: [{ key: 'KEY1' }], at_user_ids: ['wang', 'li'] },
        ...{ at_mobiles: [], at_all: false },
      },
    ],
    [
      '飞书机器人',
      { robots: 'https://open.feishu.cn/open-apis/bot/v2/hook/HOOK1 S1' },
      {
        ...{ region: 'feishu', robots: [{ hook: 'HOOK1', secret: 'S1' }], keyword: '' },
        ...{ at_user_ids: [], at_all: false },
      },
    ],
    [
      'Webhook',
      { url: 'https://hook.example.com/a', headers: 'authorization: Bearer abc' },
      { url: 'https://hook.example.com/a', headers: { authorization: 'Bearer abc' } },
    ],
    [
      '阿里云短信',
      {
        ...{ access_key_id: 'ID', access_key_secret: 'KEY', sign_name: '告警' },
        ...{ template_code: 'SMS_1', variables: 'name=service', phones: '13800000000' },
      },
      {
        ...{ access_key_id: 'ID', access_key_secret: 'KEY', sign_name: '告警' },
        template_code: 'SMS_1',
        ...{ variables: { name: 'service' }, phones: ['13800000000'] },
      },
    ],
    [
      '阿里云语音电话',
      {
        ...{ access_key_id: 'ID', access_key_secret: 'KEY', template_code: 'TTS_1' },
        ...{ phone: '13800000000' },
      },
      {
        ...{ access_key_id: 'ID', access_key_secret: 'KEY', template_code: 'TTS_1' },
        variables: { service: 'service', title: 'title', level: 'level', time: 'time' },
        ...{ phone: '13800000000', play_times: 2 },
      },
    ],
  ]
  it('a channel of each kind is added, and changed without its secrets', async () => {
    const { id, page, type, choose, saved, row } = await opened('kinds')
    await page.getByText('还没有通知渠道').waitFor()
    for (const [label, texts, settings] of kinds) {
      await page.getByTestId('add-receiver').click()
      if (label !== '钉钉机器人') await choose('kind', label)
      await type('receiver-name', `一个${label}`)
      for (const [field, text] of Object.entries(texts)) await type(field, text)
      await saved()
      await row(`一个${label}`).getByRole('button', { name: '编辑' }).click()
      await type('receiver-name', `新的${label}`)
      await saved()
      await row(`新的${label}`).waitFor()
      assert.deepEqual((await receivers(id)).at(-1)?.settings, settings)
    }
  })

  it('secrets are masked, and must be entered again for another address', async () => {
    const { page, dialog, type, save, saved, row, id } = await opened('masked', { hook: true })
    await row('工单').getByRole('button', { name: '编辑' }).click()
    const headers = dialog.locator('[name="headers"]')
    assert.equal(await headers.inputValue(), 'authorization: ••••••2')
    await type('url', 'https://other.example.com/')
    await save()
    await dialog.getByText('密钥不会发送到另一个地址').waitFor()
    await type('headers', 'authorization: new')
    await saved()
    const url = 'https://other.example.com/'
    assert.deepEqual((await receivers(id))[0]?.settings, { url, headers: { authorization: 'new' } })
    assert.doesNotMatch(await page.content(), /T0P/)
  })

  it('a test shows what was said; a channel that is in use stays', async () => {
    const { id, page, dialog, row } = await opened('test', { hook: true })
    await row('工单').getByText('没有通知配置使用它').waitFor()
    await row('工单').getByRole('button', { name: '发送测试' }).click()
    await dialog.getByText('对方已接收').waitFor()
    await dialog.getByText('> POST to 工单').waitFor()
    await dialog.getByRole('button', { name: '关闭' }).last().click()
    const policy = { id: 'p', environment: id, name: '值班', services: ['*'], contacts: [] }
    await site.notifyDesk.policies.savePolicy({ ...policy, receivers: ['hook'] })
    await row('Webhook').getByRole('button', { name: '删除' }).click()
    await dialog.getByRole('button', { name: '删除' }).click()
    await page.getByText('正在被使用').waitFor()
    await row('Webhook').getByText('值班').waitFor()
    assert.equal((await receivers(id)).length, 1)
  })

  it('a drill is planned, and one is begun at once', async () => {
    const { id, page, dialog, choose, type, save, saved, row } = await opened('drills')
    const store = site.notifyDesk.drills
    await page.getByText('还没有演练过').waitFor()
    await page.getByText('没有开启；开启后每月演练一次').waitFor()
    await page.getByTestId('drill-settings').click()
    await dialog
      .locator('label')
      .filter({ hasText: /^每月演练一次$/ })
      .click()
    await choose('drill-day', '每月 15 日')
    await choose('drill-contacts', '王小明')
    await page.keyboard.press('Escape')
    await type('drill-at', '25:00')
    await save()
    await dialog.getByText('应为时间，如 10:00').waitFor()
    await type('drill-at', '9：30')
    await saved()
    await page.getByText('2026-03-15 09:30:00').waitFor()
    const { enabled, day, at, contacts } = (await store.store.plan(id)) ?? {}
    assert.deepEqual([enabled, day, at, contacts], [true, 15, '09:30', ['wang']])

    await page.getByTestId('drill-now').click()
    await dialog.getByRole('button', { name: '立即演练' }).click()
    await row('手动').getByText('进行中').waitFor()
    assert.equal(await page.getByTestId('drill-now').isDisabled(), true)
    const [drill] = store.drills
    assert.ok(drill)
    const faultAt = drill.begunAt
    const mail = { channel: 'mail', planned: 2, accepted: 1, missing: [] } as const
    const missing = [{ to: '李四', answer: '550 no such user' }]
    const end = { at: faultAt + 131_000, outcome: 'passed' } as const
    const steps = { storedAt: faultAt + 20, firedAt: faultAt + 7000, resolvedAt: faultAt + 130_000 }
    const times = { firstAt: faultAt + 7600, lastAt: faultAt + 9000 }
    const failed = { at: faultAt, outcome: 'failed', step: 'planned', why: ['muted'] } as const
    store.drills.splice(0, 1, {
      ...{ ...drill, faultAt, ...steps, alert: 'a', end },
      channels: [
        { ...mail, ...times, missing },
        { ...mail, ...times, channel: 'webhook', accepted: 2, lastAt: times.firstAt },
      ],
    })
    store.drills.push({ ...drill, id: '2026-02', month: '2026-02', takenUp: true, end: failed })
    await comeBack(page)
    await row('手动').getByText('通过').waitFor()
    await row('手动').getByText('触发 7.0 秒').waitFor()
    await row('手动').getByText('邮件 1/2 7.6 – 9.0 秒').waitFor()
    await row('手动').getByText('Webhook 2/2 7.6 秒').waitFor()
    await row('手动').getByText('未送达: 李四 550 no such user').waitFor()
    await row('2026-02 月度演练').getByText('没有人会收到通知').waitFor()
    await row('2026-02 月度演练').getByText('告警正被屏蔽').waitFor()
    await page.getByTestId('language').click()
    await row('drill of 2026-02').getByText('Nobody would have been told').waitFor()
    await row('asked for').getByText('fired 7.0 s').waitFor()
  })

  it('all is there in English and on a phone', async () => {
    const { page, dialog } = await opened('phone', { width: 390, hook: true })
    await page.getByTestId('language').click()
    await page.getByRole('heading', { name: 'Channels' }).waitFor()
    const isWide = () => page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(await isWide(), false)
    await page.getByRole('button', { name: 'Edit' }).click()
    await dialog.getByText('Signing secret').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByTestId('add').click()
    await dialog.getByText('Within hours').click()
    await dialog.getByText('Hours of weekends').waitFor()
    assert.equal(await isWide(), false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
