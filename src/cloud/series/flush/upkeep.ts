/** What goes on behind the back of ingest: flushes, merges, roll-ups, what is past its time. One thing at a time. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { UnixMs } from '../../../model/time.ts'
import { type Block, type OpenOptions, openBlock } from '../block/block.ts'
import { blockName } from '../block/block-folder.ts'
import { BlockFailure } from '../block/failure.ts'
import { mergeBlocks } from '../block/merge.ts'
import { EasyPace } from '../block/pace.ts'
import { rollUp } from '../block/roll-up.ts'
import { syncFolder } from '../durable-file.ts'
import type { Retention, SeriesLimits } from '../limits.ts'
import { closedFailure } from '../log/batch-log.ts'
import type { Head } from '../memory/head.ts'
import type { View, Views } from '../read/view.ts'
import type { Flusher } from './flusher.ts'
import type { RawBorder } from './raw-border.ts'
import { borderOfRaw, levelOf, nextMerge, nextRollUp, numberOf } from './upkeep-plan.ts'

export interface UpkeepOptions {
  readonly blocks: string
  readonly hours: string
  readonly head: Head
  readonly flusher: Flusher
  readonly views: Views
  readonly rawBorder: RawBorder
  /** Its retention counts until there is another. */
  readonly limits: SeriesLimits
  readonly open: OpenOptions
  /** Of blocks that cannot be merged. */
  readonly onDamage: (failure: BlockFailure) => void
}

type Kind = 'blocks' | 'hours'

export class Upkeep {
  /** Looked at by the next `run`. */
  retention: Retention
  readonly #options: UpkeepOptions
  /** End of the newest hour rolled up. */
  #rolledMs: UnixMs
  /** Blocks that a damaged one keeps from being merged. */
  readonly #stuck = new Set<string>()
  /** Files that others have taken over. While they are there no merge may forget that: a start would count them. */
  readonly #gone = new Set<string>()
  /** Half of the time is for others; and an end does not wait for it. */
  readonly #pace = new EasyPace(() => (this.#isEnding ? closedFailure() : undefined))
  #isEnding = false
  /** Of blocks so far. */
  #merges = 0

