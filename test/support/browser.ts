/** A real Chromium for tests; machines without one skip them, with a reason. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { after } from 'node:test'
import { type Browser, chromium, selectors } from 'playwright-core'

/** The first that is there: without windows of its own Chromium takes two thirds of the time. */
const NAMES = [
  'chromium-headless-shell',
  ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
]
const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync)
}

selectors.setTestIdAttribute('data-test')

const executable = findChromium()

/** Why tests in a browser cannot run here, or false. */
export const noBrowser: string | false =
  executable === undefined &&
  'no Chromium on this machine (Debian: apt-get install chromium-headless-shell)'

let shared: Promise<Browser> | undefined

/** Headless, with a folder of its own that goes with it: one for all tests of the process, closed after them. */
export function openBrowser(): Promise<Browser> {
  shared ??= launchBrowser()
  return shared
}

after(async () => (await shared)?.close())

function launchBrowser(): Promise<Browser> {
  if (executable === undefined) throw new RangeError('ask noBrowser first')
  // Containers run as root, where Chromium's sandbox cannot.
  return chromium.launch({ executablePath: executable, chromiumSandbox: false, args: ARGS })
}
