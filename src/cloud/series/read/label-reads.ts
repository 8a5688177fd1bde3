/** What labels there are. Samples are not read: there may be some that have none in the time asked for. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Block } from '../block/block.ts'
import { blockMatcher } from '../block/block-matcher.ts'
import { BlockFailure } from '../block/failure.ts'
import { labelMatchers } from '../block/label-matcher.ts'
import { Pace } from '../block/pace.ts'
import type { Family } from '../memory/family.ts'
import type { Head } from '../memory/head.ts'
import { keyOf } from '../samples/sample-flush.ts'
import { extraNames, type SeriesQuery, wantedOf } from './select.ts'
import type { View } from './view.ts'

/** Told of each record: its labels, and what its series have beside them, `__name__` among it. */
type Take = (labels: Labels, extras: readonly Labels[]) => void

const NO_EXTRA: readonly Labels[] = [{}]
/** Of one record, as `Pace` counts. */
const COST = 100

/** The labels of all series. */
export async function labelSets(head: Head, view: View, query: SeriesQuery): Promise<Labels[]> {
  const sets: Labels[] = []
  await new LabelReads(head, view, query).run((labels, extras) => {
    for (const extra of extras) sets.push({ ...extra, ...labels })
  })
  return sets
}

export async function labelNames(
  head: Head,
  view: View,
  query: SeriesQuery,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  await new LabelReads(head, view, query).run((labels, extras) => {
    for (const name in labels) names.add(name)
    for (const extra of extras) for (const name in extra) names.add(name)
  })
  return names
}

export async function labelValues(
  head: Head,
  view: View,
  query: SeriesQuery,
  name: string,
): Promise<ReadonlySet<string>> {
  const values = new Set<string>()
  await new LabelReads(head, view, query).run((labels, extras) => {
    for (const from of [labels, ...extras]) if (from[name] !== undefined) values.add(from[name])
  })
  return values
}

class LabelReads {
  readonly #head: Head
  readonly #view: View
  readonly #query: SeriesQuery
  readonly #pace = new Pace()
  /** Keys of the family at hand that were found. */
  #seen = new Set<string>()

  constructor(head: Head, view: View, query: SeriesQuery) {
    this.#head = head
    this.#view = view
    this.#query = query
  }

  async run(take: Take): Promise<void> {
    for (const family of this.#head.families.all) await this.#readFamily(family, take)
    await this.#readSamples(take)
  }

  async #readFamily(family: Family, take: Take): Promise<void> {
    const { matchers, startMs, endMs } = this.#query
    const metrics = wantedOf(family.metrics, labelMatchers(matchers))
    if (metrics.length === 0) return
    const extras = metrics.flatMap(({ metric, series }) =>
      series.map(({ extra }) => ({ __name__: metric.name, ...extra.labels })),
    )
    const given = extraNames(family.metrics)
    const own = matchers.filter(({ name }) => !given.has(name))
    this.#seen = new Set()
    for (const record of family.find(labelMatchers(own))) {
      if (!record.hasRows(startMs, endMs)) continue
      this.#seen.add(record.key)
      take(record.labels, extras)
      await this.#pace.rest(COST)
    }
    await this.#readBlocks(family.name, own, (labels) => take(labels, extras))
  }

  async #readSamples(take: Take): Promise<void> {
    const { samples } = this.#head
    const { matchers, startMs, endMs } = this.#query
    this.#seen = new Set()
    await samples.reading(async () => {
      for (const id of samples.find(labelMatchers(matchers))) {
        if (!samples.has(id, startMs, endMs)) continue
        const labels = samples.labelsOf(id)
        if (startMs < this.#view.floorMs) this.#seen.add(keyOf(labels))
        take(labels, NO_EXTRA)
        await this.#pace.rest(COST)
      }
    })
    await this.#readBlocks(samples.name, matchers, (labels) => take(labels, NO_EXTRA))
  }

  /** As samples are read: hours as far as they count, raw rows after them. */
  #blocks(): Block[] {
    const { blocks, hours, floorMs, rolledMs } = this.#view
    const { startMs, endMs } = this.#query
    if (startMs >= floorMs) return []
    const within =
      (fromMs: UnixMs, toMs: UnixMs) =>
      ({ totals: { rows, minMs, maxMs } }: Block) =>
        rows > 0 && minMs <= toMs && maxMs >= fromMs
    return [
      ...hours.filter(within(startMs, Math.min(endMs, rolledMs))),
      ...blocks.filter(within(Math.max(startMs, rolledMs + 1), endMs)),
    ]
  }

  async #readBlocks(
    family: string,
    own: SeriesQuery['matchers'],
    take: (labels: Labels) => void,
  ): Promise<void> {
    const { onMissing } = this.#query
    const matchers = own.map(blockMatcher)
    for (const block of this.#blocks()) {
      try {
        const reader = block.family(family)
        const directory = reader?.directory()
        for (const record of reader?.find(matchers) ?? []) {
          const key = directory?.key(record) ?? ''
          await this.#pace.rest(COST)
          if (this.#seen.has(key)) continue
          this.#seen.add(key)
          take(directory?.labels(record) ?? {})
        }
      } catch (cause) {
        if (!(cause instanceof BlockFailure)) throw cause
        onMissing?.(cause.message)
      }
    }
  }
}
