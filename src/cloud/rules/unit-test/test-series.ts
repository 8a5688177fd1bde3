import { labelsKey } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import {
  type Expr,
  evaluateInstant,
  isStale,
  MemorySource,
  type NotedSeries,
  parse,
  STALE,
} from '../../../promql/index.ts'
import { Failure } from '../../../support/failure.ts'
import type { InstantValue, Query, Sample } from '../ports.ts'

/** A sample that Prometheus would not take either. */
export class SampleRefused extends Failure<'out_of_order' | 'duplicate'> {}

export interface Steps {
  readonly startMs: UnixMs
  readonly intervalMs: number
  /** Of subqueries that name none. */
  readonly subqueryStepMs: number
}

/** The series of one unit test: those of its input as far as time has come, and what its rules wrote. */
export class TestSeries implements Query {
  readonly #source = new MemorySource()
  readonly #input: readonly NotedSeries[]
  readonly #steps: Steps
  readonly #expressions = new Map<string, Expr>()
  /** Steps of the input that are there. */
  #loaded = 0

  constructor(input: readonly NotedSeries[], steps: Steps) {
    // Of what is given twice the last counts.
    this.#input = [...new Map(input.map((series) => [labelsKey(series.labels), series])).values()]
    this.#steps = steps
  }

  /** The input up to here has arrived. */
  loadTill(ms: UnixMs): void {
    const { startMs, intervalMs } = this.#steps
    const steps = Math.floor((ms - startMs) / intervalMs) + 1
    for (const { labels, values } of this.#input) {
      const upTo = Math.min(steps, values.length)
      for (let i = this.#loaded; i < upTo; i++) {
        const value = values[i]
        if (value === undefined) continue
        this.#source.add(labels, startMs + i * intervalMs, value === 'stale' ? STALE : value)
      }
    }
    this.#loaded = Math.max(this.#loaded, steps)
  }

  async instant(text: string, at: UnixMs): Promise<InstantValue> {
    const expr = this.#expressions.get(text) ?? parse(text)
    this.#expressions.set(text, expr)
    const { subqueryStepMs } = this.#steps
    return evaluateInstant(expr, at, this.#source, { subqueryStepMs })
  }

  /** What rules write. @throws {SampleRefused} */
  write(at: UnixMs, samples: readonly Sample[]): void {
    for (const { labels, value } of samples) {
      const newest = this.#source.append(labels, at, value)
      // Or the end of a series that another writer goes on with.
      if (!newest || isStale(value)) continue
      if (newest.atMs > at) {
        throw new SampleRefused('out_of_order', `out of order sample: ${labelsKey(labels)}`)
      }
      if (!Object.is(newest.value, value)) {
        throw new SampleRefused('duplicate', `duplicate sample for timestamp: ${labelsKey(labels)}`)
      }
    }
  }
}
