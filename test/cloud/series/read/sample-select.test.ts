import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type Block, openBlock } from '../../../../src/cloud/series/block/block.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { mergeBlocks } from '../../../../src/cloud/series/block/merge.ts'
import { selectSamples } from '../../../../src/cloud/series/read/sample-select.ts'
import type { View } from '../../../../src/cloud/series/read/view.ts'
import { SampleFamily } from '../../../../src/cloud/series/samples/sample-family.ts'
import { type Labels, labelsKey } from '../../../../src/model/labels.ts'
import {
  type SampleBatch,
  type SeriesSamples,
  sampleBatchOf,
} from '../../../../src/model/sample-batch.ts'
import { compileMatchers, type Matcher } from '../../../../src/promql/index.ts'
import { bitsOf, seriesSamples } from '../sample-batches.ts'

const LIMITS = { maxSeries: 100, oldestMs: 0, floorMs: 0 }
const STEP_MS = 600_000
const BASE_MS = 1_700_000_000_437

const time = fc.integer({ min: 0, max: 60 }).map((step) => BASE_MS + STEP_MS * step)
const samples = fc.array(seriesSamples(time), { maxLength: 5 })
const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.constantFrom('__name__', 'job', 'instance'),
  op: fc.constantFrom('=', '!=', '=~', '!~'),
  value: fc.constantFrom('', 'a', 'up', 'a|b', '1.*'),
})
const event = fc.oneof(
  { weight: 6, arbitrary: samples.map((batch) => ({ kind: 'append', batch }) as const) },
  { weight: 3, arbitrary: samples.map((batch) => ({ kind: 'replace', batch }) as const) },
  { weight: 2, arbitrary: samples.map((batch) => ({ kind: 'flush', batch }) as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'merge' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'failed flush' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      matchers: fc.array(matcher, { maxLength: 2 }),
      startMs: time,
      endMs: time,
    }),
  },
)

