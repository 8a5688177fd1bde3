import { type Labels, labelsKey } from '../../src/model/labels.ts'
import {
  compileMatchers,
  type Matcher,
  type SeriesData,
  type Source,
  STALE,
} from '../../src/promql/index.ts'
import type { Outside } from './notation.ts'
import type { Load } from './script.ts'

interface Stored {
  readonly labels: Labels
  readonly samples: Map<number, number | 'stale'>
}

/** What a script has loaded. */
export class MemorySource implements Source {
  readonly #series = new Map<string, Stored>()
  /** Series that have what is not ours: not stored, but known. */
  readonly #outside: { readonly labels: Labels; readonly what: Outside }[] = []

  load({ series, stepMs, withNative }: Load): void {
    for (const { labels, values, outside } of series) {
      if (outside) this.#outside.push({ labels, what: outside })
      if (withNative) {
        this.#outside.push({ labels: withoutBucket(labels), what: 'native histograms' })
      }
      const key = labelsKey(labels)
      const stored = this.#series.get(key) ?? { labels, samples: new Map() }
      this.#series.set(key, stored)
      for (const [i, value] of values.entries()) {
        if (value !== undefined) stored.samples.set(i * stepMs, value)
      }
    }
  }

  /** What a selector would find that is not ours. */
  outside(matchers: readonly Matcher[]): Outside | undefined {
    const matches = compileMatchers(matchers)
    return this.#outside.find(({ labels }) => matches(labels))?.what
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): readonly SeriesData[] {
    const matches = compileMatchers(matchers)
    return [...this.#series.values()].flatMap(({ labels, samples }) => {
      if (!matches(labels)) return []
      const times = [...samples.keys()]
        .filter((ms) => ms >= startMs && ms <= endMs)
        .sort((a, b) => a - b)
      if (times.length === 0) return []
      const values = Float64Array.from(times, (ms) => {
        const value = samples.get(ms) ?? Number.NaN
        return value === 'stale' ? STALE : value
      })
      return [{ labels, times, values }]
    })
  }
}

function withoutBucket({ le: _, __name__ = '', ...rest }: Labels): Labels {
  return { ...rest, __name__: __name__.replace(/_(?:bucket|sum|count)$/, '') }
}
