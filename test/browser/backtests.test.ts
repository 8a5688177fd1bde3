/** What a backtest tells of a rule before it is saved: to whom, of what, and of which time. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { formRule } from '../../src/cloud/rules/form/form-rule.ts'
import { alertRow } from '../cloud/api/rows.ts'
import { startTriedConsole, type TriedConsole } from '../cloud/api/tried-world.ts'
import { noBrowser } from '../support/browser.ts'
import { openInBrowser } from './console-in-browser.ts'

const MINUTE = 60_000
type Site = Awaited<ReturnType<typeof openInBrowser<TriedConsole>>>

/** The dialog of a new rule on failures, not tried yet. */
async function opened(site: Site, value: string, viewer: { width?: number; locale?: string } = {}) {
  const now = site.clock.now()
  const { id } = await site.store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, now)
  const page = await site.open(`/environments/${id}/rules`, viewer)
  await page.getByTestId('add').click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('[name="name"]').fill('失败多')
  await dialog.locator('[name="value"]').fill(value)
  const told = dialog.getByTestId('backtest')
  const tried = async () => {
    await dialog.getByTestId('backtest-run').click()
    await told.waitFor()
  }
  const isWide = () =>
    page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth')
  return { page, dialog, told, tried, isWide }
}

describe('a backtest in a browser', { skip: noBrowser }, () => {
  let site: Site
  before(async () => {
    site = await openInBrowser(startTriedConsole)
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  it('says who is told how often, and what each alarm is about', async () => {
    const { page, dialog, told, tried } = await opened(site, '22')
    await dialog.getByTestId('level').click()
    await page.getByRole('option', { name: '接口' }).click()
    await tried()
    const row = told.getByTestId('backtest-told')
    assert.deepEqual(await row.allInnerTexts(), ['发给 Li\t4'])
    const alarms = await told.getByTestId('backtest-alarm').allInnerTexts()
    assert.deepEqual(
      alarms.map((line) => line.replace(/^\S+ \S+ /, '')),
      ['App.Pay pay 失败多', 'App.Pay load 失败多'],
    )
    assert.equal(await told.locator('[data-test^="backtest-note"]').count(), 0)
  })

  it('marks what was tried with another value', async () => {
    const { dialog, told, tried } = await opened(site, '22')
    const stale = told.getByTestId('backtest-stale')
    await tried()
    assert.equal(await stale.count(), 0)
    await dialog.locator('[name="value"]').fill('90')
    await stale.getByText('条件已修改').waitFor()
    await dialog.locator('[name="value"]').fill('22')
    await stale.waitFor({ state: 'detached' })
    await dialog.locator('[name="value"]').fill('90')
    await tried()
    await told.getByTestId('backtest-none').getByText('这段时间内不会有告警').waitFor()
    assert.equal(await stale.count(), 0)
  })

  for (const [name, rule] of [
    ['a threshold', 'FailureRatio'],
    ['a rule of their own', '失败多'],
  ] as const) {
    it(`marks what was tried of ${name} that is too sensitive`, async () => {
      const now = site.clock.now()
      const { id } = await site.store.createEnvironment(
        { name: rule, framework: 'TARSFramework' },
        now,
      )
      const form = { name: rule, level: 'interface', metric: { of: 'failure_ratio' } }
      const comparison = { kind: 'threshold', op: '>', value: 20 }
      const body = {
        ...({ kind: 'form', enabled: true } as const),
        form: formRule.parse({ ...form, comparison }),
      }
      if (rule === '失败多')
        await site.ruleDesk.book.save({ environment: id, id: 'mine', body }, true)
      const labels = { alertname: rule, callee: 'App.Pay', interface: 'pay' }
      const alert = alertRow(id, now - 119 * MINUTE, {
        id: `alert-${id}`,
        rule,
        labels,
        value: 0.35,
      })
      site.store.alertRows.push(alert)
      const page = await site.open(`/environments/${id}/alarms/${alert.id}`)
      await page.getByTestId('calmer').click()
      const dialog = page.getByRole('dialog')
      await dialog.getByTestId('effect').click()
      await dialog.getByTestId('backtest').waitFor()
      assert.equal(await dialog.getByTestId('backtest-stale').count(), 0)
      await dialog.locator('[name="threshold"], [name="value"]').fill('21')
      await dialog.getByTestId('backtest-stale').waitFor()
    })
  }

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})

describe('a backtest in a browser, eight minutes after the first data', { skip: noBrowser }, () => {
  let site: Site
  before(async () => {
    site = await openInBrowser((folder) => startTriedConsole(folder, 8))
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  it('says since when it could judge, and nothing of the time before', async () => {
    const { told, tried } = await opened(site, '15')
    await tried()
    await told.getByText(/只有 \S+ \S+:\d\d 以来的数据，更早的时间没有判断/).waitFor()
    assert.equal(
      await told.getByTestId('backtest-none').innerText(),
      '在能判断的时间内不会有告警。',
    )
    const quiet = told.getByTestId('backtest-quiet').getByRole('cell')
    assert.equal(await quiet.innerText(), '7分钟')
    assert.equal(await told.getByTestId('backtest-perWeek').getByRole('cell').innerText(), '—')
  })

  for (const [width, locale] of [
    [1280, 'zh-CN'],
    [390, 'en-US'],
  ] as const) {
    it(`judges nothing against a yesterday that is not there, ${width} px wide`, async () => {
      const viewer = { width, locale }
      const { page, dialog, told, tried, isWide } = await opened(site, '15', viewer)
      await dialog.getByTestId('comparison').click()
      await page.getByRole('option', { name: /昨天|yesterday/ }).click()
      await tried()
      await told.getByTestId('backtest-note-nothing').waitFor()
      const whole = await told.getByTestId('backtest-note-whole').innerText()
      assert.match(whole, /：从 \S+ \S+ 起才看得全|only from \S+ \S+ on/)
      assert.equal(await told.getByRole('table').count(), 0)
      assert.equal(await told.getByTestId('backtest-none').count(), 0)
      assert.equal(await isWide(), false)
    })
  }

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
