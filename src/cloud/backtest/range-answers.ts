/** A rule at many instants, asked for in one range query; the rest is asked for when it is needed. */
import type { UnixMs } from '../../model/time.ts'
import { PromqlError, type Value } from '../../promql/index.ts'
import type { InstantValue, Query, Sample } from '../rules/ports.ts'
import type { Instants } from './instants.ts'

type RangeQuery = (instants: Instants) => Promise<Value>

/** A rule that failed at so many instants is not asked for each one of a range any more that fails as a whole. */
const MAX_FAILURES = 30
const NOTHING: InstantValue = { type: 'vector', samples: [] }

export class RangeAnswers implements Query {
  readonly #text: string
  readonly #other: Query
  readonly #samples = new Map<UnixMs, Sample[]>()
  readonly #failures = new Map<UnixMs, PromqlError>()

  /** `text` is the expression of the range; `other` answers what else is asked. */
  constructor(text: string, other: Query) {
    this.#text = text
    this.#other = other
  }

  /**
   * One instant that fails makes the whole range fail, and a long range is more expensive than its instants: then
   * halves are asked for, down to single instants.
   */
  async load(ask: RangeQuery, instants: Instants): Promise<void> {
    const { startMs, endMs, stepMs } = instants
    try {
      this.#take(await ask(instants))
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error
      const steps = Math.floor((endMs - startMs) / stepMs)
      const isHopeless = error.reason === 'parse' || this.#failures.size >= MAX_FAILURES
      if (steps === 0 || isHopeless) {
        for (let at = startMs; at <= endMs; at += stepMs) this.#failures.set(at, error)
        return
      }
      const middleMs = startMs + Math.floor(steps / 2) * stepMs
      await this.load(ask, { startMs, endMs: middleMs, stepMs })
      await this.load(ask, { startMs: middleMs + stepMs, endMs, stepMs })
    }
  }

  async instant(text: string, at: UnixMs): Promise<InstantValue> {
    if (text !== this.#text) return this.#other.instant(text, at)
    const failure = this.#failures.get(at)
    if (failure) throw failure
    const samples = this.#samples.get(at)
    return samples ? { type: 'vector', samples } : NOTHING
  }

  #take(value: Value): void {
    if (value.type !== 'matrix') throw new RangeError(`a range query answered a ${value.type}`)
    for (const { labels, times, values } of value.series) {
      for (let i = 0; i < times.length; i++) {
        const [at, sample] = [times[i] ?? 0, { labels, value: values[i] ?? 0 }]
        const known = this.#samples.get(at)
        if (known) known.push(sample)
        else this.#samples.set(at, [sample])
      }
    }
  }
}
