/** The built console in a real browser, over a store in memory and a clock that stands still. */
import type { BrowserContext, Page } from 'playwright-core'
import { buildWeb } from '../../scripts/build-web.ts'
import { startConsole } from '../cloud/api/console.ts'
import { openBrowser } from '../support/browser.ts'

const TIMEOUT_MS = 60_000
/** What moves cannot be clicked, and on a busy machine it may move for long. */
const STILL = `{
  const still = new CSSStyleSheet()
  still.replaceSync('*,::before,::after{transition:none!important;animation:none!important}')
  document.adoptedStyleSheets.push(still)
}`

export interface Viewer {
  /** Logged in unless said otherwise. */
  readonly loggedIn?: boolean
  readonly width?: number
  /** Of the browser. */
  readonly locale?: string
}

interface Site {
  readonly url: string
  login(): Promise<string>
  close(): Promise<unknown>
}

export const startConsoleInBrowser = () => openInBrowser(startConsole)

/** `start` serves the console of this folder. */
export async function openInBrowser<Started extends Site>(
  start: (consoleFolder: string) => Promise<Started>,
) {
  const site = await start(await buildWeb(() => {}))
  const browser = await openBrowser()
  const viewers = new Set<BrowserContext>()
  const complaints: string[] = []

  async function context(width: number, locale: string): Promise<BrowserContext> {
    const permissions = ['clipboard-read', 'clipboard-write']
    const fresh = await browser.newContext({
      viewport: { width, height: 800 },
      permissions,
      locale,
    })
    fresh.setDefaultTimeout(TIMEOUT_MS)
    viewers.add(fresh)
    return fresh
  }

  /** A page of a new viewer at `#path`. */
  async function open(
    path: string,
    { loggedIn = true, width = 1280, locale = 'zh-CN' }: Viewer = {},
  ): Promise<Page> {
    const viewer = await context(width, locale)
    if (loggedIn) {
      const [name = '', value = ''] = (await site.login()).split('=')
      await viewer.addCookies([{ name, value, url: site.url }])
    }
    const page = await viewer.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      // Chromium also reports each answer 4xx as an error: those are the pages' matter.
      const refused = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !refused) complaints.push(message.text())
    })
    await page.goto(`${site.url}/#${path}`)
    await page.evaluate(STILL)
    return page
  }

  /** Pages left open would go on asking the cloud. */
  async function closePages(): Promise<void> {
    await Promise.all(Array.from(viewers, (viewer) => viewer.close()))
    viewers.clear()
  }

  async function close(): Promise<void> {
    await closePages()
    await site.close()
  }

  /** `complaints`: what went wrong inside the pages, also against the content security policy. */
  return { ...site, open, complaints, closePages, close }
}

export type ConsoleInBrowser = Awaited<ReturnType<typeof startConsoleInBrowser>>
