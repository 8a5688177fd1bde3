import type { SampleSink } from '../../../../src/cloud/doors/remote-write/ports.ts'
import { labelMatcher } from '../../../../src/cloud/series/block/label-matcher.ts'
import { decodeSamples, encodeSamples } from '../../../../src/cloud/series/log/sample-record.ts'
import { SampleFamily } from '../../../../src/cloud/series/samples/sample-family.ts'
import type { SampleBatch } from '../../../../src/model/sample-batch.ts'
import type { Matcher, SeriesData, Source } from '../../../../src/promql/index.ts'

/** Behind the door series of one value, by way of the record of their log. */
export class FamilySink implements SampleSink, Source {
  readonly #family = new SampleFamily()
  readonly #waiting: (() => void)[] = []
  refused = 0

  async append(_: string, batch: SampleBatch) {
    const limits = { maxSeries: 100_000, oldestMs: 0, floorMs: 0 }
    const appended = this.#family.append(decodeSamples(encodeSamples(batch)), limits)
    this.refused += appended.refused.length
    for (const wake of this.#waiting.splice(0)) wake()
    return appended
  }

  newest(): number | undefined {
    return this.#family.newestMs > 0 ? this.#family.newestMs : undefined
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): SeriesData[] {
    return this.#family.find(matchers.map(labelMatcher)).flatMap((id) => {
      const rows = this.#family.read(id, startMs, endMs)
      const labels = this.#family.labelsOf(id)
      return rows ? [{ labels, times: rows.times, values: rows.columns[0] }] : []
    })
  }

  /** Resolves when something newer has come. */
  async until(atMs: number): Promise<void> {
    while ((this.newest() ?? 0) <= atMs) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}
