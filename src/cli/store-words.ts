/** How the state of a store is told to people. */
import type { UnixMs } from '../model/time.ts'
import type { EnvironmentReport, Finding } from './store-inspect.ts'
import type { Loss } from './store-loss.ts'
import type { LogLoss, Mended } from './store-mend.ts'
import type { Gap } from './store-segment.ts'

export interface StoreWords {
  noStore(data: string): string
  noEnvironment(environment: string, data: string): string
  readonly nothing: string
  progress(percent: number, file: string): string
  summary(report: EnvironmentReport): readonly string[]
  finding(finding: Finding): readonly string[]
  more(count: number): string
  sound(environments: number): string
  damaged(files: number): string
  nextRepair(command: string): string
  repaired(mended: Mended): string
  lost(loss: Loss | LogLoss): string
  doneRepair(repaired: number, failed: number): string
  readonly nothingToRepair: string
  /** `kept`: folders. */
  nextStart(kept: readonly string[]): string
}

/** Damages of one file that are told; `--json` has all. */
const SHOWN = 5

/** The first few, and how many more there are. */
export function few(lines: readonly string[], more: (count: number) => string): readonly string[] {
  if (lines.length <= SHOWN + 1) return lines
  return [...lines.slice(0, SHOWN), more(lines.length - SHOWN)]
}

export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const unit = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1000)))
  return `${Number((bytes / 1000 ** unit).toPrecision(3))} ${units[unit]}`
}

export function timeText(time: UnixMs): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

/** `2025-10-09T08:00:00Z … 10:00:00Z`. */
export function spanText(fromMs: UnixMs, toMs: UnixMs): string {
  return `${timeText(fromMs)} – ${timeText(toMs)}`
}

const number = (value: number) => value.toLocaleString('en-US')
const plural = (count: number, one: string) => `${number(count)} ${one}${count === 1 ? '' : 's'}`

const STATE_LOSS =
  'which batches were applied before the newest block is not known: ones that are sent again count twice'

function gapText({ bytes, afterMs, beforeMs }: Gap): string {
  const after = afterMs === undefined ? '' : ` after ${timeText(afterMs)}`
  const before = beforeMs === undefined ? '' : ` before ${timeText(beforeMs)}`
  return `${sizeText(bytes)} that are no record; batches received${after}${before} may be missing`
}

function findingLines(finding: Finding): readonly string[] {
  const { file } = finding
  switch (finding.kind) {
    case 'torn':
      return [
        `${file}: ${sizeText(finding.bytes)} torn at its end: normal after a crash or while the cloud runs; the next start cuts them off`,
      ]
    case 'part':
      return [
        `${file}: unfinished, ${sizeText(finding.bytes)}: normal after a crash or while the cloud runs; nobody reads it`,
      ]
    case 'kept':
      return [
        `${file}: ${sizeText(finding.bytes)} of damaged files that a repair has kept; remove it when nobody needs them`,
      ]
    case 'foreign':
      return [`${file}: nothing of ours; left alone`]
    case 'replaced':
      return [`${file}: a newer file has what it had; the next start removes it`]
    case 'log':
      return [
        ...finding.gaps.map((gap) => `${file}: DAMAGED: ${gapText(gap)}`),
        ...finding.strange.map((why) => `${file}: DAMAGED: a record that is no batch: ${why}`),
      ]
    case 'block':
      return finding.damages.map(
        ({ section, what }) => `${file}: DAMAGED: ${whatText(section, what)}`,
      )
    case 'stateless':
      return [`${file}: is not there: ${STATE_LOSS}`]
    case 'state':
    case 'events':
      return [`${file}: DAMAGED: ${finding.why}`]
    case 'later':
      return [`${file}: written by a later version: ${finding.why}`]
    case 'unreadable':
      return [`${file}: CANNOT BE READ: ${finding.why}`]
  }
}

/** What is said of a section begins with the file, and often with the section. */
export function whatText(section: string, what: string): string {
  const at = what.indexOf(`${section}: `)
  return at < 0 ? `${section}: ${what}` : what.slice(at)
}

function lossText(loss: Loss | LogLoss): string {
  switch (loss.what) {
    case 'block':
      return `all of it: ${loss.why}`
    case 'family':
      return `all records of family ${loss.family}`
    case 'rows':
      return `family ${loss.family}: all of up to ${plural(loss.records, 'record')}, ${spanText(loss.fromMs, loss.toMs)}`
    case 'values':
      return `family ${loss.family}: column ${loss.columns.join(', ')} of up to ${plural(loss.records, 'record')}, ${spanText(loss.fromMs, loss.toMs)}`
    case 'bytes':
      return `${loss.where}: nobody can tell what they were`
    case 'gap':
      return gapText(loss)
    case 'strange':
      return `${plural(loss.records, 'record')} that are no batch`
    case 'state':
      return STATE_LOSS
    case 'events':
      return 'raw events of some minutes or hours; their counts are in the blocks'
  }
}

export const english: StoreWords = {
  noStore: (data) => `there are no series in ${data}: name the cloud's data folder`,
  noEnvironment: (environment, data) => `there are no series of ${environment} in ${data}`,
  nothing: 'no environment has series yet',
  progress: (percent, file) => `${percent} % ${file}`,
  summary: ({ environment, log, blocks, hours }) => [
    `${environment}`,
    `  log: ${plural(log.segments, 'segment')}, ${plural(log.records, 'batch record')}, ${sizeText(log.bytes)}`,
    `  raw: ${plural(blocks.blocks, 'block')}, ${plural(blocks.rows, 'row')}, ${plural(blocks.samples, 'sample')}, ${sizeText(blocks.bytes)}`,
    `  hours: ${plural(hours.blocks, 'block')}, ${plural(hours.rows, 'row')}, ${sizeText(hours.bytes)}`,
  ],
  finding: findingLines,
  more: (count) => `… and ${count} more`,
  sound: (environments) => `sound: ${plural(environments, 'environment')}`,
  damaged: (files) => `damaged: ${plural(files, 'file')}`,
  nextRepair: (command) => `Next: stop the cloud, then run: ${command}`,
  repaired: ({ file, kept, problem }) =>
    problem !== undefined
      ? `${file}: NOT repaired: ${problem}`
      : `${file}: repaired${kept ? `; the damaged file is ${kept.file}, ${sizeText(kept.bytes)}` : ''}. Lost:`,
  lost: lossText,
  doneRepair: (repaired, failed) =>
    `repaired: ${plural(repaired, 'file')}${failed > 0 ? `; not repaired: ${number(failed)}` : ''}`,
  nothingToRepair: 'nothing to repair',
  nextStart: (kept) =>
    `Next: start the cloud. When nobody misses anything, remove ${kept.join(', ')}`,
}
