import { type Labels, labelsKey } from '../../src/model/labels.ts'
import {
  compileMatchers,
  type Matcher,
  type SeriesData,
  type Source,
} from '../../src/promql/index.ts'
import type { Load } from './script.ts'

interface Stored {
  readonly labels: Labels
  readonly samples: Map<number, number>
}

/** What a script has loaded. */
export class MemorySource implements Source {
  readonly #series = new Map<string, Stored>()
  /** Series with native histograms: not stored, but known. */
  readonly #native: Labels[] = []

  load({ series, stepMs, withNative }: Load): void {
    for (const { labels, values, native } of series) {
      if (native) this.#native.push(labels)
      if (withNative) this.#native.push(withoutBucket(labels))
      const key = labelsKey(labels)
      const stored = this.#series.get(key) ?? { labels, samples: new Map() }
      this.#series.set(key, stored)
      for (const [i, value] of values.entries()) {
        if (value !== undefined) stored.samples.set(i * stepMs, value)
      }
    }
  }

  /** Whether a selector would find native histograms. */
  hasNative(matchers: readonly Matcher[]): boolean {
    return this.#native.some(compileMatchers(matchers))
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): readonly SeriesData[] {
    const matches = compileMatchers(matchers)
    return [...this.#series.values()].flatMap(({ labels, samples }) => {
      if (!matches(labels)) return []
      const times = [...samples.keys()]
        .filter((ms) => ms >= startMs && ms <= endMs)
        .sort((a, b) => a - b)
      if (times.length === 0) return []
      return [{ labels, times, values: times.map((ms) => samples.get(ms) ?? Number.NaN) }]
    })
  }
}

function withoutBucket({ le: _, __name__ = '', ...rest }: Labels): Labels {
  return { ...rest, __name__: __name__.replace(/_(?:bucket|sum|count)$/, '') }
}
