/**
 * Where viewers sit: a context of the browser with one page. The next viewer takes a seat that is free, with nothing of
 * the last one but what the browser compiled, drew and keeps of files that never change: a seat of one's own costs more
 * than most tests.
 */
import type { BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'

const TIMEOUT_MS = 60_000
const PERMISSIONS = ['clipboard-read', 'clipboard-write']
/** What moves cannot be clicked, and on a busy machine it may move for long. */
const STILL = `{
  const still = new CSSStyleSheet()
  still.replaceSync('*,::before,::after{transition:none!important;animation:none!important}')
  document.adoptedStyleSheets.push(still)
}`

export interface Seat {
  readonly context: BrowserContext
  readonly page: Page
  readonly locale: string
  /** Hears what goes wrong inside the page. */
  complain: (text: string) => void
}

const free: Seat[] = []

export async function takeSeat(locale: string, complain: Seat['complain']): Promise<Seat> {
  const at = free.findIndex((seat) => seat.locale === locale)
  const [seat = await newSeat(locale)] = at < 0 ? [] : free.splice(at, 1)
  seat.complain = complain
  return seat
}

async function newSeat(locale: string): Promise<Seat> {
  const browser = await openBrowser()
  const context = await browser.newContext({ permissions: PERMISSIONS, locale })
  context.setDefaultTimeout(TIMEOUT_MS)
  await context.addInitScript(STILL)
  const page = await context.newPage()
  const seat: Seat = { context, page, locale, complain: () => {} }
  page.on('pageerror', (error) => seat.complain(error.message))
  page.on('console', (message) => {
    // Chromium also reports each answer 4xx as an error: those are the pages' matter.
    const refused = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !refused) seat.complain(message.text())
  })
  return seat
}

/** `elsewhere`: an address of the same origin that has no page, so that the browser goes on with the same process. */
export async function leaveSeat(seat: Seat, elsewhere: string): Promise<void> {
  const { context, page } = seat
  await Promise.all([page.unrouteAll(), context.unrouteAll(), context.setOffline(false)])
  await page.goto(elsewhere)
  await Promise.all([
    page.evaluate('localStorage.clear(); sessionStorage.clear()'),
    page.mouse.move(0, 0),
    context.clearCookies(),
  ])
  free.push(seat)
}

/** A server may wait with its end for the browser's connections: those go with the seats. */
export async function closeSeats(): Promise<void> {
  await Promise.all(free.splice(0).map(({ context }) => context.close()))
}
