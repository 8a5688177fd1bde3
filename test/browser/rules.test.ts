import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { ownRuleBody } from '../../src/cloud/rules/form/own-rule.ts'
import { noBrowser } from '../support/browser.ts'
import { type ConsoleInBrowser, startConsoleInBrowser } from './console-in-browser.ts'

describe('rules in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, width = 1280) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const page = await site.open(`/environments/${id}/rules`, { width })
    const dialog = page.getByRole('dialog')
    const row = (text: string) => page.getByRole('row').filter({ hasText: text })
    const type = (field: string, text: string) => dialog.locator(`[name="${field}"]`).fill(text)
    const choose = async (field: string, option: string) => {
      await dialog.getByTestId(field).click()
      await page.getByRole('option', { name: option, exact: true }).click()
    }
    const save = () => dialog.getByTestId('save').click()
    const add = () => page.getByTestId('add').click()
    const own = () => site.ruleDesk.book.rules(id).map(({ body }) => body)
    return { id, page, dialog, row, type, choose, save, add, own }
  }

  it('those of files are shown with their PromQL, and why they failed', async () => {
    const { row } = await opened('files')
    const rule = row('调用失败率高')
    await rule.getByText('出错', { exact: true }).waitFor()
    await rule.getByText('too many series').waitFor()
    await rule.getByText('2026-03-02 10:00:00').waitFor()
    await rule.getByText('PromQL').click()
    await rule.getByText('tars_exceptions{span="$span"}').waitFor()
    assert.equal(await rule.getByRole('button').count(), 0)
  })

  it('a form shows its PromQL and what it would find, is saved, and is there when it is opened again', async () => {
    const { page, dialog, row, type, choose, save, add, own } = await opened('form')
    await add()
    await type('name', '支付变慢')
    await choose('metric', '平均耗时（毫秒）')
    await choose('level', '接口')
    await choose('comparison', '与前一段时间比较')
    await type('factor', '2.5')
    await type('min-calls', '100')
    await type('server', 'Order*, Pay')
    await dialog.getByTestId('preview').click()
    assert.match(await dialog.getByTestId('expr').innerText(), /tars_duration_ms_sum\{callee=~/)
    await dialog.getByText('现在会产生 2 条告警').waitFor()
    await dialog.getByText('范围内现在有 2 个服务').waitFor()
    await save()
    await page.getByText('告警项已保存').waitFor()
    const [body] = own()
    assert.ok(body?.kind === 'form')
    const { metric, comparison, filter, minCalls } = body.form
    assert.deepEqual(metric, { of: 'mean_duration' })
    assert.deepEqual(comparison, { kind: 'previous', op: '>', factor: 2.5, minutes: 30 })
    assert.deepEqual([filter.server, minCalls], [['Order*', 'Pay'], 100])

    await row('支付变慢').getByRole('button', { name: '编辑' }).click()
    assert.equal(await dialog.locator('[name="server"]').inputValue(), 'Order*, Pay')
    await save()
    await dialog.waitFor({ state: 'hidden' })
    assert.deepEqual(own(), [body])
  })

  it('events are counted within a time, by their words', async () => {
    const { page, dialog, type, choose, save, add, own } = await opened('events')
    await add()
    await type('name', '支付异常事件')
    await choose('metric', '事件与 notify（条数）')
    await type('all', '支付')
    await type('any', `timeout, refused, ${'x'.repeat(101)}`)
    await type('none', 'test')
    await type('value', '3')
    await type('within', '10')
    await save()
    await dialog.getByText('应为 1 到 100 个字符').waitFor()
    await type('any', 'timeout，refused')
    await save()
    await page.getByText('告警项已保存').waitFor()
    const [body] = own()
    assert.ok(body?.kind === 'form')
    const { metric, windowMinutes } = body.form
    const any = ['timeout', 'refused']
    assert.deepEqual(metric, { of: 'events', all: ['支付'], any, none: ['test'] })
    assert.equal(windowMinutes, 10)
  })

  it('what cannot be is refused where it was typed', async () => {
    const { dialog, type, save, add, own } = await opened('refused')
    await add()
    await type('name', 'FailureRatio')
    await type('value', 'x')
    await save()
    await dialog.getByText('应为数字').waitFor()
    await type('value', '5')
    await save()
    await dialog.getByText('已有同名的规则').waitFor()
    assert.deepEqual(own(), [])
  })

  it('a form is written on as PromQL; what is no PromQL is refused with its reason', async () => {
    const { page, dialog, type, save, add, own } = await opened('promql')
    await add()
    await type('name', 'mine')
    await type('value', '5')
    await dialog.getByTestId('as-promql').click()
    const expr = await dialog.locator('[name="expr"]').inputValue()
    assert.match(expr, /> 0\.05|>\s+0\.05/)
    await type('expr', `${expr} and (`)
    await save()
    await dialog.getByText(/^\d+:\d+: could not parse expression/).waitFor()
    await type('expr', 'tars_calls > 5')
    await dialog.getByTestId('preview').click()
    await dialog.getByTestId('warning').getByText('tars_calls has deltas').waitFor()
    await type('expr', expr)
    await dialog.getByTestId('preview').click()
    await dialog.getByTestId('variables').getByText('$window').waitFor()
    await dialog.getByTestId('variables').getByText('1m / 3m / 5m').waitFor()
    await save()
    await page.getByText('告警项已保存').waitFor()
    const [body] = own()
    assert.ok(body?.kind === 'promql')
    assert.equal(body.rule.expr, expr)
  })

  it('one that people made and that explodes says why in its row; one that is no PromQL cannot be saved', async () => {
    const { page, dialog, row, type, save, add, own } = await opened('explodes')
    await add()
    await type('name', 'explodes')
    await type('value', '5')
    await save()
    await page.getByText('告警项已保存').waitFor()
    await row('explodes').getByText('出错', { exact: true }).waitFor()
    await row('explodes').getByText('too many series').waitFor()
    await add()
    await type('name', 'wrong')
    await type('value', '5')
    await dialog.getByTestId('as-promql').click()
    await type('expr', 'sum by (callee) (tars_calls')
    await dialog.getByTestId('preview').click()
    await dialog.getByText(/could not parse expression/).waitFor()
    await save()
    await dialog
      .locator('.el-form-item__error')
      .getByText(/could not parse expression/)
      .waitFor()
    assert.equal(own().length, 1)
  })

  it('one that has nothing to compare with yet says so', async () => {
    const { id: environment, page, row } = await opened('learning')
    const rule = { name: '每周比较', expr: 'vector(1) > on () tars_baseline{by="week"}' }
    const body = ownRuleBody.parse({ kind: 'promql', rule })
    await site.ruleDesk.book.save({ environment, id: 'weekly', body }, true)
    await page.reload()
    await row('每周比较').getByText('还没有可比较的往周').waitFor()
    await page.getByTestId('language').click()
    await row('每周比较').getByText('there is no week before to compare with yet').waitFor()
  })

  it('one is turned off and on, and removed when that is confirmed', async () => {
    const { page, dialog, row, type, save, add, own } = await opened('removed')
    await add()
    await type('name', 'mine')
    await type('value', '5')
    await save()
    await dialog.waitFor({ state: 'hidden' })
    await row('mine').getByRole('button', { name: '停用' }).click()
    await row('mine').getByText('已停用').waitFor()
    await row('mine').getByRole('button', { name: '启用' }).click()
    await row('mine').getByRole('button', { name: '停用' }).waitFor()
    await row('mine').getByRole('button', { name: '删除' }).click()
    await page
      .getByRole('dialog', { name: '删除告警项' })
      .getByRole('button', { name: '删除' })
      .click()
    await page.getByText('告警项已删除').waitFor()
    assert.deepEqual(own(), [])
  })

  it('a range that no service is in is warned of', async () => {
    const { page, dialog, type, save, add } = await opened('nobody')
    const { found } = site.ruleDesk
    Object.assign(site.ruleDesk, { found: async () => ({ found: 0, examples: [] }) })
    await add()
    await type('name', 'mine')
    await type('value', '5')
    await type('caller', 'WebServer')
    await dialog.getByTestId('preview').click()
    await dialog.getByTestId('services').getByText('现在没有服务在这个范围内').waitFor()
    await save()
    await dialog.waitFor({ state: 'hidden' })
    await page.locator('.el-message').getByText('现在没有服务在这个范围内').waitFor()
    Object.assign(site.ruleDesk, { found })
  })

  it('what is typed into fields that are not shown any more does not keep it from being saved', async () => {
    const { page, type, choose, save, add, own } = await opened('hidden')
    await add()
    await type('name', '事件')
    await type('min-calls', '100')
    await type('interface', 'pay')
    await choose('level', '主调')
    await choose('metric', '事件与 notify（条数）')
    await type('value', '3')
    await save()
    await page.getByText('告警项已保存').waitFor()
    const [body] = own()
    assert.ok(body?.kind === 'form')
    const { minCalls, filter, level } = body.form
    assert.deepEqual([minCalls, filter.interface, level], [0, [], 'server'])
  })

  it('a fault that is folded away is shown, and the cursor is there', async () => {
    const { dialog, type, save, add } = await opened('folded')
    await add()
    await type('name', 'mine')
    await type('value', '5')
    await dialog.getByText('更多选项').click()
    await type('window', '7')
    await dialog.getByText('更多选项').click()
    await dialog.locator('[name="window"]').waitFor({ state: 'hidden' })
    await save()
    await dialog.getByText('应为 5 的倍数').waitFor()
    await dialog.locator('[name="window"]:focus').waitFor()
  })

  it('on a phone the first fault comes into view, and the cursor is there', async () => {
    const { page, dialog, save, add } = await opened('far', 390)
    await add()
    await save()
    const name = dialog.locator('[name="name"]:focus')
    await name.waitFor()
    const top = await name.evaluate((field) => field.getBoundingClientRect().top)
    assert.ok(top >= 0 && top < 800, `at ${top}`)
    await dialog.getByText('应为 1 到 64 个字符').waitFor()
    assert.equal(await page.getByTestId('unseen').count(), 0)
  })

  it('a fault that no field shows is named', async () => {
    const { page, dialog, type, save, add } = await opened('unseen')
    await add()
    await type('name', 'mine')
    await type('value', '5')
    const fields = [{ field: 'form/colour', expected: 'more than 0' }]
    const json = { error: { reason: 'invalid', message: 'colour', fields } }
    await page.route('**/rules', (route) =>
      route.request().method() === 'POST' ? route.fulfill({ status: 400, json }) : route.continue(),
    )
    await save()
    await dialog.getByTestId('unseen').getByText('form/colour').waitFor()
    await dialog.getByTestId('unseen').getByText('应大于 0').waitFor()
    await page.unrouteAll()
    await save()
    await page.getByText('告警项已保存').waitFor()
  })

  it('what was typed is not thrown away by Esc or a click beside it; what was not typed is', async () => {
    const { page, add } = await opened('typed')
    const form = page.getByRole('dialog', { name: '新建告警项' })
    const ask = page.getByRole('dialog', { name: '放弃填写的内容？' })
    const beside = () => page.mouse.click(5, 400)
    await add()
    await form.waitFor()
    await beside()
    await form.waitFor({ state: 'hidden' })

    await add()
    await form.locator('[name="name"]').fill('mine')
    await page.keyboard.press('Escape')
    await ask.getByRole('button', { name: '取消' }).click()
    await ask.waitFor({ state: 'hidden' })
    await beside()
    await ask.waitFor()
    await page.keyboard.press('Escape')
    await ask.waitFor({ state: 'hidden' })
    assert.equal(await form.locator('[name="name"]').inputValue(), 'mine')
    await beside()
    await ask.getByRole('button', { name: '放弃' }).click()
    await form.waitFor({ state: 'hidden' })
    await add()
    assert.equal(await form.locator('[name="name"]').inputValue(), '')
  })

  it('a fall has a factor below 1, unless another was typed', async () => {
    const { dialog, choose, add } = await opened('falls')
    await add()
    await choose('comparison', '与昨天同一时间比较')
    await choose('op', '低于')
    assert.equal(await dialog.locator('[name="factor"]').inputValue(), '0.5')
  })

  it('all is there in English and on a phone', async () => {
    const { page, dialog, type, save, add } = await opened('phone', 390)
    await page.getByTestId('language').click()
    await page.getByText('failure ratio').waitFor()
    await add()
    await dialog.getByText('Least volume (calls a minute)').waitFor()
    await type('name', 'mine')
    await type('value', '')
    await save()
    await dialog.getByText('A number').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
