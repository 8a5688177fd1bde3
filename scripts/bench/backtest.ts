/**
 * How long a backtest of a day takes: 10,000 records a minute on disk with what is normal beside them, the default
 * rules evaluated each minute, by the command that people type. `--quick`: a tenth of the records.
 */
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BacktestReport } from '../../src/cloud/backtest/report.ts'
import { Baseliner } from '../../src/cloud/baselines/baseliner.ts'
import { DEFAULT_CALENDAR } from '../../src/cloud/calendar/special-day.ts'
import { LocalSeries } from '../../src/cloud/series/local-series.ts'
import type { Clock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'
import { type Bench, check } from '../bench-checks.ts'
import { batchesOf } from './series/batches.ts'
import { DAY_MINUTES, MINUTE_MS, modelOf } from './series/data.ts'
import { onStage, type Stage, stopOnSignal } from './series/stage.ts'

const ENVIRONMENT = 'al-backtest'
const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const RULES = fileURLToPath(new URL('../../conf/rules', import.meta.url))
/** Midnight in Shanghai; so is the end. */
const FROM_MS = Date.UTC(2026, 10, 17, 16)
/** So that what is normal is known when the day begins. */
const BEFORE_MINUTES = 90
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

export const bench: Bench = async (note, { quick }) => {
  const records = quick ? 1_000 : 10_000
  const unhook = stopOnSignal()
  try {
    return await onStage(async (stage) => {
      const data = await fill(stage, records, note)
      note('the backtest')
      const [startedMs, [load]] = [performance.now(), loadavg()]
      const report = await ask(data)
      const seconds = (performance.now() - startedMs) / 1000
      const { evaluations, alarmCount, messageCount, slow, failed } = report
      return {
        checks: [check(`a day of ${records} records, default rules`, seconds, 's', '<= 60')],
        raw: { seconds, records, load, evaluations, alarmCount, messageCount, slow, failed },
      }
    })
  } finally {
    unhook()
  }
}

/** A day and what goes before it, as a cloud leaves it; returns its data folder. */
async function fill({ parent }: Stage, records: number, note: (text: string) => void) {
  const folder = join(parent, 'series')
  mkdirSync(folder)
  const time = { now: FROM_MS }
  const clock: Clock = { now: () => time.now, after: () => () => {} }
  const series = await LocalSeries.open({ folder, clock, log: silentLog })
  const calendars = { calendar: async () => DEFAULT_CALENDAR }
  const baseliner = new Baseliner({ series, calendars, clock, log: silentLog })
  const model = modelOf(records)
  for (let number = -BEFORE_MINUTES; number < DAY_MINUTES; number++) {
    const endMs = FROM_MS + (number + 1) * MINUTE_MS
    time.now = endMs + 1_000
    const seq = number + BEFORE_MINUTES + 1
    for (const bytes of batchesOf(model, model.minute(number + DAY_MINUTES, endMs), seq))
      await series.append(ENVIRONMENT, bytes, time.now)
    baseliner.advance(ENVIRONMENT, endMs)
    await baseliner.idle()
    if (number % 240 === 0) note(`${number} minutes of ${DAY_MINUTES}`)
  }
  await baseliner.stop()
  await series.close()
  return parent
}

async function ask(data: string): Promise<BacktestReport> {
  const seconds = (ms: number) => String(ms / 1000)
  const span = ['--from', seconds(FROM_MS), '--to', seconds(FROM_MS + DAY_MINUTES * MINUTE_MS)]
  const whose = ['--data', data, '--env', ENVIRONMENT]
  const args = [CLI, 'rules', 'backtest', RULES, ...span, ...whose, '--json']
  const options = { maxBuffer: MAX_OUTPUT_BYTES }
  const { stdout } = await promisify(execFile)(process.execPath, args, options)
  return JSON.parse(stdout) as BacktestReport
}
