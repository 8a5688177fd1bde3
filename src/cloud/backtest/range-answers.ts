/** A rule at many instants, asked for in one range query. */
import type { UnixMs } from '../../model/time.ts'
import { PromqlError, type SeriesData, type Value } from '../../promql/index.ts'
import type { InstantValue, Sample } from '../rules/ports.ts'
import type { Instants } from './instants.ts'

type RangeQuery = (instants: Instants) => Promise<Value>
type Single = (at: UnixMs) => Promise<InstantValue>

/** A rule that failed at so many instants is not asked for in parts any more: each instant is asked for when it is needed. */
const MAX_FAILURES = 30

export class RangeAnswers {
  readonly #text: string
  readonly #single: Single | undefined
  readonly #parts: Part[] = []
  readonly #failures = new Map<UnixMs, PromqlError>()

  /** `text` is the expression of the range; `single` answers it at instants that were given up. */
  constructor(text: string, single?: Single) {
    this.#text = text
    this.#single = single
  }

  /** Samples that are held. */
  get samples(): number {
    return this.#parts.reduce((sum, { samples }) => sum + samples, 0)
  }

  /**
   * One instant that fails makes the whole range fail, and a long range is more expensive than its instants: then
   * halves are asked for, down to single instants.
   */
  async load(ask: RangeQuery, instants: Instants): Promise<void> {
    const { startMs, endMs, stepMs } = instants
    try {
      const value = await ask(instants)
      if (value.type !== 'matrix') throw new RangeError(`a range query answered a ${value.type}`)
      this.#parts.push(new Part(instants, value.series))
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error
      const steps = Math.floor((endMs - startMs) / stepMs)
      const isGivenUp = this.#failures.size >= MAX_FAILURES
      if (steps === 0 || isHopeless(error, isGivenUp)) {
        for (let at = startMs; at <= endMs; at += stepMs) this.#failures.set(at, error)
        return
      }
      if (isGivenUp) return
      const middleMs = startMs + Math.floor(steps / 2) * stepMs
      await this.load(ask, { startMs, endMs: middleMs, stepMs })
      await this.load(ask, { startMs: middleMs + stepMs, endMs, stepMs })
    }
  }

  /** Undefined: others know. Rejects with `PromqlError` where the rule fails. */
  async find(text: string, at: UnixMs): Promise<InstantValue | undefined> {
    if (text !== this.#text) return undefined
    const failure = this.#failures.get(at)
    if (failure) throw failure
    const samples = this.#parts.find((part) => part.covers(at))?.samplesAt(at)
    return samples ? { type: 'vector', samples } : this.#single?.(at)
  }
}

/** It fails at every instant, or takes too long to know. */
function isHopeless({ reason }: PromqlError, isGivenUp: boolean): boolean {
  return reason === 'parse' || reason === 'canceled' || (reason === 'timeout' && isGivenUp)
}

class Part {
  readonly samples: number
  readonly #instants: Instants
  readonly #series: readonly SeriesData[]
  /** Of each series where its first sample stands that is not before the instant asked last. */
  readonly #places: Uint32Array

  constructor(instants: Instants, series: readonly SeriesData[]) {
    this.samples = series.reduce((sum, { times }) => sum + times.length, 0)
    this.#instants = instants
    this.#series = series
    this.#places = new Uint32Array(series.length)
  }

  covers(at: UnixMs): boolean {
    const { startMs, endMs, stepMs } = this.#instants
    return at >= startMs && at <= endMs && (at - startMs) % stepMs === 0
  }

  /** Quickest in the order of time. */
  samplesAt(at: UnixMs): Sample[] {
    const samples: Sample[] = []
    this.#series.forEach(({ labels, times, values }, index) => {
      let place = this.#places[index] ?? 0
      if (place > 0 && (times[place - 1] ?? -Infinity) >= at) place = 0
      while ((times[place] ?? Infinity) < at) place++
      this.#places[index] = place
      if (times[place] === at) samples.push({ labels, value: values[place] ?? 0 })
    })
    return samples
  }
}
