import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { ownRuleBody } from '../../src/cloud/rules/form/own-rule.ts'
import { startTriedConsole, type TriedConsole } from '../cloud/api/tried-world.ts'
import { noBrowser } from '../support/browser.ts'
import { openInBrowser } from './console-in-browser.ts'

type Site = Awaited<ReturnType<typeof openInBrowser<TriedConsole>>>

describe('the list of rules in a browser', { skip: noBrowser }, () => {
  let site: Site
  before(async () => {
    site = await openInBrowser(startTriedConsole)
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, { width = 1280, search = '', locale = 'zh-CN' } = {}) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const rule = { name: '支付变慢', expr: 'vector(1)' }
    const body = ownRuleBody.parse({ kind: 'promql', rule })
    await site.ruleDesk.book.save({ environment: id, id: name, body }, true)
    const page = await site.open(`/environments/${id}/rules${search}`, { width, locale })
    const rows = page.locator('tbody tr')
    await rows.first().waitFor()
    return { id, page, rows, row: (text: string) => rows.filter({ hasText: text }) }
  }

  it('own rules come first, and a search leaves those that say so', async () => {
    const { page, rows } = await opened('search')
    assert.match((await rows.allInnerTexts())[0] ?? '', /支付变慢/)
    await page.getByTestId('search').fill('失败率')
    await rows.filter({ hasText: '支付变慢' }).waitFor({ state: 'detached' })
    assert.equal(await rows.count(), 1)
    await page.getByTestId('search').fill('what nobody wrote')
    await page.getByText('没有名称或说明包含“what nobody wrote”的规则').waitFor()
  })

  it('a link may search, too', async () => {
    const { page, rows } = await opened('linked', { search: '?search=Quiet' })
    assert.equal(await page.getByTestId('search').inputValue(), 'Quiet')
    assert.equal(await rows.count(), 1)
  })

  it('says in the language of the viewer when it fires, and leads to its threshold', async () => {
    const { page, row } = await opened('says')
    const rule = row('调用失败率高')
    await rule.getByTestId('when').getByText('失败的调用达到五分之一。').waitFor()
    await page.getByTestId('language').click()
    await row('failure ratio').getByText('One call of five fails.').waitFor()
    assert.equal(await row('Quiet').getByTestId('threshold').count(), 0)
    await page.getByTestId('threshold').click()
    await page.waitForURL(/\/thresholds\?rule=FailureRatio$/)
    await page.locator('.asked').and(page.getByTestId('rule-FailureRatio')).waitFor()
  })

  it('leads to its alarms, of its level: rules may share a name', async () => {
    const { page, row } = await opened('alarms')
    await row('支付变慢')
      .getByTestId('alarms')
      .and(page.locator('[href$="search=%E6%94%AF%E4%BB%98%E5%8F%98%E6%85%A2"]'))
      .waitFor()
    await row('调用失败率高').getByTestId('alarms').click()
    await page.waitForURL(/\/alarms\?search=FailureRatio&level=ERROR$/)
    assert.equal(await page.getByTestId('search').inputValue(), 'FailureRatio')
  })

  it('one without a level has no empty tag', async () => {
    const { row } = await opened('level')
    const level = row('Quiet').locator('[data-label="级别"]')
    assert.equal(await level.locator('.el-tag').count(), 0)
    assert.equal(await level.innerText(), '—')
  })

  for (const locale of ['zh-CN', 'en-GB']) {
    it(`${locale}, on a phone: no name of a column runs into what it is of`, async () => {
      const { page } = await opened(`phone ${locale}`, { width: 390, locale })
      const gaps = await page.evaluate<number[]>(
        `[...document.querySelectorAll('td[data-label]')].map((cell) => {
          const room = Number.parseFloat(getComputedStyle(cell).paddingLeft)
          return room - Number.parseFloat(getComputedStyle(cell, '::before').width)
        })`,
      )
      assert.ok(gaps.length > 0)
      assert.ok(Math.min(...gaps) > 0, String(gaps))
    })
  }

  it('nothing went wrong inside the pages', () => {
    assert.deepEqual(site.complaints, [])
  })
})
