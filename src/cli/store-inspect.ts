/** What lies in the folder of an environment's series, and what of it is damaged. Only reads: a cloud may run beside it. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openBlock } from '../cloud/series/block/block.ts'
import type { BlockTotals } from '../cloud/series/block/block-head.ts'
import { checkBlock, type Damage } from '../cloud/series/block/check.ts'
import { BlockFailure } from '../cloud/series/block/failure.ts'
import { flushStateSchema } from '../cloud/series/flush/flush-files.ts'
import {
  BLOCK_NAME,
  BLOCKS,
  DAMAGED,
  FLUSH_FILE_NAME,
  HOURS,
  RAW_BORDER,
  SEGMENT_NAME,
} from '../cloud/series/layout.ts'
import { messageOf } from '../support/failure.ts'
import { decodeBatch } from '../wire/index.ts'
import { type Gap, readSegment, tailOf } from './store-segment.ts'

/** `file`: its path below the environment's folder. */
export type Finding = { readonly file: string } & (
  | { readonly kind: 'torn'; readonly bytes: number }
  | { readonly kind: 'part' | 'kept'; readonly bytes: number }
  | { readonly kind: 'foreign' | 'replaced' | 'stateless' }
  | { readonly kind: 'log'; readonly gaps: readonly Gap[]; readonly strange: readonly string[] }
  | { readonly kind: 'block'; readonly damages: readonly Damage[] }
  | { readonly kind: 'state' | 'events' | 'later' | 'unreadable'; readonly why: string }
)

/** Blocks of one folder that can be opened. */
export interface BlockSums {
  blocks: number
  bytes: number
  rows: number
  samples: number
}

export interface EnvironmentReport {
  readonly environment: string
  readonly log: { segments: number; records: number; bytes: number }
  readonly blocks: BlockSums
  readonly hours: BlockSums
  readonly findings: Finding[]
}

/** `bytes` of `file` were read. */
export type OnRead = (file: string, bytes: number) => void

const NOTES: readonly Finding['kind'][] = [
  'torn',
  'part',
  'kept',
  'foreign',
  'replaced',
  'stateless',
]
/** How files end that were being written when a process ended. */
const UNFINISHED = /\.(part|new)$/

/** The others are no damage: what a crash leaves, what is not ours. */
export function isDamage({ kind }: Finding): boolean {
  return !NOTES.includes(kind)
}

/** @throws what the system says when the folder itself cannot be read. */
export async function inspectEnvironment(
  folder: string,
  environment: string,
  onRead: OnRead,
): Promise<EnvironmentReport> {
  const inspection = new Inspection(folder, environment, onRead)
  await inspection.run()
  return inspection.report
}

/** Bytes of all files below; 0 when it is not there. */
export async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path)
    if (!found.isDirectory()) return found.size
    const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))))
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch {
    return 0
  }
}

/** Of the names of blocks and what belongs to them. */
const NUMBER_CHARS = 12

const emptySums = (): BlockSums => ({ blocks: 0, bytes: 0, rows: 0, samples: 0 })

class Inspection {
  readonly report: EnvironmentReport
  readonly #folder: string
  readonly #onRead: OnRead

  constructor(folder: string, environment: string, onRead: OnRead) {
    this.#folder = folder
    this.#onRead = onRead
    this.report = {
      environment,
      log: { segments: 0, records: 0, bytes: 0 },
      blocks: emptySums(),
      hours: emptySums(),
      findings: [],
    }
  }

