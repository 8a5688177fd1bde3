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
import { SubscribeFeed } from '../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, Windows } from '../../src/agent/window/windows.ts'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { type CloudConfig, parseCloudConfig } from '../../src/cloud/config.ts'
import type { NotifyEvent } from '../../src/model/event.ts'
import { silentLog } from '../../src/support/log.ts'
import { StopList } from '../../src/support/stop-list.ts'
import { decodeRequest } from '../../src/tars/packet.ts'
import type { Servant } from '../../src/tars/servant.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, type Batch, encodeBatch } from '../../src/wire/index.ts'
import { CHEAP } from '../support/cheap-password.ts'
import { FakeClock } from '../support/fake-clock.ts'

const WINDOW_MS = 10_000

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
  const parts = new StopList()
  try {
    const clock = new FakeClock(startsAt)
    const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-walk-'))
    parts.push('folder', () => rmSync(folder, { recursive: true, force: true }))
    const mailbox = await openMailbox({ now: () => clock.now(), webPort: 0, onMail: () => {} })
    parts.push('mailbox', () => mailbox.close())
    const cloud = await startCloud({
      config: {
        ...configOf(folder, mailbox.smtpPort, rootCause),
        ...(stage.publicUrl !== undefined && { public_url: stage.publicUrl }),
      },
      clock,
      log: silentLog,
      passwordCost: CHEAP,
    })
    parts.push('cloud', async () => void (await cloud.stop()))
    const console = await signedIn(cloud)
    const environment = await console.createEnvironment(stage.environment)
    for (const contact of stage.contacts) await console.addContact(environment.id, contact)
    await playWindows({ packets, startsAt, clock, cloud, envKey: environment.envKey })
    const alarms = await console.alarms(environment.id)
    await stage.visit?.({
      ...{ url: cloud.url, password: cloud.firstPassword ?? '', environment: environment.id },
    })
    return {
      alarms: alarms
        .flatMap(({ rule, labels, firedAtMs }) =>
          firedAtMs === undefined ? [] : [{ rule, labels, atMs: firedAtMs - startsAt }],
        )
        .sort((a, b) => a.atMs - b.atMs),
      mails: mailbox.mails.map((mail) => ({ ...mail, atMs: mail.receivedAt - startsAt })),
    }
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

async function playWindows(run: {
  packets: readonly RecordedPacket[]
  startsAt: number
  clock: FakeClock
  cloud: Cloud
  envKey: string
}): Promise<void> {
  const { packets, startsAt, clock, cloud, envKey } = run
  const windows = new Windows(DEFAULT_WINDOW, startsAt)
  const events: NotifyEvent[] = []
  const feed = new SubscribeFeed({
    intake: {
      stat: (at, known, values) => windows.addStat(at, known, values),
      property: (at, row) => windows.addProperty(at, row),
      event: async (event) => void events.push(event),
    },
    now: () => clock.now(),
    log: silentLog,
  })
  const servants = feed.servants('Alarm.AgentServer')
  const end = startsAt + (packets.at(-1)?.atMs ?? 0) + 3 * WINDOW_MS
  let seq = 0
  let next = 0
  while (windows.nextEndMs <= end) {
    const windowEndMs = windows.nextEndMs
    for (
      let packet = packets[next];
      packet && startsAt + packet.atMs < windowEndMs;
      packet = packets[next]
    ) {
      clock.moveTo(startsAt + packet.atMs)
      await hand(servants, packet)
      next++
    }
    clock.moveTo(windowEndMs)
    const closed = windows.close(windowEndMs)
    await post(cloud, envKey, batchOf(++seq, clock.now(), closed.windows, events.splice(0)))
    await cloud.idle()
  }
}

async function hand(servants: readonly Servant[], { packet, peer }: RecordedPacket): Promise<void> {
  const { header, body } = decodeRequest(packet.subarray(4))
  const [host = '', port = ''] = peer.split(':')
  const take = servants.map(({ functions }) => functions[header.sFuncName]).find(Boolean)
  await take?.(body, {
    functionName: header.sFuncName,
    servantName: header.sServantName,
    host,
    port: Number(port),
    transport: 'tcp',
    context: new Map(header.context),
    oneWay: true,
    respond: () => {},
    respondError: (code, message) => {
      throw new Error(`answered with ${code}: ${message}`)
    },
  })
}

function batchOf(
  seq: number,
  madeAt: number,
  windows: Batch['windows'],
  events: readonly NotifyEvent[],
): Batch {
  const id = { agent: 'a'.repeat(32), epoch: 'e'.repeat(16), seq } as const
  const agent = { host: 'walk', version: '0', startedAt: madeAt }
  return { id, agent, madeAt, windows, events, unknown: [] }
}

async function post(cloud: Cloud, envKey: string, batch: Batch): Promise<void> {
  const response = await fetch(cloud.url + BATCH_PATH, {
    method: 'POST',
    headers: { 'Content-Type': BATCH_MEDIA_TYPE, Authorization: `Bearer ${envKey}` },
    body: new Uint8Array(encodeBatch(batch)),
  })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
}
