/** Series in memory, asked as a picture asks them. */
import type { Point } from '../../../../src/cloud/picture/picture.ts'
import type { PictureQuery } from '../../../../src/cloud/picture/ports.ts'
import type { Labels } from '../../../../src/model/labels.ts'
import { evaluateInstant, evaluateRange } from '../../../../src/promql/index.ts'
import { MemorySource } from '../../../../src/promql/memory-source.ts'

/** 2026-11-20 17:32 in Shanghai. */
export const FIRED = Date.UTC(2026, 10, 20, 9, 32)
export const MINUTE = 60_000
export const DAY = 1440 * MINUTE

/** Of one minute. */
export interface Calls {
  readonly calls: number
  readonly failures?: number
  readonly meanMs?: number
}

export class Recorded implements PictureQuery {
  readonly queries: string[] = []
  readonly #source = new MemorySource()

  add(labels: Labels, at: number, value: number): void {
    this.#source.add(labels, at, value)
  }

  /** A report a minute from `fromMs` to `toMs`, both included. */
  calls(labels: Labels, fromMs: number, toMs: number, each: (at: number) => Calls): void {
    for (let at = fromMs; at <= toMs; at += MINUTE) {
      const { calls, failures = 0, meanMs = 20 } = each(at)
      const series = { side: 'client', span: '1m', ...labels }
      const add = (name: string, value: number) =>
        this.add({ __name__: name, ...series }, at, value)
      add('tars_calls', calls)
      add('tars_timeouts', failures)
      add('tars_exceptions', 0)
      add('tars_duration_ms_sum', (calls - failures) * meanMs)
    }
  }

  /** The day before is the reference day, in Shanghai. */
  referenceDay(): void {
    for (let at = FIRED - 90 * MINUTE; at <= FIRED; at += 4 * MINUTE) {
      const start = Date.UTC(2026, 10, 18, 16) / 1000
      this.add({ __name__: 'tars_baseline_day', by: 'day' }, at, start)
    }
  }

  async instant(expr: string, at: number) {
    this.queries.push(expr)
    const value = await evaluateInstant(expr, at, this.#source)
    if (value.type !== 'vector') throw new RangeError(`a ${value.type}: ${expr}`)
    return value.samples
  }

  async range(expr: string, startMs: number, endMs: number, stepMs: number) {
    this.queries.push(expr)
    const value = await evaluateRange(expr, startMs, endMs, stepMs, this.#source)
    if (value.type !== 'matrix') throw new RangeError(`a ${value.type}: ${expr}`)
    return value.series.map(({ labels, times, values }) => ({
      labels,
      points: Array.from(times, (at, n): Point => [at, values[n] ?? Number.NaN]),
    }))
  }
}
