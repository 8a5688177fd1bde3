/** `tars-alarm rules backtest RULES…`: what rules would have told of stored data. */
import { readFile } from 'node:fs/promises'
import { type BacktestOptions, backtest } from '../cloud/backtest/backtest.ts'
import { BacktestFailure } from '../cloud/backtest/failure.ts'
import type { StoredSeries } from '../cloud/backtest/ports.ts'
import { RemoteSeries } from '../cloud/backtest/remote-series.ts'
import { openStoredCopy } from '../cloud/backtest/stored-copy.ts'
import { DEFAULT_CALENDAR } from '../cloud/calendar/special-day.ts'
import { CONVERGENCE_MS } from '../cloud/notify/notifier.ts'
import type { Audience, Policy } from '../cloud/notify/ports.ts'
import { RuleFileError } from '../cloud/rules/fault.ts'
import { loadRules } from '../cloud/rules/load.ts'
import type { UnixMs } from '../model/time.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { parseDurationMs } from '../support/duration.ts'
import { messageOf } from '../support/failure.ts'
import { createLog } from '../support/log.ts'
import { speaksChinese } from './language.ts'
import { linesOf } from './rules-backtest-lines.ts'
import { type BacktestWords, chinese, english } from './rules-backtest-words.ts'
import { withScratchFolder } from './scratch-folder.ts'

export interface RulesBacktestOptions {
  /** RFC 3339 or Unix seconds. */
  readonly from: string
  readonly to: string
  readonly step?: string
  /** Data folder of a cloud that does not run, and which environment. */
  readonly data?: string
  readonly env?: string
  /** Or `https://host/prometheus/al-…`. */
  readonly url?: string
  readonly tokenFile?: string
  readonly json?: boolean
}

/** Where lines go, and in which language. */
export interface Tell {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  readonly words: BacktestWords
  readonly clock: Clock
}

interface Opened {
  readonly series: StoredSeries
  readonly audience: Audience | undefined
  close(): Promise<void>
}

export function tell(): Tell {
  return {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
    words: speaksChinese(process.env) ? chinese : english,
    clock: systemClock,
  }
}

/** Returns the exit code: 0 it ran; 1 it ran, and nothing could be judged, or not all be read; 2 it could not. */
export async function rulesBacktest(
  paths: readonly string[],
  options: RulesBacktestOptions,
  to: Tell,
): Promise<number> {
  try {
    const { groups } = await loadRules(paths)
    const times = timesOf(options)
    return await withScratchFolder('tars-alarm-backtest-', async (scratch) => {
      const opened = await open(options, to, scratch)
      try {
        return await run({ ...times, groups }, options, { opened, to })
      } finally {
        await opened.close()
      }
    })
  } catch (error) {
    if (!(error instanceof BacktestFailure || error instanceof RuleFileError)) throw error
    to.err(error.message)
    return 2
  }
}

type Task = Pick<BacktestOptions, 'fromMs' | 'toMs' | 'stepMs' | 'groups'>

async function run(
  task: Task,
  { json, env = 'al-' }: RulesBacktestOptions,
  { opened, to }: { readonly opened: Opened; readonly to: Tell },
): Promise<number> {
  const { words, clock } = to
  let shown = ''
  const onProgress = (doneMs: number, ofMs: number) => {
    const line = words.progress(Math.floor((100 * doneMs) / ofMs))
    if (line !== shown) to.err(line)
    shown = line
  }
  const startedMs = clock.now()
  const report = await backtest({
    ...task,
    environment: env,
    series: opened.series,
    audience: audienceOf(opened.audience, env, words),
    windowMs: CONVERGENCE_MS,
    onProgress,
  })
  const tookMs = clock.now() - startedMs
  if (json) to.out(JSON.stringify({ ...report, tookMs }))
  else for (const line of linesOf(report, tookMs, { words, zone: zoneOf(opened) })) to.out(line)
  const { judged, evaluations, unreadable } = report
  return judged === null || evaluations === 0 || unreadable.length > 0 ? 1 : 0
}

/** Of the environment where it is known. */
function zoneOf({ audience }: Opened): string {
  return audience ? (audience.calendar ?? DEFAULT_CALENDAR).zone : 'UTC'
}

async function open(
  options: RulesBacktestOptions,
  { clock }: Tell,
  scratch: string,
): Promise<Opened> {
  const { data, env, url } = options
  if ((data === undefined) === (url === undefined)) {
    throw new BacktestFailure('unusable', 'one of --data FOLDER --env ID and --url URL is needed')
  }
  if (url !== undefined) {
    const series = new RemoteSeries({ url, token: await tokenOf(options) })
    return { series, audience: undefined, close: async () => {} }
  }
  if (env === undefined) {
    throw new BacktestFailure('unusable', '--data needs --env al-…: whose series to read')
  }
  const log = createLog('backtest', 'error')
  return openStoredCopy({ data: data ?? '', environment: env, clock, log, scratch })
}

/** Who is told: as it is now; with no policy of the environment one that tells all of everything. */
function audienceOf(
  known: Audience | undefined,
  environment: string,
  words: BacktestWords,
): Audience {
  const all: Policy = { id: 'all', environment, name: '*', services: ['*'], contacts: 'all' }
  const someone = { id: 'someone', environment, name: words.contactsUnknown, email: '-' }
  const contact = { ...someone, language: 'en' as const, timeZone: 'UTC' }
  const { environmentName = '', policies = [], contacts = [] } = known ?? {}
  return {
    environmentName,
    policies: policies.length > 0 ? policies : [all],
    contacts: contacts.length > 0 ? contacts : [contact],
  }
}

function timesOf({ from, to, step }: RulesBacktestOptions) {
  const [fromMs, toMs] = [instantOf('--from', from), instantOf('--to', to)]
  if (toMs <= fromMs)
    throw new BacktestFailure('unusable', `--to ${to} is not after --from ${from}`)
  const stepMs = step === undefined ? undefined : parseDurationMs(step)
  if (step !== undefined && !(stepMs !== undefined && stepMs >= 1000)) {
    throw new BacktestFailure('unusable', `--step '${step}': no duration such as 1m, at least 1s`)
  }
  return { fromMs, toMs, stepMs }
}

/** What a date can be at most. */
const LAST_MS = 8.64e15

function instantOf(option: string, text: string): UnixMs {
  const seconds = Number(text)
  const ms = text !== '' && Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text)
  if (Math.abs(ms) <= LAST_MS) return Math.round(ms)
  const message = `${option} '${text}': neither Unix seconds nor 2026-11-21T10:00:00+08:00`
  throw new BacktestFailure('unusable', message)
}

async function tokenOf({ tokenFile }: RulesBacktestOptions): Promise<string | undefined> {
  if (tokenFile === undefined) return process.env.TARS_ALARM_TOKEN
  try {
    return (await readFile(tokenFile, 'utf8')).trim()
  } catch (cause) {
    const message = `--token-file ${tokenFile}: ${messageOf(cause)}`
    throw new BacktestFailure('unusable', message, { cause })
  }
}
