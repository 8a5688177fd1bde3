/** The page behind the link of a message, in a browser that runs no scripts. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { after, afterEach, before, describe, it } from 'node:test'
import { fastify } from 'fastify'
import type { BrowserContext } from 'playwright-core'
import { actPages } from '../../src/cloud/api/act-pages.ts'
import { ActLinks, LINK_MS } from '../../src/cloud/notify/acts/act-link.ts'
import { memoryActs, memoryReceivers } from '../cloud/api/memory-desk.ts'
import { MemoryStore } from '../cloud/api/memory-store.ts'
import { alertRow } from '../cloud/api/rows.ts'
import { contact } from '../cloud/notify/support/nouns.ts'
import { noBrowser, openBrowser } from '../support/browser.ts'
import { FakeClock } from '../support/fake-clock.ts'

const START = Date.UTC(2026, 2, 2, 2)
const shots = process.env.ACK_SHOTS

describe('the page of a link, in a browser without scripts', { skip: noBrowser }, () => {
  const store = new MemoryStore()
  const acts = memoryActs()
  const clock = new FakeClock(START)
  const links = new ActLinks(new Uint8Array(32))
  const server = fastify()
  let viewer: BrowserContext
  let url: string
  let ours: string

  before(async () => {
    if (shots) mkdirSync(shots, { recursive: true })
    const desk = { acts, receivers: memoryReceivers(), changed: () => {} }
    const stores = { environments: store, alerts: store, contacts: store }
    await server.register(actPages({ links, ...stores, desk, clock }))
    url = await server.listen({ host: '127.0.0.1', port: 0 })
    const wanted = { name: '生产', framework: 'TARSFramework' } as const
    ours = (await store.createEnvironment(wanted, START)).id
  })
  afterEach(() => viewer.close())
  after(() => server.close())

  async function opened(language: 'zh' | 'en', width: number) {
    const alert = alertRow(ours, START, { id: `alarm-${language}` })
    store.alertRows.push(alert)
    const reader = contact(language, { environment: ours, name: '王小明', language })
    await store.saveContact(reader)
    const claim = { environment: ours, alert: alert.id, contact: language }
    const link = links.sign({ ...claim, expiresAt: START + LINK_MS })
    const viewport = { width, height: 800 }
    const browser = await openBrowser()
    viewer = await browser.newContext({ javaScriptEnabled: false, viewport })
    const page = await viewer.newPage()
    await page.goto(`${url}/act?link=${link}`)
    const shot = async (name: string) => {
      if (shots) await page.screenshot({ path: `${shots}/${name}.png` })
    }
    return { page, shot, done: () => acts.acts(ours, alert.id) }
  }

  it('says what it is about, asks, and acts when its button is pressed', async () => {
    const { page, shot, done } = await opened('zh', 1280)
    await page.getByRole('heading', { name: '【DemoApp.PayServer】告警' }).waitFor()
    await shot('act-page-zh')
    assert.deepEqual(await done(), [])
    await page.getByLabel('说明').last().fill('在看')
    await page.getByRole('button', { name: '提交' }).click()
    await page.getByText('已保存').waitFor()
    await shot('act-page-zh-done')
    const [act] = await done()
    assert.deepEqual([act?.kind, act?.by, act?.note], ['acknowledge', '王小明', '在看'])
  })

  it('in English, on a phone: snoozed for a day', async () => {
    const { page, shot, done } = await opened('en', 390)
    await page.getByLabel('Snooze:').check()
    await page.locator('select').selectOption('24')
    await shot('act-page-en')
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByText('Saved.').waitFor()
    assert.equal((await done())[0]?.until, START + 86_400_000)
  })
})
