import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import type { Picture } from '../../src/cloud/picture/picture.ts'
import { START, serveConsole } from '../cloud/api/console.ts'
import { MemoryStore } from '../cloud/api/memory-store.ts'
import { alertRow } from '../cloud/api/rows.ts'
import { FAILING } from '../cloud/picture/support/pictures.ts'
import { noBrowser } from '../support/browser.ts'
import { openInBrowser } from './console-in-browser.ts'

async function startPictured(consoleFolder: string) {
  const store = new MemoryStore()
  const shown: { picture: Picture | undefined } = { picture: FAILING }
  const stores = {
    ...{ environments: store, contacts: store, alerts: store, users: store },
    pictures: { of: async () => shown.picture },
  }
  const { id } = await store.createEnvironment({ name: '生产', framework: 'TARSFramework' }, START)
  store.alertRows.push(alertRow(id, START - 900_000))
  const path = `/environments/${id}/alarms/alert-${START - 900_000}`
  return { shown, path, ...(await serveConsole(stores, consoleFolder)) }
}

describe('the picture of an alarm in a browser', { skip: noBrowser }, () => {
  let site: Awaited<ReturnType<typeof openInBrowser<Awaited<ReturnType<typeof startPictured>>>>>
  before(async () => {
    site = await openInBrowser(startPictured)
  })
  afterEach(() => site.closePages())
  after(() => site.close())

  it('shows the values under the pointer, and those beside it by the arrow keys', async () => {
    const page = await site.open(site.path)
    const picture = page.getByTestId('picture')
    await page.getByText('告警 17:32', { exact: true }).waitFor()
    await page.getByText('失败（次/分钟）：告警时 320').waitFor()
    const box = await picture.boundingBox()
    // The right edge: 15 minutes after it fired.
    await picture.hover({ position: { x: (box?.width ?? 0) - 13, y: 120 } })
    await page.getByText('2026-11-20 17:47:00').waitFor()
    await picture.focus()
    await picture.press('ArrowLeft')
    await page
      .getByText(/2026-11-20 17:46:00 失败 \d+ · 调用 1,0\d\d · 参照日 2026-11-19 \d/)
      .waitFor()
    assert.deepEqual(site.complaints, [])
  })

  it('is as wide as there is room, in the language of the viewer', async () => {
    const page = await site.open(site.path, { width: 390 })
    const svg = page.getByTestId('picture').locator('svg')
    await svg.waitFor()
    const width = Number(await svg.getAttribute('width'))
    assert.ok(width > 280 && width < 390, `${width} px`)
    const { scrollWidth } = await page.evaluate<{ scrollWidth: number }>(
      '({ scrollWidth: document.documentElement.scrollWidth })',
    )
    assert.equal(scrollWidth, 390)
    await page.getByText('English').click()
    await page.getByText('fired 17:32').waitFor()
  })

  it('where there is none, nothing is shown of it', async () => {
    site.shown.picture = undefined
    const page = await site.open(site.path)
    await page.getByText('FailureRatio', { exact: true }).waitFor()
    await page.waitForLoadState('networkidle')
    assert.equal(await page.getByTestId('picture').count(), 0)
    assert.equal(await page.locator('section:has(.picture).panel').count(), 0)
    site.shown.picture = FAILING
  })
})