/** A family with its blocks and what would be its log, and what must be found in them. */
class Bench {
  family = new SampleFamily()
  blocks: Block[] = []
  readonly model = new Map<string, Map<number, bigint>>()
  #floorMs = -Infinity
  #log: SampleBatch[] = []
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  append(series: readonly SeriesSamples[]): void {
    // Only what was never there: of a value that blocks have memory does not know.
    const fresh = series.map((each) => this.#freshOf(each)).filter(({ times }) => times.length > 0)
    const batch = sampleBatchOf(fresh)
    assert.deepEqual(this.family.append(batch, this.#limits).refused, [])
    this.#log.push(batch)
  }

  replace(series: readonly SeriesSamples[]): void {
    for (const { labels, times, values } of series) {
      const known = this.#knownOf(labels)
      const bits = bitsOf(values)
      for (const [row, time] of times.entries()) known.set(time, bits[row] ?? 0n)
    }
    const batch = { ...sampleBatchOf(series), replaces: true as const }
    const { written, refused } = this.family.append(batch, this.#limits)
    assert.deepEqual([written, refused], [batch.times.length, []])
    this.#log.push(batch)
  }

  get #limits() {
    return { ...LIMITS, floorMs: this.#floorMs }
  }

  /** `meanwhile` comes while the block is written: it may be in it, and is in the log. */
  async flush(meanwhile: readonly SeriesSamples[] = []): Promise<void> {
    const flush = this.family.flush()
    this.#log = []
    if (meanwhile.length > 0) this.replace(meanwhile)
    if (flush.family.records.length === 0) return flush.end(true)
    const path = join(this.#folder, `${fresh++}.block`)
    await writeBlock(path, [flush.family], flush)
    flush.end(true)
    this.blocks.push(openBlock(path))
    this.#floorMs = Math.max(this.#floorMs, flush.endMs - 5 * STEP_MS)
    await this.family.tidy(this.#floorMs)
  }

  /** The two newest, or all, as one. */
  async merge(): Promise<void> {
    if (this.blocks.length < 2) return
    const from = this.blocks.length % 2 === 0 ? 0 : this.blocks.length - 2
    const sources = this.blocks.slice(from)
    const path = join(this.#folder, `${fresh++}.block`)
    await mergeBlocks(sources, path, { isOldest: from === 0 })
    this.blocks.splice(from, sources.length, openBlock(path))
    for (const block of sources) block.close()
  }

  crash(): void {
    this.family = new SampleFamily()
    this.#floorMs = Infinity
    for (const batch of this.#log) this.family.append(batch, this.#limits)
  }

  async ask(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<void> {
    const view: View = {
      ...{ blocks: this.blocks, hours: [], missing: [], epoch: 0 },
      ...{ floorMs: this.#floorMs, rolledMs: -Infinity },
    }
    const found = await selectSamples(this.family, view, { matchers, startMs, endMs })
    const shown = found.map(({ labels, times, values }) => {
      const bits = bitsOf(values)
      return [labelsKey(labels), Array.from(times, (at, row) => [at, bits[row]])] as const
    })
    const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) =>
      a < b ? -1 : 1
    assert.deepEqual(shown.sort(byKey), this.#expected(matchers, startMs, endMs).sort(byKey))
  }

  #expected(matchers: readonly Matcher[], startMs: number, endMs: number) {
    const matches = compileMatchers(matchers)
    return [...this.model].flatMap(([key, known]) => {
      const rows = [...known].filter(([at]) => at >= startMs && at <= endMs)
      if (rows.length === 0 || !matches(Object.fromEntries(JSON.parse(key)))) return []
      return [[key, rows.sort(([a], [b]) => a - b)] as const]
    })
  }

  #freshOf({ labels, times, values }: SeriesSamples): SeriesSamples {
    const known = this.#knownOf(labels)
    const bits = bitsOf(values)
    const rows = [...times.keys()].filter((row) => !known.has(times[row] ?? 0))
    for (const row of rows) known.set(times[row] ?? 0, bits[row] ?? 0n)
    const kept = BigUint64Array.from(rows, (row) => bits[row] ?? 0n)
    return {
      labels,
      times: Float64Array.from(rows, (row) => times[row] ?? 0),
      values: new Float64Array(kept.buffer),
    }
  }

  #knownOf(labels: Labels): Map<number, bigint> {
    const key = labelsKey(labels)
    const known = this.model.get(key) ?? new Map<number, bigint>()
    this.model.set(key, known)
    return known
  }
}

let fresh = 0

describe('series of one value out of memory and blocks', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'samples-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('are all there, bit for bit: late ones, replaced ones, after flushes that failed, merges, crashes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40, size: 'max' }), async (events) => {
        const bench = new Bench(folder)
        for (const each of events) {
          if (each.kind === 'append') bench.append(each.batch)
          else if (each.kind === 'replace') bench.replace(each.batch)
          else if (each.kind === 'flush') await bench.flush(each.batch)
          else if (each.kind === 'merge') await bench.merge()
          else if (each.kind === 'failed flush') bench.family.flush().end(false)
          else if (each.kind === 'crash') bench.crash()
          else await bench.ask(each.matchers, each.startMs, each.endMs)
        }
        await bench.ask([], 0, BASE_MS + 1e9)
        for (const block of bench.blocks) block.close()
      }),
      { numRuns: 60 },
    )
  })

  it('another value for a time that blocks have does not count', async () => {
    const bench = new Bench(folder)
    const one = (value: number) => ({
      labels: { __name__: 'up' },
      times: Float64Array.of(BASE_MS),
      values: Float64Array.of(value),
    })
    bench.append([one(1)])
    await bench.flush()
    bench.crash()
    bench.family.append(sampleBatchOf([one(2)]), LIMITS)
    const view = { blocks: bench.blocks, hours: [], missing: [], epoch: 0 }
    const found = await selectSamples(
      bench.family,
      { ...view, floorMs: Infinity, rolledMs: -Infinity },
      { matchers: [], startMs: BASE_MS, endMs: BASE_MS },
    )
    assert.deepEqual(found, [
      { labels: { __name__: 'up' }, times: Float64Array.of(BASE_MS), values: Float64Array.of(1) },
    ])
    for (const block of bench.blocks) block.close()
  })
})
