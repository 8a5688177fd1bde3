/** `tars-alarm store check` and `store repair`: whether what the cloud keeps of series is sound, and making it so. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultCloudConfig, readCloudConfig } from '../cloud/config.ts'
import { DAMAGED } from '../cloud/series/layout.ts'
import { StoreFailure } from '../cloud/store/failure.ts'
import { holdFolder } from '../cloud/store/sqlite/open-sqlite.ts'
import { type Clock, systemClock } from '../support/clock.ts'
import { speaksChinese } from './language.ts'
import {
  type EnvironmentReport,
  inspectEnvironment,
  isDamage,
  type OnRead,
  sizeOf,
} from './store-inspect.ts'
import { type Mended, mend } from './store-mend.ts'
import { english, few, type StoreWords } from './store-words.ts'
import { chinese } from './store-words-zh.ts'

type Line = (line: string) => void

export interface StoreOptions {
  /** The cloud's data folder; by default what `config`, or no config, says. */
  readonly data?: string | undefined
  readonly config?: string | undefined
  /** Only this one. */
  readonly environment?: string | undefined
  readonly json?: boolean | undefined
}

/** Where lines go, and in which language. */
export interface Tell {
  readonly out: Line
  readonly err: Line
  readonly words: StoreWords
  readonly clock: Clock
}

interface EnvironmentRepair {
  readonly environment: string
  readonly files: readonly Mended[]
}

const CODE = { sound: 0, damaged: 1, usage: 2 } as const
const PROGRESS_EVERY_MS = 2_000

export function tell(out: Line, err: Line): Tell {
  const words = speaksChinese(process.env) ? chinese : english
  return { out, err, words, clock: systemClock }
}

/** Returns the exit code: 0 sound, 1 damaged, 2 it could not look. A cloud may run. */
export async function storeCheck(options: StoreOptions, to: Tell): Promise<number> {
  const data = dataOf(options)
  const environments = await environmentsIn(data, options, to)
  if (!environments) return CODE.usage
  const reports: EnvironmentReport[] = []
  const onRead = await progressOf(data, environments, to)
  for (const environment of environments) {
    const report = await inspectEnvironment(join(data, 'series', environment), environment, onRead)
    reports.push(report)
    if (!options.json) show(report, to)
  }
  const damaged = reports.flatMap(({ findings }) => findings.filter(isDamage))
  const isSound = damaged.length === 0
  if (options.json) to.out(JSON.stringify({ data, sound: isSound, environments: reports }))
  else if (isSound) to.out(to.words.sound(reports.length))
  else {
    to.out(to.words.damaged(damaged.length))
    to.out(to.words.nextRepair(`tars-alarm store repair ${data}`))
  }
  return isSound ? CODE.sound : CODE.damaged
}

/** Returns the exit code: 0 all is sound now, 1 something could not be repaired, 2 a cloud holds the folder. */
export async function storeRepair(options: StoreOptions, to: Tell): Promise<number> {
  const data = dataOf(options)
  const environments = await environmentsIn(data, options, to)
  if (!environments) return CODE.usage
  let letGo: () => void
  try {
    letGo = holdFolder(data)
  } catch (cause) {
    if (!(cause instanceof StoreFailure)) throw cause
    to.err(cause.message)
    return CODE.usage
  }
  try {
    return await repair(data, environments, options, to)
  } finally {
    letGo()
  }
}

async function repair(
  data: string,
  environments: readonly string[],
  { json }: StoreOptions,
  to: Tell,
): Promise<number> {
  const repairs: EnvironmentRepair[] = []
  const onRead = await progressOf(data, environments, to)
  for (const environment of environments) {
    const folder = join(data, 'series', environment)
    const { findings } = await inspectEnvironment(folder, environment, onRead)
    const files: Mended[] = []
    for (const finding of findings.filter(isDamage)) {
      const mended = await mend(folder, finding)
      files.push(mended)
      if (!json) for (const line of mendedLines(mended, to.words)) to.out(`${environment}/${line}`)
    }
    repairs.push({ environment, files })
  }
  return concluded(data, repairs, json, to)
}

/** Says how it went and what to do next; returns the exit code. */
function concluded(
  data: string,
  repairs: readonly EnvironmentRepair[],
  json: boolean | undefined,
  { out, words }: Tell,
): number {
  const all = repairs.flatMap(({ files }) => files)
  const failed = all.filter(({ problem }) => problem !== undefined).length
  if (json) out(JSON.stringify({ data, sound: failed === 0, environments: repairs }))
  else if (all.length === 0) out(words.nothingToRepair)
  else {
    out(words.doneRepair(all.length - failed, failed))
    const kept = repairs.filter(({ files }) => files.some((file) => file.kept))
    if (kept.length > 0) out(words.nextStart(kept.map((each) => keptFolder(data, each))))
  }
  return failed === 0 ? CODE.sound : CODE.damaged
}

function keptFolder(data: string, { environment }: EnvironmentRepair): string {
  return join(data, 'series', environment, DAMAGED)
}

function dataOf({ data, config }: StoreOptions): string {
  if (data !== undefined) return data
  return (config === undefined ? defaultCloudConfig() : readCloudConfig(config)).data
}

/** Undefined when there is nothing to look at, which was told. */
async function environmentsIn(
  data: string,
  { environment }: StoreOptions,
  { err, words }: Tell,
): Promise<readonly string[] | undefined> {
  const entries = await readdir(join(data, 'series'), { withFileTypes: true }).catch(
    () => undefined,
  )
  if (!entries) {
    err(words.noStore(data))
    return undefined
  }
  const all = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  if (environment === undefined) return all.sort()
  if (all.includes(environment)) return [environment]
  err(words.noEnvironment(environment, data))
  return undefined
}

/** Tells every few seconds how far it is. */
async function progressOf(
  data: string,
  environments: readonly string[],
  { err, words, clock }: Tell,
): Promise<OnRead> {
  const sizes = environments.map((environment) => sizeOf(join(data, 'series', environment)))
  const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  let [done, told] = [0, clock.now()]
  return (file, bytes) => {
    done += bytes
    if (clock.now() < told + PROGRESS_EVERY_MS) return
    told = clock.now()
    err(words.progress(Math.min(99, Math.floor((100 * done) / Math.max(1, total))), file))
  }
}

function show(report: EnvironmentReport, { out, words }: Tell): void {
  for (const line of words.summary(report)) out(line)
  for (const finding of report.findings) {
    for (const line of few(words.finding(finding), words.more)) out(`  ${line}`)
  }
}

function mendedLines(mended: Mended, words: StoreWords): readonly string[] {
  const lost = few(mended.lost.map(words.lost), words.more)
  return [words.repaired(mended), ...lost.map((line) => `  ${line}`)]
}
