import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { startTriedConsole } from '../cloud/api/tried-world.ts'
import { noBrowser } from '../support/browser.ts'
import {
  type ConsoleInBrowser,
  openInBrowser,
  startConsoleInBrowser,
} from './console-in-browser.ts'

const TEXT = 'groups:\n- name: api\n  rules:\n  - alert: Down\n    expr: up == 0\n'
const DELTAS = TEXT.replace('Down', 'Calls').replace('up == 0', 'tars_calls > 5')

describe('rule files in a browser', { skip: noBrowser }, () => {
  let site: ConsoleInBrowser
  before(async () => {
    site = await startConsoleInBrowser()
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  async function opened(name: string, options: { width?: number; locale?: string } = {}) {
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment({ name, framework: 'TARSFramework' }, now)
    const page = await site.open(`/environments/${id}/rules`, options)
    const panel = page.getByTestId('rule-files')
    const upload = (files: Record<string, string>) =>
      panel.getByTestId('chooser').setInputFiles(
        Object.entries(files).map(([name, text]) => ({
          ...{ name, mimeType: 'application/yaml', buffer: Buffer.from(text) },
        })),
      )
    const names = () => site.ruleDesk.uploads.files(id).map((file) => file.name)
    return { id, page, panel, upload, names, dialog: page.getByRole('dialog') }
  }

  it('are uploaded together; what changed is told, and what is hardly meant', async () => {
    const { panel, upload, names } = await opened('upload')
    await panel.getByText('还没有规则文件').waitFor()
    await upload({ 'api.yaml': TEXT, 'calls.yml': DELTAS })
    const report = panel.getByTestId('upload-report')
    await report.getByText('新增：api.yaml;api, calls.yml;api').waitFor()
    await report.getByText('calls.yml:5:11').waitFor()
    await panel.getByRole('row').filter({ hasText: 'calls.yml' }).waitFor()
    assert.deepEqual(names(), ['api.yaml', 'calls.yml'])
    await upload({ 'api.yaml': TEXT.replace('== 0', '< 1') })
    await report.getByText('有改动：api.yaml;api').waitFor()
  })

  it('that are not valid change nothing: each fault with its place', async () => {
    const { panel, upload, names } = await opened('faults')
    await upload({ 'good.yaml': TEXT, 'bad.yaml': TEXT.replace('up == 0', 'sum(') })
    await panel.getByTestId('upload-faults').getByText('bad.yaml:5:14').waitFor()
    assert.deepEqual(names(), [])
    await upload({ 'no rules.txt': TEXT })
    await panel.getByTestId('upload-fault').getByText('“no rules.txt”：文件名应如').waitFor()
    await upload({ 'good.yaml': TEXT })
    await panel.getByTestId('upload-report').waitFor()
    assert.equal(await panel.getByTestId('upload-faults').count(), 0)
  })

  it('are written, changed and removed', async () => {
    const { page, panel, dialog, names } = await opened('write')
    await panel.getByTestId('write-file').click()
    await dialog.locator('[name=file]').fill('mine.yaml')
    await dialog.getByTestId('save').click()
    await panel.getByText('新增：mine.yaml;example').waitFor()
    const row = panel.getByRole('row').filter({ hasText: 'mine.yaml' })
    await row.getByRole('button', { name: '编辑' }).click()
    const text = dialog.locator('[name=text]')
    await text.and(page.locator(':not(:placeholder-shown)')).waitFor()
    assert.match(await text.inputValue(), /ManyTimeouts/)
    await text.fill('groups: [{name: g}, {name: g}]')
    await dialog.getByTestId('save').click()
    await dialog.getByText('group "g" is repeated').waitFor()
    await text.fill(TEXT)
    await dialog.getByTestId('save').click()
    await panel.getByText('新增：mine.yaml;api').waitFor()
    await row.getByRole('button', { name: '删除' }).click()
    await page.getByRole('button', { name: '删除' }).last().click()
    await panel.getByText('还没有规则文件').waitFor()
    assert.deepEqual(names(), [])
  })

  it('in English, on a phone', async () => {
    const { page, panel, upload } = await opened('phone', { width: 390, locale: 'en-US' })
    await upload({ 'api.yaml': TEXT })
    await panel.getByText('groups: 1; alerting rules: 1; recording rules: 0').waitFor()
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
    assert.equal(wide, false)
  })
})

describe('a rule file before it is saved', { skip: noBrowser }, () => {
  it('is tried on the last day; what is wrong with it is told with its place', async (t) => {
    const site = await openInBrowser(startTriedConsole)
    t.after(() => site.close())
    const now = site.clock.now()
    const { id } = await site.store.createEnvironment(
      { name: 'a', framework: 'TARSFramework' },
      now,
    )
    const page = await site.open(`/environments/${id}/rules`)
    const dialog = page.getByRole('dialog')
    await page.getByTestId('write-file').click()
    const text = dialog.locator('[name=text]')
    await text.fill(TEXT.replace('up == 0', 'sum('))
    await dialog.getByTestId('backtest-run').click()
    await dialog.getByText('5:14: ').waitFor()
    await text.fill(
      TEXT.replace('up == 0', 'sum by (callee) (sum_over_time(tars_timeouts[1m])) > 30'),
    )
    await dialog.getByTestId('backtest-run').click()
    await dialog.getByTestId('backtest').waitFor()
    const [alarms] = await dialog.getByTestId('backtest-alarms').getByRole('cell').allInnerTexts()
    assert.equal(alarms, '1')
    assert.deepEqual(site.ruleDesk.uploads.files(id), [])
  })
})
