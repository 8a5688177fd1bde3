/**
 * `npm run demo`: a fault in real TARS traffic becomes a mail, minutes in seconds.
 * Cloud, agent and two live servers are processes of their own, started by the commands a user has;
 * cloud and agent share one clock that runs `--speed` times as fast as life.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { windowEnd } from '../../src/model/time.ts'
import { type ClockPlan, SteeredClock } from '../../src/support/clock.ts'
import { messageOf } from '../../src/support/failure.ts'
import { StopList } from '../../src/support/stop-list.ts'
import { Evidence } from './evidence.ts'
import { type Mailbox, openMailbox } from './mailbox.ts'
import { type DemoOptions, demoOptions, HELP } from './options.ts'
import { missingMails, outcomeOf } from './outcome.ts'
import { freePorts, type Started, steer } from './processes.ts'
import { minuteOf, openProgress, type Progress, STORY } from './progress.ts'
import { play, readRecording } from './recording.ts'
import { type Cloud, type LiveServers, startAgent, startCloud, startLiveServers } from './stage.ts'
import { buildConsole } from './web.ts'

const WINDOW_MS = 10_000
const FAULT_FROM_MS = 150_000
const FAULT_TO_MS = 330_000
const SETTLE_MS = 20_000

/** A run on stage: what is there once the curtain is up. */
interface Run {
  readonly options: DemoOptions
  readonly progress: Progress
  readonly clock: SteeredClock
  readonly mailbox: Mailbox
  readonly cloud: Cloud
  readonly agent: Started
  readonly live: LiveServers
  readonly evidence: Evidence
  /** First packet, on the shared clock. */
  readonly startedAt: number
}

/** Runs the demo with these arguments; returns the exit code. */
export async function demo(args: readonly string[]): Promise<number> {
  const options = demoOptions(args)
  if (options === 'help') {
    console.log(HELP)
    return 0
  }
  const progress = openProgress(options.json ? process.stderr : process.stdout)
  const stop = new StopList()
  const curtain = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => curtain.abort())
  try {
    return await perform(options, progress, stop, curtain.signal)
  } finally {
    progress.end()
    if (!options.once) progress.say('stopping …')
    for (const failure of await stop.stop()) progress.say(`while stopping: ${failure}`)
  }
}

async function perform(
  options: DemoOptions,
  progress: Progress,
  stop: StopList,
  signal: AbortSignal,
): Promise<number> {
  const packets = readRecording(options.recording)
  progress.say(
    `tars-alarm demo: a fault in real TARS traffic becomes a mail (${options.speed}× as fast as life)\n`,
  )
  if (!options.once) await buildConsole(progress)
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-demo-'))
  stop.push('folder', () => rmSync(folder, { recursive: true, force: true }))
  const run = await raise(options, progress, { folder, stop })
  const packetsDone = play(packets, {
    clock: run.clock,
    startsAt: run.startedAt,
    ports: run.ports,
    onPacket: (packet) => run.evidence.see(packet),
    signal,
  })
  const ticker = narrate(run)
  await packetsDone
  const last = packets.at(-1)?.atMs ?? 0
  if (!signal.aborted) await settle(run, last, signal)
  clearInterval(ticker)
  if (signal.aborted) return options.once ? 130 : 0
  return finish(run, signal)
}

/** Starts every part; the clock stands still until all are ready. */
async function raise(
  options: DemoOptions,
  progress: Progress,
  { folder, stop }: { folder: string; stop: StopList },
): Promise<Run & { ports: Awaited<ReturnType<typeof startAgent>>['ports'] }> {
  const held: ClockPlan = { realMs: Date.now(), shownMs: Date.now(), speed: 0 }
  const clock = new SteeredClock(held)
  const evidence = new Evidence()
  const seen = { startedAt: 0 }
  const [webPort = 0, consolePort = 0] = await freePorts(2)
  const mailbox = await openMailbox({
    now: () => clock.now(),
    webPort,
    onMail: (mail) =>
      progress.say(
        ` ${minuteOf(mail.receivedAt - seen.startedAt)}  ✉  ${mail.subject}  → ${mail.to}`,
      ),
  })
  stop.push('inbox', () => mailbox.close())
  const scene = { folder, clock: held, stop }
  const cloud = await startCloud(scene, mailbox, consolePort)
  const agent = await startAgent(scene, cloud)
  const live = await startLiveServers(scene, agent.ports, options.speed)
  introduce(progress, { mailbox, cloud })
  const startedAt = clock.now() + 1000
  seen.startedAt = startedAt
  const plan = { realMs: Date.now(), shownMs: clock.now(), speed: options.speed }
  clock.steer(plan)
  steer([cloud.process, agent.process], plan)
  live.order.child.send({ go: true })
  const run = {
    options,
    progress,
    clock,
    mailbox,
    cloud,
    agent: agent.process,
    live,
    evidence,
    startedAt,
  }
  schedule(run)
  return { ...run, ports: agent.ports }
}

