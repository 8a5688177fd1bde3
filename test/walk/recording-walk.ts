/**
 * The whole walk in one process and in data time: recorded packets → agent's feeds and windows →
 * batch → the cloud's real door over HTTP → series → rules → alerts → real SMTP. The clock stands still
 * until the test moves it, so a run of 8.6 minutes takes seconds and is the same each time.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Console } from '../../scripts/demo/console.ts'
import { type Mail, openMailbox } from '../../scripts/demo/mailbox.ts'
import type { RecordedPacket } from '../../scripts/demo/recording.ts'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { type CloudConfig, parseCloudConfig } from '../../src/cloud/config.ts'
import { silentLog } from '../../src/support/log.ts'
import { StopList } from '../../src/support/stop-list.ts'
import { CHEAP } from '../support/cheap-password.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { Walker, WINDOW_MS } from './walker.ts'

export interface WalkedAlarm {
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
  /** Since the first packet. */
  readonly atMs: number
}

export interface Walked {
  readonly alarms: readonly WalkedAlarm[]
  readonly mails: readonly (Mail & { readonly atMs: number })[]
}

type RootCause = CloudConfig['root_cause']

/** Where it is walked, and who is told. */
export interface Stage {
  readonly environment: string
  readonly publicUrl?: string
  readonly contacts: readonly Readonly<Record<'name' | 'email' | 'language' | 'timeZone', string>>[]
  /** Comes to the cloud at the end, while its console can still be seen. */
  readonly visit?: (cloud: Visited) => Promise<void>
}

export interface Visited {
  readonly url: string
  /** Of `admin`. */
  readonly password: string
  readonly environment: string
}

const DRILL: Stage = {
  environment: '演练',
  contacts: [
    { name: '值班', email: 'oncall@example.com', language: 'zh', timeZone: 'Asia/Shanghai' },
  ],
}

/** Plays `packets` from `startsAt` until two windows after the last. */
export async function walk(
  packets: readonly RecordedPacket[],
  startsAt: number,
  rootCause: RootCause = 'explain',
  stage = DRILL,
): Promise<Walked> {
  const [walked] = await walkTogether(packets, [startsAt], rootCause, stage)
  return walked ?? { alarms: [], mails: [] }
}

/** As `walk`, from each of `startsAts` in an environment of its own ('演练', '演练 1' …), all in one cloud side by side. */
export async function walkTogether(
  packets: readonly RecordedPacket[],
  startsAts: readonly number[],
  rootCause: RootCause = 'explain',
  stage = DRILL,
): Promise<Walked[]> {
  const parts = new StopList()
  try {
    const clock = new FakeClock(Math.min(...startsAts))
    const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-walk-'))
    parts.push('folder', () => rmSync(folder, { recursive: true, force: true }))
    const mailbox = await openMailbox({ now: () => clock.now(), webPort: 0, onMail: () => {} })
    parts.push('mailbox', () => mailbox.close())
    const config = {
      ...configOf(folder, mailbox.smtpPort, rootCause),
      ...(stage.publicUrl !== undefined && { public_url: stage.publicUrl }),
    }
    const cloud = await startCloud({ config, clock, log: silentLog, passwordCost: CHEAP })
    parts.push('cloud', async () => void (await cloud.stop()))
    const console = await signedIn(cloud)
    const walkers: Walker[] = []
    for (const [number, startsAt] of startsAts.entries()) {
      const name = number === 0 ? stage.environment : `${stage.environment} ${number}`
      const environment = await console.createEnvironment(name)
      const addresses = new Set<string>()
      for (const contact of stage.contacts) {
        const email = number === 0 ? contact.email : `${number}.${contact.email}`
        await console.addContact(environment.id, { ...contact, email })
        addresses.add(email)
      }
      walkers.push(new Walker({ packets, startsAt, clock, environment, addresses }))
    }
    await playWindows(walkers, clock, cloud)
    const environment = walkers[0]?.environment.id ?? ''
    await stage.visit?.({ url: cloud.url, password: cloud.firstPassword ?? '', environment })
    return await Promise.all(walkers.map((walker) => told(walker, console, mailbox.mails)))
  } finally {
    await parts.stop()
  }
}

function configOf(folder: string, smtpPort: number, rootCause: RootCause) {
  const mail = `mail: { host: 127.0.0.1, port: ${smtpPort}, tls: none, verify: false, from: alarm@example.com }`
  const text = `listen: 127.0.0.1:0\ndata: ${folder}\nconvergence: 2m\nroot_cause: ${rootCause}\n${mail}\n`
  return parseCloudConfig(text, 'walk.yaml')
}

async function signedIn(cloud: Cloud): Promise<Console> {
  const console = new Console(cloud.url)
  await console.login('admin', cloud.firstPassword ?? '')
  return console
}

async function playWindows(
  walkers: readonly Walker[],
  clock: FakeClock,
  cloud: Cloud,
): Promise<void> {
  for (;;) {
    const at = Math.min(...walkers.map(({ nextAt }) => nextAt))
    if (at === Number.POSITIVE_INFINITY) return
    clock.moveTo(at)
    for (const walker of walkers) while (walker.nextAt === at) await walker.step(cloud)
    if (at % WINDOW_MS === 0) await cloud.idle()
  }
}

async function told(
  { startsAt, environment, addresses }: Walker,
  console: Console,
  mails: readonly Mail[],
): Promise<Walked> {
  const alarms = await console.alarms(environment.id)
  return {
    alarms: alarms
      .flatMap(({ rule, labels, firedAtMs }) =>
        firedAtMs === undefined ? [] : [{ rule, labels, atMs: firedAtMs - startsAt }],
      )
      .sort((a, b) => a.atMs - b.atMs),
    mails: mails
      .filter(({ to }) => addresses.has(to))
      .map((mail) => ({ ...mail, atMs: mail.receivedAt - startsAt })),
  }
}
