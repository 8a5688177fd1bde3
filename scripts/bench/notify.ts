/**
 * From alarms that fired to messages that arrived: 10,000 alarms of 1,000 kinds to a webhook, mails to an SMTP server,
 * one alarm alone. See `notify/README.md`. `--quick` takes a tenth.
 */
import { loadavg } from 'node:os'
import { type Bench, type BenchResult, type Check, check, median, notRun } from '../bench-checks.ts'
import { alertmanagerOnPath, startAlertmanager } from './notify/alertmanager.ts'
import { SinkProcess } from './notify/sink-process.ts'
import { alarms, fire, openSubject, type Subject, WINDOW_MS } from './notify/subject.ts'
import { onStage, type Stage, stopOnSignal } from './series/stage.ts'
import { cpuSecondsOf, residentBytes } from './series/usage.ts'

/** Saved, or posted, at once. */
const BATCH = 500
const ALONE = 20

interface Sizes {
  readonly alarms: number
  readonly groups: number
  readonly mails: number
}

export const bench: Bench = async (note, { quick }) => {
  const part = quick ? 10 : 1
  const sizes = { alarms: 10_000 / part, groups: 1_000 / part, mails: 2_000 / part }
  const unhook = stopOnSignal()
  try {
    return await onStage(async (stage) => measured(stage, sizes, note))
  } finally {
    unhook()
  }
}

async function measured(
  stage: Stage,
  sizes: Sizes,
  note: (text: string) => void,
): Promise<BenchResult> {
  const sink = await SinkProcess.start(stage)
  const subject = await openSubject(stage, sink.ports)
  const alone = await tellAlone(subject, sink)
  note(`one alarm alone: ${alone} ms`)
  const fan = await fanOut(subject, sink, sizes)
  note(`fan-out: ${JSON.stringify(fan)}`)
  const mail = await mailOut(subject, sink, sizes)
  note(`mails: ${JSON.stringify(mail)}`)
  const theirs = await ofAlertmanager(stage, sink, sizes)
  const checks: Check[] = [
    check('10,000 alarms, 1,000 kinds: to the last webhook', fan.lastMs / 1000, 's', '<= 2'),
    check('mails', mail.perSecond, '/s', '>= 200'),
    check('one alarm alone: fired to taken', alone, 'ms', '<= 1000'),
    check('memory that was taken by it', fan.grownMb, 'MB', '<= 200'),
    beside(theirs?.lastMs),
  ]
  const [load] = loadavg()
  return { checks, raw: { sizes, load, window_ms: WINDOW_MS, fan, mail, alone_ms: alone, theirs } }
}

/** No goal: it keeps in memory what ours keeps on disk. */
function beside(lastMs: number | undefined): Check {
  const what = ['Alertmanager: to the last webhook', 's', 'beside ours'] as const
  if (lastMs === undefined) return notRun(...what, 'not on PATH')
  return { name: what[0], value: lastMs / 1000, unit: what[1], goal: what[2], ok: true }
}

/** Beyond the window, at whose end the last are told. */
async function fanOut(subject: Subject, sink: SinkProcess, { alarms: count, groups }: Sizes) {
  await sink.taken('forget')
  const changes = alarms(subject.hooked, count, groups)
  const before = { cpu: cpuSecondsOf(process.pid), resident: residentBytes(process.pid) }
  const peak = watchPeak()
  const from = Date.now()
  await fire(subject, changes, BATCH)
  const savedMs = Date.now() - from
  const taken = await sink.until('webhooks', ({ alarms: told }) => told >= count)
  return {
    savedMs,
    lastMs: taken.lastAt - from - WINDOW_MS,
    webhooks: taken.messages,
    cpuSeconds: cpuSecondsOf(process.pid) - before.cpu,
    grownMb: (peak() - before.resident) / 2 ** 20,
  }
}

async function mailOut(subject: Subject, sink: SinkProcess, { mails }: Sizes) {
  await sink.taken('forget')
  const changes = alarms(subject.mailed, mails, mails)
  const from = Date.now()
  await fire(subject, changes, BATCH)
  const { lastAt } = await sink.until('mails', ({ messages }) => messages >= mails)
  return { seconds: (lastAt - from) / 1000, perSecond: (mails * 1000) / (lastAt - from) }
}

/** Median of some, one after the other, each of a kind of its own. */
async function tellAlone(subject: Subject, sink: SinkProcess): Promise<number> {
  const times: number[] = []
  for (const [n, one] of alarms(subject.hooked, ALONE, ALONE).entries()) {
    const from = Date.now()
    const alert = { ...one.alert, id: `alone-${n}`, rule: `Alone${n}` }
    await fire(subject, [{ ...one, alert }], 1)
    const { lastAt } = await sink.until('webhooks', ({ messages }) => messages > n)
    times.push(lastAt - from)
  }
  return median(times)
}

async function ofAlertmanager(stage: Stage, sink: SinkProcess, sizes: Sizes) {
  const name = alertmanagerOnPath()
  if (name === undefined) return undefined
  const { pid, post } = await startAlertmanager(name, stage, sink.ports, WINDOW_MS)
  await sink.taken('forget')
  const changes = alarms('al-theirs', sizes.alarms, sizes.groups)
  const cpu = cpuSecondsOf(pid)
  const from = Date.now()
  await post(changes, BATCH)
  const { lastAt } = await sink.until('webhooks', ({ alarms: told }) => told >= sizes.alarms)
  const resident = residentBytes(pid) / 2 ** 20
  return { lastMs: lastAt - from - WINDOW_MS, cpuSeconds: cpuSecondsOf(pid) - cpu, resident }
}

/** Looks at the memory of this process now and then; returns the most it was. */
function watchPeak(): () => number {
  let most = 0
  const look = () => {
    most = Math.max(most, residentBytes(process.pid))
  }
  const timer = setInterval(look, 50)
  return () => {
    clearInterval(timer)
    look()
    return most
  }
}
