/**
 * `npm run -s pictures`: draws the mails and the console of the README as Chromium shows them, in a window and on a
 * phone. They are real ones: of the recording of a framework, whose quiet minutes are repeated for an hour before its
 * faults, and in which a server dies three times more. Drawn again they are the same, but for the machine's fonts
 * (Debian: fonts-noto-cjk).
 */
import { existsSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { type Visited, type Walked, walk } from '../test/walk/recording-walk.ts'
import { buildWeb } from './build-web.ts'
import { type RecordedPacket, readRecording } from './demo/recording.ts'

type Mail = Walked['mails'][number]

const RECORDING = fileURLToPath(new URL('../test/fixtures/recording.jsonl', import.meta.url))
const FOLDER = fileURLToPath(new URL('../market/pictures/', import.meta.url))
/** 2026-11-21 17:20 in Shanghai. */
const STARTS_AT = Date.UTC(2026, 10, 21, 9, 20)
const QUIET = { fromMs: 60_000, toMs: 240_000, times: 20 }
const DEATH = { fromMs: 240_000, toMs: 262_000, againMs: [25_000, 50_000, 75_000] }
const INSTANCE = 'al-zukypvbvus'
/** What is made by chance. */
const ALIKE = `{
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const text = texts.currentNode
    text.textContent = text.textContent
      .replace(/\\bal-[a-z0-9]{10}\\b/, '${INSTANCE}')
      .replace(/\\bek_[\\w-]+/, 'ek_szHa7VLHuQOI5FyXPTlP9feDpnZcNF7OvdVeqbRO')
  }
}`
const WINDOW = { width: 1000, scale: 1 }
const PHONE = { width: 390, scale: 2 }
const STAGE = {
  environment: 'shop-prod',
  publicUrl: 'https://alarm.example.com',
  contacts: [
    { name: '张三', email: 'zh@example.com', language: 'zh', timeZone: 'Asia/Shanghai' },
    { name: 'Smith', email: 'en@example.com', language: 'en', timeZone: 'Europe/London' },
  ],
} as const

const executablePath = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'chromium'))
  .find(existsSync)
if (executablePath === undefined) throw new Error('no Chromium on this machine')
await buildWeb(() => {})
// Containers run as root, where Chromium's sandbox cannot.
const browser = await chromium.launch({ executablePath, chromiumSandbox: false })
try {
  const stage = { ...STAGE, visit: drawConsole }
  const { mails } = await walk(withPast(readRecording(RECORDING)), STARTS_AT, 'on', stage)
  for (const { email, language } of STAGE.contacts) {
    const read = mails.filter(({ to }) => to === email)
    const failing = htmlOf(read, ({ subject }) => /testHello.*-ERROR$/.test(subject))
    await draw(browser, `mail-${language}`, failing, WINDOW)
    await draw(browser, `mail-phone-${language}`, failing, PHONE)
    const digest = htmlOf(read, ({ text }) => /被屏蔽|Held-back/.test(text))
    await draw(browser, `mail-digest-${language}`, digest, WINDOW)
  }
} finally {
  await browser.close()
}

function withPast(packets: readonly RecordedPacket[]): RecordedPacket[] {
  const { fromMs, toMs, times } = QUIET
  const quiet = packets.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  const past = Array.from({ length: times }, (_, n) => shifted(quiet, n * (toMs - fromMs)))
  const deaths = packets.filter(
    ({ atMs, feed }) => feed === 'notify' && atMs >= DEATH.fromMs && atMs < DEATH.toMs,
  )
  const now = [
    ...packets.filter(({ atMs }) => atMs >= fromMs),
    ...DEATH.againMs.flatMap((byMs) => shifted(deaths, byMs)),
  ].sort((a, b) => a.atMs - b.atMs)
  return shifted([...past.flat(), ...shifted(now, times * (toMs - fromMs))], -fromMs)
}

function shifted(packets: readonly RecordedPacket[], byMs: number): RecordedPacket[] {
  return packets.map((packet) => ({ ...packet, atMs: packet.atMs + byMs }))
}

function htmlOf(mails: readonly Mail[], isWanted: (mail: Mail) => boolean): string {
  const mail = mails.find(isWanted)
  if (!mail) throw new Error(`not among\n${mails.map(({ subject }) => subject).join('\n')}`)
  return mail.html.replaceAll(/\bal-[a-z0-9]{10}\b/g, INSTANCE)
}

async function drawConsole({ url, password, environment }: Visited): Promise<void> {
  const alarms = `/environments/${environment}/alarms`
  for (const [name, path, locale, height] of [
    ['environments', '/environments', 'zh-CN', 450],
    ['alarms', alarms, 'zh-CN', 560],
    ['alarms-en', alarms, 'en-GB', 560],
  ] as const) {
    const viewport = { width: 1440, height }
    const look = { viewport, locale, colorScheme: 'light', timezoneId: 'Asia/Shanghai' } as const
    const page = await browser.newPage(look)
    await page.goto(`${url}/#${path}`)
    await page.locator('[name="password"]').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('.card, .table').first().waitFor()
    // What appears does so by and by.
    await page.locator('[class*="-enter-active"]').first().waitFor({ state: 'detached' })
    await page.evaluate(ALIKE)
    keep(name, await page.screenshot({ animations: 'disabled' }))
    await page.close()
  }
}

async function draw(
  browser: Browser,
  name: string,
  html: string,
  { width, scale }: typeof WINDOW,
): Promise<void> {
  const viewport = { width, height: 300 }
  const page = await browser.newPage({ viewport, deviceScaleFactor: scale, colorScheme: 'light' })
  await page.setContent(html, { waitUntil: 'load' })
  keep(name, await page.screenshot({ fullPage: true }))
  await page.close()
}

function keep(name: string, png: Buffer): void {
  writeFileSync(`${FOLDER}${name}.png`, png)
  console.log(`${name}.png  ${Math.round(png.length / 1024)} KiB`)
}