function introduce(
  progress: Progress,
  { mailbox, cloud }: { mailbox: Mailbox; cloud: Cloud },
): void {
  progress.say(`  console   ${cloud.url}   user admin, password ${cloud.password}`)
  progress.say(`  inbox     ${mailbox.url}`)
  progress.say('  agent     Alarm.AgentServer, real TCP ports for stat, property and notify')
  progress.say(
    '  live      DemoApp.OrderServer calls DemoApp.PayServer (@tars/rpc, @tars/monitor)\n',
  )
}

/** The fault of `DemoApp.PayServer`, and the story of the default recording. */
function schedule({ options, progress, clock, live, evidence, startedAt }: Run): void {
  const at = (atMs: number, task: () => void) => clock.after(startedAt + atMs - clock.now(), task)
  const tell = (atMs: number, text: string) =>
    at(atMs, () => progress.say(` ${minuteOf(atMs)}  ·  ${text}`))
  for (const { atMs, text } of options.isDefaultRecording ? STORY : []) tell(atMs, text)
  tell(FAULT_FROM_MS, 'fault injected: 40 % of `pay` of DemoApp.PayServer fail')
  tell(FAULT_TO_MS, 'fault of DemoApp.PayServer ends')
  at(FAULT_FROM_MS, () => live.pay.child.send({ fault: true }))
  at(FAULT_TO_MS, () => live.pay.child.send({ fault: false }))
  live.pay.child.on('message', (message: { complained?: boolean }) => {
    if (message.complained) evidence.complained('DemoApp.PayServer', clock.now() - startedAt)
  })
}

function narrate({ progress, clock, mailbox, startedAt }: Run): NodeJS.Timeout {
  return setInterval(() => {
    const at = clock.now() - startedAt
    progress.now(` ${minuteOf(at)}  playing …  ${mailbox.mails.length} mails`)
  }, 250)
}

/** Two windows after the last packet the clock stops; then waits until nothing is on its way any more. */
async function settle(run: Run, lastMs: number, signal: AbortSignal): Promise<void> {
  const { clock, cloud, agent, startedAt, options } = run
  const stopAtMs = windowEnd(startedAt + lastMs, WINDOW_MS) + 2 * WINDOW_MS
  const plan = { realMs: Date.now(), shownMs: clock.now(), speed: options.speed, stopAtMs }
  clock.steer(plan)
  steer([cloud.process, agent], plan)
  const giveUpAt = Date.now() + (stopAtMs - clock.now()) / options.speed + SETTLE_MS
  let quietSince = Date.now()
  let before = ''
  while (!signal.aborted && Date.now() < giveUpAt) {
    const { agents } = await cloud.console.environment(cloud.environment.id)
    const newest = agents[0]?.windowEndMs ?? 0
    const now = `${newest} ${run.mailbox.mails.length}`
    if (now !== before || clock.now() < stopAtMs) quietSince = Date.now()
    before = now
    if (newest >= stopAtMs && Date.now() - quietSince > 1000) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function finish(run: Run, signal: AbortSignal): Promise<number> {
  const { options, progress, cloud, mailbox } = run
  const alarms = await Promise.all(
    (await cloud.console.alarms(cloud.environment.id)).map(async (alarm) => ({
      ...alarm,
      deliveries: await cloud.console.deliveries(cloud.environment.id, alarm.id),
    })),
  )
  const [agent, ingest] = await Promise.all([ask(run.agent), ask(cloud.process)])
  const outcome = outcomeOf({
    ...run,
    speed: options.speed,
    alarms,
    mails: mailbox.mails,
    records: agent.records ?? 0,
    batches: ingest.batches ?? 0,
  })
  const missing = options.isDefaultRecording ? missingMails(mailbox.mails) : []
  if (options.json) console.log(JSON.stringify(outcome))
  const { alarms: fired, mails, detection_ms: detection, cloud_ms: inCloud } = outcome
  progress.say(`\n${fired.length} alarms, ${mails.length} mails.`)
  progress.say(
    `From the first report of a fault to its mail: ${seconds(detection.median)} (median, data time).`,
  )
  progress.say(
    `From a batch's arrival at the cloud to its mail: ${inCloud.median} ms (median, real time).`,
  )
  for (const what of missing) progress.say(`MISSING: no mail of ${what}`)
  if (!options.once) {
    progress.say(
      '\nThe clock stands still now; console and inbox stay up. Ctrl-C stops everything.',
    )
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  return missing.length > 0 ? 1 : 0
}

/** The counters of a process, by its own word. */
function ask({ child }: Started): Promise<{ records?: number; batches?: number }> {
  return new Promise((resolve) => {
    child.once('message', (message: { status?: { records?: number; batches?: number } }) =>
      resolve(message.status ?? {}),
    )
    child.send({ status: true })
  })
}

function seconds(ms: number | null): string {
  return ms === null ? 'none' : `${(ms / 1000).toFixed(1)} s`
}

if (import.meta.main) {
  process.exitCode = await demo(process.argv.slice(2)).catch((error: unknown) => {
    console.error(`demo: ${messageOf(error)}`)
    return 1
  })
  process.exit()
}
