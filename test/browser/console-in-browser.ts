/** The built console in a real browser, over a store in memory and a clock that stands still. */
import type { Page } from 'playwright-core'
import { buildWeb } from '../../scripts/build-web.ts'
import { startConsole } from '../cloud/api/console.ts'
import { closeSeats, leaveSeat, type Seat, takeSeat } from './seats.ts'

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

/** Coming back to a page refreshes it: a test need not wait until the page does so by itself. */
export function comeBack(page: Page): Promise<unknown> {
  return page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
}

export const startConsoleInBrowser = () => openInBrowser(startConsole)

/** `start` serves the console of this folder. */
export async function openInBrowser<Started extends Site>(
  start: (consoleFolder: string) => Promise<Started>,
) {
  const site = await start(await buildWeb(() => {}))
  const seats: Seat[] = []
  const complaints: string[] = []

  /** A page of a new viewer at `#path`. */
  async function open(
    path: string,
    { loggedIn = true, width = 1280, locale = 'zh-CN' }: Viewer = {},
  ): Promise<Page> {
    const seat = await takeSeat(locale, (text) => complaints.push(text))
    seats.push(seat)
    const { context, page } = seat
    await page.setViewportSize({ width, height: 800 })
    if (loggedIn) {
      const [name = '', value = ''] = (await site.login()).split('=')
      await context.addCookies([{ name, value, url: site.url }])
    }
    await page.goto(`${site.url}/#${path}`)
    return page
  }

  /** Pages left open would go on asking the cloud. */
  async function closePages(): Promise<void> {
    await Promise.all(seats.splice(0).map((seat) => leaveSeat(seat, `${site.url}/nobody`)))
  }

  async function close(): Promise<void> {
    await closePages()
    await closeSeats()
    await site.close()
  }

  /** `complaints`: what went wrong inside the pages, also against the content security policy. */
  return { ...site, open, complaints, closePages, close }
}

export type ConsoleInBrowser = Awaited<ReturnType<typeof startConsoleInBrowser>>