  constructor(options: UpkeepOptions) {
    const { views, limits, rawBorder } = options
    this.#options = options
    this.retention = limits
    this.#rolledMs = rolledBy(views.current.hours)
    void views.replace({ rolledMs: Math.min(this.#rolledMs, rawBorder.ms) })
  }

  /** @throws {SeriesFailure} the disk does not take it. */
  async flush(): Promise<void> {
    const { flusher, head, views, limits } = this.#options
    const { border } = head
    const { block, epoch, tidy } = await flusher.flush()
    // What memory held before is seen until nobody reads without the block.
    const floorMs = Math.max(
      border.floorMs,
      Math.min(head.newestMs - limits.hotMs, border.flushedMs),
    )
    for (const record of border.dirty) record.leaveBehind(floorMs)
    border.floorMs = floorMs
    await views.replace({ blocks: [...views.current.blocks, block], floorMs, epoch })
    await head.tidy(floorMs)
    await tidy()
  }

  /** Merges, rolls up and drops until nothing is to be done; whether blocks were merged. */
  async run(): Promise<boolean> {
    const before = this.#merges
    while (!this.#isEnding && (await this.#step())) {}
    return this.#merges > before
  }

  /** What is under way is given up: it throws `SeriesFailure`, `closed`. */
  end(): void {
    this.#isEnding = true
  }

  async #step(): Promise<boolean> {
    return (
      (await this.#merge('blocks')) ||
      (await this.#rollUp()) ||
      (await this.#merge('hours')) ||
      (await this.#drop())
    )
  }

  async #merge(kind: Kind): Promise<boolean> {
    const { views, onDamage } = this.#options
    if (this.#gone.size > 0) await this.#removeGone()
    const all = views.current[kind]
    const free = all.map(({ name }) => (this.#stuck.has(name) ? Infinity : levelOf(name)))
    const plan = nextMerge(free)
    if (!plan) return false
    const sources = all.slice(plan.from, plan.to)
    try {
      const name = blockName(numberOf(sources.at(-1)?.name ?? ''), plan.level + 1)
      const path = join(this.#options[kind], name)
      const note = kind === 'hours' ? noteOf(rolledBy(sources)) : ''
      const how = { isOldest: plan.from === 0, note, pace: this.#pace, ...sliced(kind) }
      await mergeBlocks(sources, path, how)
      if (kind === 'blocks') this.#merges++
      await this.#swap(kind, sources, path)
    } catch (cause) {
      if (!(cause instanceof BlockFailure)) throw cause
      onDamage(cause)
      for (const { name } of sources) this.#stuck.add(name)
    }
    return true
  }

  async #rollUp(): Promise<boolean> {
    const { views, head, onDamage } = this.#options
    const { blocks, hours } = views.current
    // By what is in blocks: of what came since, rows may be as old as then was taken.
    const { flushedMs } = head.border
    const plan = nextRollUp(this.#rolledMs, blocks.filter(hasRows).map(totalsOf), flushedMs)
    if (!plan) return false
    const sources = blocks.filter(
      ({ totals }) => totals.minMs <= plan.endMs && totals.maxMs > plan.startMs - HOUR_MS,
    )
    const number = numberOf(hours.at(-1)?.name ?? '') + 1
    const path = join(this.#options.hours, blockName(number, 0))
    const note = noteOf(plan.endMs)
    const how = { hours: plan, note, keyOf: hourlyKey, spanned: SPANNED, pace: this.#pace }
    try {
      await rollUp(sources, path, how)
    } catch (cause) {
      if (!(cause instanceof BlockFailure)) throw cause
      // Its raw rows stay until they can all be read.
      onDamage(cause)
      return false
    }
    this.#rolledMs = plan.endMs
    await views.replace({ hours: [...hours, openBlock(path, this.#options.open)] })
    return true
  }

  /** Raw rows that hours have taken the place of, and hours that are too old. */
  async #drop(): Promise<boolean> {
    const { views, head, rawBorder } = this.#options
    const { newestMs } = head
    const { retentionMs, rollUpRetentionMs } = this.retention
    const rolledMs = borderOfRaw(this.#rolledMs, newestMs, retentionMs)
    if (rolledMs > views.current.rolledMs) {
      await rawBorder.raise(rolledMs)
      await views.replace({ rolledMs })
    }
    const isOver = {
      blocks: ({ totals }: Block) => totals.maxMs <= views.current.rolledMs,
      hours: ({ totals }: Block) => totals.maxMs < newestMs - rollUpRetentionMs,
    }
    for (const kind of ['blocks', 'hours'] as const) {
      // The newest one stays: its number is the last that was given.
      const over = views.current[kind].slice(0, -1).filter(isOver[kind])
      if (over.length > 0) await this.#remove(kind, over)
    }
    return false
  }

  async #swap(kind: Kind, sources: readonly Block[], path: string): Promise<void> {
    const { views, open } = this.#options
    const block = openBlock(path, open)
    const all = views.current[kind]
    const at = all.indexOf(sources[0] as Block)
    await this.#remove(kind, sources, all.toSpliced(at, sources.length, block))
  }

  async #remove(kind: Kind, gone: readonly Block[], left?: readonly Block[]): Promise<void> {
    const { views } = this.#options
    const rest = left ?? views.current[kind].filter((block) => !gone.includes(block))
    await views.replace({ [kind]: rest } as Partial<View>)
    for (const block of gone) {
      block.close()
      this.#gone.add(block.path)
    }
    await this.#removeGone()
  }

  /** @throws what the system says: it is tried again before the next merge. */
  async #removeGone(): Promise<void> {
    for (const path of this.#gone) {
      await rm(path, { force: true })
      this.#gone.delete(path)
    }
    await syncFolder(this.#options.blocks)
    await syncFolder(this.#options.hours)
  }
}

const HOUR_MS = 3600_000
const HOURS_SLICE_MS = 240 * HOUR_MS

function sliced(kind: Kind): { sliceMs?: number } {
  return kind === 'hours' ? { sliceMs: HOURS_SLICE_MS } : {}
}

function hasRows({ totals }: Block): boolean {
  return totals.rows > 0
}

function totalsOf({ totals }: Block): Block['totals'] {
  return totals
}

function noteOf(rolledMs: UnixMs): string {
  return String(rolledMs)
}

function rolledBy(hours: readonly Block[]): UnixMs {
  const ends = hours.map(({ head, totals }) => {
    const end = Number(head.note)
    return Number.isFinite(end) ? end : totals.maxMs
  })
  return Math.max(-Infinity, ...ends)
}

const SPANNED: ReadonlySet<string> = new Set(['stat', 'property'])

/** They have the span at the end of their key: all spans become one. */
function hourlyKey(family: string, { key }: { readonly key: string }): string {
  if (!SPANNED.has(family)) return key
  return key.slice(0, key.lastIndexOf('\0'))
}
