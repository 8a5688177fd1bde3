/** Lives of a store that end by force, one after the other, each on what the one before has left. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { randomOf } from '../../wire/traffic.ts'
import type { Life } from './crash-life.ts'
import { CrashClock, openCrashStore, retentionMsOf } from './crash-store.ts'
import { SeriesModel } from './model.ts'
import { matching } from './model-matching.ts'
import { sent } from './model-traffic.ts'

/** Batches under way at a time. */
export const AT_ONCE = 4
/** Those are among so many that were not answered: what is refused is answered before those that wait for the disk. */
export const FLYING = 2 * AT_ONCE

export interface CrashReport {
  kills: number
  /** Of those, of a store in a thread behind the port. */
  behindPort: number
  /** Lives that ended in order, because there was no such step. */
  ended: number
  answered: number
  /** Batches that were there though nobody had been told. */
  unanswered: number
}

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url))
const THREAD = new URL('./crash-thread.ts', import.meta.url).href
const BATCHES = 50
const STEPS = 90

/** Kills it so many times; the same seed plans the same. @throws {AssertionError} what was lost, or is there twice. */
export async function crash(
  folder: string,
  seed: number,
  kills: number,
  onKill: (report: CrashReport) => void = () => {},
): Promise<CrashReport> {
  const random = randomOf(seed)
  const report: CrashReport = { kills: 0, behindPort: 0, ended: 0, answered: 0, unanswered: 0 }
  while (report.kills < kills) {
    const kind = random()
    const atStep = 1 + Math.floor(random() * STEPS)
    const after = 1 + Math.floor(random() * BATCHES * 0.8)
    const isBehindPort = random() < 0.3
    const life = { folder, seed, answered: report.answered, batches: BATCHES, isBehindPort }
    await live(
      kind < 0.2 ? life : { ...life, end: { atStep, dies: kind < 0.6 ? 'process' : 'power' } },
      kind < 0.2 ? after : Infinity,
      report,
    )
    onKill(report)
  }
  await checkLast(folder, seed, report.answered)
  return report
}

/** `after`: is killed when so many were answered. */
async function live(life: Life, after: number, report: CrashReport): Promise<void> {
  const preloaded = life.isBehindPort ? ['--import', THREAD] : []
  const writer = spawn(process.execPath, [...preloaded, WRITER, JSON.stringify(life)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TARS_CRASH_LIFE: JSON.stringify(life) },
  })
  const closed = once(writer, 'close')
  const said = text(writer.stderr)
  const answered = new Set<number>()
  for await (const line of createInterface({ input: writer.stdout })) {
    const [word = '', figure] = line.split(' ')
    if (word === 'found') report.unanswered += Number(figure)
    if (/^\d+$/.test(word)) answered.add(Number(word))
    while (answered.has(report.answered + 1)) report.answered++
    if (report.answered - life.answered >= after) writer.kill('SIGKILL')
  }
  const [code, signal] = await closed
  const where = `seed ${life.seed}, kill ${report.kills + 1}, ${JSON.stringify(life)}`
  assert.ok(signal === 'SIGKILL' || code === 0, `${where}: ended with ${code}:\n${await said}`)
  if (signal && life.isBehindPort) report.behindPort++
  if (signal) report.kills++
  else report.ended++
}

async function checkLast(folder: string, seed: number, answered: number): Promise<void> {
  const model = new SeriesModel()
  for (let n = 1; n <= answered; n++) model.apply(sent(seed, n))
  const clock = new CrashClock()
  clock.sent = answered
  const store = await openCrashStore(folder, seed, clock)
  const flying = Array.from({ length: FLYING }, (_, at) => sent(seed, answered + 1 + at))
  await matching(model, store, flying, retentionMsOf(seed))
  assert.equal(store.report.broken, 0)
  await store.close()
}
