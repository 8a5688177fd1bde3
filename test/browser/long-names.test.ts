import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Page } from 'playwright-core'
import { formRule } from '../../src/cloud/rules/form/form-rule.ts'
import { alertRow, deliveryRow } from '../cloud/api/rows.ts'
import { startTriedConsole, type TriedConsole } from '../cloud/api/tried-world.ts'
import { noBrowser } from '../support/browser.ts'
import { openInBrowser } from './console-in-browser.ts'

const MINUTE = 60_000
const SERVER = `VeryLongApplicationName.${'ExtraordinarilyLongServerName'.repeat(2)}`
const INTERFACE = 'aveteranInterfaceNameThatNobodyWouldEverTypeButSomebodyGenerates0123456789'
const RULE = 'W'.repeat(64)
const WIDTHS = [1280, 390]
type Site = Awaited<ReturnType<typeof openInBrowser<TriedConsole>>>

describe('long names in a browser', { skip: noBrowser }, () => {
  let site: Site
  before(async () => {
    site = await openInBrowser(startTriedConsole)
    for (let minute = -130; minute <= 0; minute++) {
      const labels = { callee: SERVER, interface: INTERFACE, caller: SERVER, side: 'client' }
      const at = site.clock.now() + minute * MINUTE
      const add = (name: string, value: number) =>
        site.stored.add({ __name__: name, ...labels, span: '1m' }, at, value)
      add('tars_calls', 100)
      add('tars_timeouts', minute > -120 && minute <= -110 ? 35 : 0)
      add('tars_exceptions', 0)
    }
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  /** With an alarm, its message and a rule of long names. */
  async function environment(): Promise<string> {
    const now = site.clock.now()
    const name = `n${'很长的名字'.repeat(10)}${site.store.environmentRows.length}`
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const at = now - 119 * MINUTE
    const labels = { alertname: 'FailureRatio', callee: SERVER, interface: INTERFACE, node: SERVER }
    const annotations = { title: RULE, description: `${SERVER}${INTERFACE}` }
    const long = alertRow(id, at, { id: 'long', labels, annotations })
    site.store.alertRows.push(long, alertRow(id, at - 1, { id: 'short' }))
    const subject = `${SERVER}${INTERFACE}`
    const message = { subject, text: '', html: '' }
    site.store.deliveryRows.push(deliveryRow(long, { message, to: SERVER, answer: SERVER }))
    const form = formRule.parse({
      ...{ name: RULE, level: 'interface', metric: { of: 'failure_ratio' } },
      comparison: { kind: 'threshold', op: '>', value: 20 },
    })
    const body = { kind: 'form', enabled: true, form } as const
    await site.ruleDesk.book.save({ environment: id, id: 'mine', body }, true)
    return id
  }

  const beyond = (page: Page) =>
    page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')

  for (const width of WIDTHS) {
    it(`${width} px: the list of alarms, and its column of what is wrong can be read`, async () => {
      const id = await environment()
      const page = await site.open(`/environments/${id}/alarms`, { width })
      const link = page.getByRole('link', { name: RULE })
      await link.waitFor()
      assert.ok((await beyond(page)) <= 0)
      const short = page.getByRole('link', { name: '接口 pay 失败率 35.2%' })
      const { height = 0 } = (await short.boundingBox()) ?? {}
      assert.ok(height > 0 && height < 60, `${height} px high`)
    })

    it(`${width} px: an alarm`, async () => {
      const id = await environment()
      const page = await site.open(`/environments/${id}/alarms/long`, { width })
      await page.getByRole('heading', { name: SERVER }).waitFor()
      await page.getByTestId('calmer').waitFor()
      assert.ok((await beyond(page)) <= 0)
    })

    it(`${width} px: where a calmer threshold is for is inside its dialog`, async () => {
      const id = await environment()
      const page = await site.open(`/environments/${id}/alarms/long`, { width })
      await page.getByTestId('calmer').click()
      const dialog = page.locator('.el-dialog')
      await dialog.locator('.el-radio-button').first().waitFor()
      const outer = await dialog.boundingBox()
      for (const button of await dialog.locator('.el-radio-button').all()) {
        const inner = await button.boundingBox()
        assert.ok(outer && inner)
        assert.ok(inner.x + inner.width <= outer.x + outer.width, 'it is cut off')
      }
      assert.ok((await beyond(page)) <= 0)
    })

    it(`${width} px: thresholds, and their values are on one line`, async () => {
      const id = await environment()
      const page = await site.open(`/environments/${id}/thresholds?server=${SERVER}`, { width })
      await page.getByText('接口（1）').click()
      assert.ok((await beyond(page)) <= 0)
      const { height = 0 } = (await page.locator('dd .threshold').boundingBox()) ?? {}
      assert.ok(height > 0 && height < 40, `${height} px high`)
    })

    it(`${width} px: rules`, async () => {
      const id = await environment()
      const page = await site.open(`/environments/${id}/rules`, { width })
      await page.getByText(RULE).waitFor()
      assert.ok((await beyond(page)) <= 0)
    })
  }

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
