import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { formRule } from '../../src/cloud/rules/form/form-rule.ts'
import { promqlRule } from '../../src/cloud/rules/form/own-rule.ts'
import { alertRow } from '../cloud/api/rows.ts'
import { startTriedConsole, type TriedConsole } from '../cloud/api/tried-world.ts'
import { noBrowser } from '../support/browser.ts'
import { openInBrowser } from './console-in-browser.ts'

const MINUTE = 60_000
type Site = Awaited<ReturnType<typeof openInBrowser<TriedConsole>>>

describe('thresholds and backtests in a browser', { skip: noBrowser }, () => {
  let site: Site
  before(async () => {
    site = await openInBrowser(startTriedConsole)
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function environment(name: string): Promise<string> {
    const now = site.clock.now()
    return (await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)).id
  }

  async function opened(name: string, width = 1280) {
    const id = await environment(name)
    const page = await site.open(`/environments/${id}/thresholds`, { width })
    const rule = page.getByTestId('rule-FailureRatio')
    const effective = rule.getByTestId('effective')
    const choose = async (server: string) => {
      await page.getByTestId('server').click()
      await page.getByRole('option', { name: server }).click()
    }
    const set = async (label: string, value: string) => {
      await page.getByRole('button', { name: label }).click()
      await page.getByRole('textbox', { name: label.split(':')[0] ?? '', exact: true }).fill(value)
      await page.keyboard.press('Enter')
    }
    return { id, page, rule, effective, choose, set, stored: () => site.thresholds.thresholds(id) }
  }

  /** The alarm of App.Pay, pay. */
  async function openedAlarmOf(id: string, rule: string, width = 1280) {
    const at = site.clock.now() - 119 * MINUTE
    const labels = { alertname: rule, callee: 'App.Pay', interface: 'pay' }
    const over = { state: 'resolved', resolvedAt: at + 20 * MINUTE } as const
    const place = { id: `alert-${id}-${rule}`, rule, labels }
    const alert = alertRow(id, at, { ...place, value: 0.35, ...over })
    site.store.alertRows.push(alert)
    return site.open(`/environments/${id}/alarms/${alert.id}`, { width })
  }

  async function openedAlarm(name: string, width = 1280) {
    const id = await environment(name)
    const page = await openedAlarmOf(id, 'FailureRatio', width)
    await page.getByTestId('calmer').click()
    return {
      id,
      page,
      dialog: page.getByRole('dialog'),
      stored: () => site.thresholds.thresholds(id),
    }
  }

  it('the default holds until one is set, for all or nearer', async () => {
    const { rule, effective, choose, set, stored, page } = await opened('levels')
    await effective.getByText('20%默认值').or(effective.getByText('20%')).first().waitFor()
    await set('调用失败率高 全局: 未设置', '30')
    await effective.getByText('来自全局').waitFor()
    await choose('App.Pay')
    await set('调用失败率高 服务: 未设置', '12.5%')
    await effective.getByText('12.5%').waitFor()
    await effective.getByText('来自服务').waitFor()
    await page.getByText('接口（2）').click()
    await set('调用失败率高 pay: 未设置', '40')
    await page.getByRole('button', { name: '调用失败率高 pay: 40%' }).waitFor()
    const all = (await stored()).map(({ level, value }) => [level, value])
    assert.deepEqual(all, [
      ['global', 0.3],
      ['server', 0.125],
      ['interface', 0.4],
    ])
    await rule.getByRole('button', { name: /服务: 12.5%/ }).click()
    await rule.getByRole('button', { name: '恢复上一级' }).click()
    await effective.getByText('来自全局').waitFor()
  })

  it('all that are set are listed, whichever server is looked at, with the way there', async () => {
    const { id, page, stored } = await opened('all')
    const rule = 'FailureRatio'
    await site.thresholds.saveThresholds(id, [
      { level: 'app', app: 'Other', rule, value: 0.3 },
      { level: 'interface', server: 'Quiet.Server', interface: 'pay', rule, value: 0.5 },
      { level: 'global', rule: 'Gone', value: 2 },
    ])
    const all = page.getByTestId('all-set')
    await page.goto(`${site.url}/#/environments/${id}/thresholds?server=App.Pay`)
    await page.reload()
    await all.getByText('已设置的阈值：3').waitFor()
    await all.getByText('（规则已不在）').waitFor()
    await all.getByText('Other.*').waitFor()
    await all.getByRole('link', { name: 'Quiet.Server' }).click()
    await page.waitForURL(/server=Quiet.Server$/)
    for (const label of ['Gone global: 2', '调用失败率高 app Other: 30%']) {
      await all.getByRole('button', { name: label }).click()
      await all.getByRole('button', { name: '恢复上一级' }).click()
      await all.getByRole('button', { name: label }).waitFor({ state: 'hidden' })
    }
    assert.deepEqual(
      (await stored()).map(({ value }) => value),
      [0.5],
    )
  })

  it('says when its rule fires, what is not learned yet, and why others are not there', async () => {
    site.learned.delete('recent')
    const { page, rule } = await opened('notes')
    await rule.getByTestId('when').getByText('失败的调用达到五分之一').waitFor()
    await page.getByTestId('learning').getByText('学习中').waitFor()
    site.learned.add('recent')
    await page.reload()
    await rule.waitFor()
    assert.equal(await page.getByTestId('learning').count(), 0)
    await page.getByTestId('others').getByRole('link', { name: '屏蔽配置' }).click()
    await page.waitForURL(/\/mutes$/)
  })

  it('what is no number cannot be saved', async () => {
    const { page, stored } = await opened('numbers')
    await page.getByRole('button', { name: '全局: 未设置' }).click()
    await page.getByRole('textbox', { name: '全局' }).fill('viel')
    await page.getByText('应为数字').waitFor()
    assert.equal(await page.getByRole('button', { name: '保存' }).isDisabled(), true)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '全局: 未设置' }).waitFor()
    assert.deepEqual(await stored(), [])
  })

  it('what is no threshold is refused where it was typed, in words that say what to do instead', async () => {
    const { page, set, stored } = await opened('refused')
    const label = '调用失败率高 全局: 未设置'
    const field = page.getByRole('textbox', { name: '全局' })
    await set(label, '0')
    await page.getByText('应大于 0', { exact: true }).waitFor()
    await field.fill('1e3')
    await page.getByText('应大于 0', { exact: true }).waitFor({ state: 'hidden' })
    await page.keyboard.press('Enter')
    await page.getByText('应大于 0 且不超过 100%。不想收到这个告警时，请屏蔽它').waitFor()
    assert.deepEqual(await stored(), [])
    await field.fill('100')
    await page.keyboard.press('Enter')
    await page.getByText('阈值已保存').waitFor()
  })

  it('nor can "too sensitive" set one, in the viewer\'s words', async () => {
    const { dialog, stored } = await openedAlarm('no threshold')
    const field = dialog.locator('[name="threshold"]')
    for (const [typed, said] of [
      ['0', '应大于 0'],
      ['300', '应大于 0 且不超过 100%'],
    ] as const) {
      await field.fill(typed)
      await dialog.getByTestId('save').click()
      await dialog.locator('.el-form-item__error').getByText(said).waitFor()
    }
    assert.deepEqual(await stored(), [])
  })

  it('an alarm that is too sensitive is kept quiet: proposed, tried, saved', async () => {
    const { page, dialog, stored } = await openedAlarm('calmer')
    await dialog.getByText('现在的阈值是 20%（默认值），这次告警最高到过 35%').waitFor()
    assert.equal(await dialog.locator('[name="threshold"]').inputValue(), '39')
    await dialog.getByTestId('effect').click()
    const cells = dialog.getByTestId('backtest-alarms').getByRole('cell')
    await dialog.getByTestId('backtest').waitFor()
    assert.deepEqual(await cells.allInnerTexts(), ['1', '0'])
    await dialog.getByTestId('save').click()
    await page.getByText('阈值已保存').waitFor()
    assert.deepEqual(await stored(), [
      {
        level: 'interface',
        server: 'App.Pay',
        interface: 'pay',
        rule: 'FailureRatio',
        value: 0.39,
      },
    ])
  })

  it('of a rule that people made the form is changed, for all: proposed, tried, saved, edited', async () => {
    const id = await environment('own')
    const fields = { name: '失败多', level: 'interface', metric: { of: 'failure_ratio' } }
    const comparison = { kind: 'threshold', op: '>', value: 20 }
    const form = formRule.parse({ ...fields, comparison })
    const body = { kind: 'form', enabled: true, form } as const
    await site.ruleDesk.book.save({ environment: id, id: 'mine', body }, true)
    const page = await openedAlarmOf(id, form.name, 390)
    await page.getByTestId('calmer').click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('“失败多”现在的条件是高于 20%，这次告警到过 35%').waitFor()
    await dialog.getByText('对它涉及的所有服务都生效').waitFor()
    const value = dialog.locator('[name="value"]')
    assert.equal(await value.inputValue(), '39')
    await dialog.getByTestId('effect').click()
    await dialog.getByTestId('backtest').waitFor()
    const cells = dialog.getByTestId('backtest-alarms').getByRole('cell')
    assert.deepEqual(await cells.allInnerTexts(), ['2', '0'])
    await dialog.getByTestId('save').click()
    await page.getByText('告警项已保存').waitFor()
    const [saved] = site.ruleDesk.book.rules(id)
    assert.deepEqual(saved?.body, {
      ...body,
      form: { ...form, comparison: { ...comparison, value: 39 } },
    })
    // As the rule is now, the alarm would not be there; it is changed back among the rules.
    await page.getByTestId('language').click()
    await page.getByTestId('calmer').click()
    await dialog.getByText('as the rule is now it would not be there').waitFor()
    await dialog.getByTestId('edit-instead').click()
    await page.waitForURL(/\/rules\?edit=mine$/)
    await page.getByRole('dialog', { name: 'Edit rule' }).waitFor()
    assert.equal(await value.inputValue(), '39')
  })

  it('a rule in PromQL is only linked to, one of a file is said to be of that', async () => {
    const id = await environment('typed')
    const rule = promqlRule.parse({ name: 'typed', expr: 'tars_calls > 1' })
    const body = { kind: 'promql', enabled: true, rule } as const
    await site.ruleDesk.book.save({ environment: id, id: 'typed', body }, true)
    const page = await openedAlarmOf(id, 'typed')
    await page.getByTestId('edit-rule').click()
    await page.getByRole('dialog').locator('[name="expr"]').waitFor()
    const quiet = await openedAlarmOf(id, 'Quiet')
    await quiet.getByTestId('rule-file').getByText('a.yaml').waitFor()
    assert.equal(await quiet.getByTestId('calmer').count(), 0)
  })

  it('a backtest shows how far it is, and is stopped', async () => {
    const { dialog, id } = await openedAlarm('stopped')
    const { promise, resolve } = Promise.withResolvers<void>()
    site.gate.open = promise
    await dialog.getByTestId('effect').click()
    await dialog.getByTestId('running').getByText('0%').waitFor()
    await dialog.getByTestId('cancel-backtest').click()
    await dialog.getByTestId('running').waitFor({ state: 'hidden' })
    resolve()
    const cookie = await site.login()
    const path = `/api/v1/environments/${id}/backtest`
    while ((await site.call('GET', path, { cookie })).body.running) {}
    await dialog.getByTestId('effect').click()
    await dialog.getByTestId('backtest').waitFor()
  })

  it('an own rule is tried on the last day before it is saved', async () => {
    const id = await environment('tried')
    const page = await site.open(`/environments/${id}/rules`)
    const dialog = page.getByRole('dialog')
    await page.getByTestId('add').click()
    await dialog.locator('[name="name"]').fill('失败多')
    await dialog.locator('[name="value"]').fill('x')
    await dialog.getByTestId('backtest-run').click()
    await dialog.getByText('应为数字').waitFor()
    await dialog.locator('[name="value"]').fill('15')
    await dialog.getByTestId('backtest-run').click()
    await dialog.getByTestId('backtest').waitFor()
    const [alarms] = await dialog.getByTestId('backtest-alarms').getByRole('cell').allInnerTexts()
    assert.equal(alarms, '1')
    await dialog.getByText('App.Pay 失败多').waitFor()
  })

  it('the names that are known are offered for the range of a rule', async () => {
    const id = await environment('known')
    const page = await site.open(`/environments/${id}/rules`)
    const dialog = page.getByRole('dialog')
    await page.getByTestId('add').click()
    const offered = (field: string) => dialog.locator(`.el-form-item:has([name="${field}"]) option`)
    const values = (field: string) =>
      offered(field).evaluateAll((options) => options.map((one) => one.getAttribute('value')))
    await offered('server').first().waitFor({ state: 'attached' })
    assert.deepEqual(await values('app'), ['App', 'Other'])
    assert.deepEqual(await values('caller'), ['App.Pay', 'Other.Shop'])
    await dialog.locator('[name="server"]').fill('App.Pay')
    await offered('interface').first().waitFor({ state: 'attached' })
    assert.deepEqual(await values('interface'), ['load', 'pay'])
    await dialog.locator('[name="server"]').fill('App.Pay, oth')
    assert.deepEqual(await values('server'), ['App.Pay, Other.Shop'])
  })

  it('a rule that explodes, or does not fit the data, says so when it is tried', async () => {
    const id = await environment('explodes')
    const page = await site.open(`/environments/${id}/rules`)
    const dialog = page.getByRole('dialog')
    await page.getByTestId('add').click()
    await dialog.locator('[name="name"]').fill('mine')
    await dialog.locator('[name="value"]').fill('5')
    await dialog.getByTestId('as-promql').click()
    await dialog.locator('[name="expr"]').fill('tars_calls + on () tars_calls')
    await dialog.getByTestId('backtest-run').click()
    await dialog.getByText(/found duplicate series/).waitFor()
  })

  it('all is there in English and on a phone', async () => {
    const { page, effective, choose } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await effective.getByText('the default').waitFor()
    await choose('App.Pay')
    await page.getByText('Interfaces (2)').waitFor()
    const isWide = (on: typeof page) =>
      on.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(await isWide(page), false)
    const { page: alarm, dialog } = await openedAlarm('phone', 390)
    await dialog.getByTestId('effect').click()
    await dialog.getByTestId('backtest').waitFor()
    assert.equal(await isWide(alarm), false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