  async run(): Promise<void> {
    const names = (await readdir(this.#folder)).sort()
    const newest = names.findLast((name) => SEGMENT_NAME.test(name))
    const number = await this.#newestBlock()
    const state = `${number}.state`
    if (number !== '' && !names.includes(state)) {
      this.report.findings.push({ kind: 'stateless', file: state })
    }
    for (const name of names) {
      if (SEGMENT_NAME.test(name)) await this.#try(name, () => this.#segment(name, name === newest))
      else if (FLUSH_FILE_NAME.test(name))
        await this.#try(name, () => this.#flushFile(name, number))
      else if (name === BLOCKS) await this.#try(name, () => this.#blocks(name, this.report.blocks))
      else if (name === HOURS) await this.#try(name, () => this.#blocks(name, this.report.hours))
      else if (name !== RAW_BORDER) await this.#other(name)
    }
  }

  async #segment(file: string, isNewest: boolean): Promise<void> {
    const bytes = await readFile(join(this.#folder, file))
    const content = readSegment(bytes)
    const { log, findings } = this.report
    log.segments++
    log.records += content.records.length
    log.bytes += bytes.length
    const { tornBytes, strange } = content
    if (isNewest && tornBytes > 0) findings.push({ kind: 'torn', file, bytes: tornBytes })
    // The next start would have cut it off: what came later is in this segment, not in a new one.
    const gaps = [...content.gaps, ...(!isNewest && tornBytes > 0 ? [tailOf(content)] : [])]
    if (content.isLater) findings.push({ kind: 'later', file, why: strange.join('; ') })
    else if (gaps.length + strange.length > 0) findings.push({ kind: 'log', file, gaps, strange })
    this.#onRead(file, bytes.length)
  }

  /** The number of the newest raw block, as files have it in their names; '' when there is none. */
  async #newestBlock(): Promise<string> {
    const names = await readdir(join(this.#folder, BLOCKS)).catch(() => [])
    const newest = names
      .filter((name) => BLOCK_NAME.test(name))
      .sort()
      .at(-1)
    return newest?.slice(0, NUMBER_CHARS) ?? ''
  }

  /** `newest`: the number of the newest block. Others are of a flush that did not end, or no more needed. */
  async #flushFile(file: string, newest: string): Promise<void> {
    const number = file.slice(0, NUMBER_CHARS)
    const kind = file.endsWith('.state') ? 'state' : 'events'
    const path = join(this.#folder, file)
    if (number > newest) return this.#other(file, true)
    if (kind === 'state' && number < newest) {
      this.report.findings.push({ kind: 'replaced', file })
      return
    }
    const bytes = await readFile(path)
    try {
      if (kind === 'events') decodeBatch(bytes)
      else flushStateSchema.parse(JSON.parse(bytes.toString()))
    } catch (cause) {
      const [why = ''] = messageOf(cause).split('\n')
      this.report.findings.push({ kind, file, why })
    }
    this.#onRead(file, bytes.length)
  }

  async #blocks(folder: string, sums: BlockSums): Promise<void> {
    const names = (await readdir(join(this.#folder, folder))).sort()
    const blocks = names.filter((name) => BLOCK_NAME.test(name))
    const replaced = new Set(
      blocks.flatMap((name) => this.#open(join(folder, name))?.replaces ?? []),
    )
    for (const name of names) {
      const file = join(folder, name)
      if (!BLOCK_NAME.test(name)) await this.#other(file)
      else if (replaced.has(name)) this.report.findings.push({ kind: 'replaced', file })
      else await this.#try(file, () => this.#block(file, sums))
    }
  }

  /** Undefined: damaged, which the check tells in full. */
  #open(file: string): (BlockTotals & { bytes: number; replaces: readonly string[] }) | undefined {
    try {
      const block = openBlock(join(this.#folder, file))
      block.close()
      return { ...block.totals, bytes: block.bytes, replaces: block.head.replaces }
    } catch (cause) {
      if (cause instanceof BlockFailure) return undefined
      throw cause
    }
  }

  async #block(file: string, sums: BlockSums): Promise<void> {
    const damages = await checkBlock(join(this.#folder, file))
    if (damages.length > 0) this.report.findings.push({ kind: 'block', file, damages })
    const { bytes = 0, rows = 0, samples = 0 } = this.#open(file) ?? {}
    sums.blocks++
    sums.bytes += bytes
    sums.rows += rows
    sums.samples += samples
    this.#onRead(file, bytes)
  }

  async #other(file: string, isUnfinished = UNFINISHED.test(file)): Promise<void> {
    const bytes = await sizeOf(join(this.#folder, file))
    const { findings } = this.report
    if (file === DAMAGED) findings.push({ kind: 'kept', file, bytes })
    else if (isUnfinished) findings.push({ kind: 'part', file, bytes })
    else findings.push({ kind: 'foreign', file })
  }

  /** A file that is gone by now was replaced or dropped by a cloud that runs. */
  async #try(file: string, inspect: () => Promise<void>): Promise<void> {
    try {
      await inspect()
    } catch (cause) {
      if (isGone(cause)) return
      const isLater = cause instanceof BlockFailure && cause.reason === 'unsupported'
      const kind = isLater ? 'later' : 'unreadable'
      this.report.findings.push({ kind, file, why: messageOf(cause) })
    }
  }
}

function isGone(cause: unknown): boolean {
  if (cause instanceof BlockFailure) return isGone(cause.cause)
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}
