import type { Labels } from '../../src/model/labels.ts'
import {
  compileMatchers,
  type Matcher,
  MemorySource,
  type SeriesData,
  type Source,
  STALE,
} from '../../src/promql/index.ts'
import type { Outside } from '../../src/promql/series-notation.ts'
import type { Load } from './script.ts'

/** What a script has loaded. */
export class ScriptSource implements Source {
  readonly #ours = new MemorySource()
  /** Series that have what is not ours: not stored, but known. */
  readonly #outside: { readonly labels: Labels; readonly what: Outside }[] = []

  load({ series, stepMs, withNative }: Load): void {
    for (const { labels, values, outside } of series) {
      if (outside) this.#outside.push({ labels, what: outside })
      if (withNative) {
        this.#outside.push({ labels: withoutBucket(labels), what: 'native histograms' })
      }
      for (const [i, value] of values.entries()) {
        if (value !== undefined)
          this.#ours.add(labels, i * stepMs, value === 'stale' ? STALE : value)
      }
    }
  }

  /** What a selector would find that is not ours. */
  outside(matchers: readonly Matcher[]): Outside | undefined {
    const matches = compileMatchers(matchers)
    return this.#outside.find(({ labels }) => matches(labels))?.what
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): readonly SeriesData[] {
    return this.#ours.select(matchers, startMs, endMs)
  }
}

function withoutBucket({ le: _, __name__ = '', ...rest }: Labels): Labels {
  return { ...rest, __name__: __name__.replace(/_(?:bucket|sum|count)$/, '') }
}
