/** Recorded calls in the series of the language, asked through the port. */
import type { CauseQuery } from '../../../../src/cloud/cause/ports.ts'
import type { NotifyEvent } from '../../../../src/model/event.ts'
import type { Labels } from '../../../../src/model/labels.ts'
import type { UnixMs } from '../../../../src/model/time.ts'
import { evaluateInstant, evaluateRange } from '../../../../src/promql/index.ts'
import { MemorySource } from '../../../../src/promql/memory-source.ts'

const BOUNDS_MS = [50, 1000, 2000]

/** Of one report. */
export interface Report {
  readonly calls: number
  readonly timeouts?: number
  readonly exceptions?: number
  readonly meanMs?: number
}

export class Recorded implements CauseQuery {
  readonly queries: string[] = []
  readonly #source = new MemorySource()
  readonly #events: NotifyEvent[] = []

  /** One report of a span's calls that ended at `at`; all as long as the mean. */
  report(labels: Labels, at: UnixMs, report: Report): void {
    const { calls, timeouts = 0, exceptions = 0, meanMs = 20 } = report
    const succeeded = calls - timeouts - exceptions
    const add = (name: string, value: number, more: Labels = {}) =>
      this.#source.add({ __name__: name, ...labels, ...more }, at, value)
    add('tars_calls', calls)
    add('tars_timeouts', timeouts)
    add('tars_exceptions', exceptions)
    add('tars_duration_ms_sum', succeeded * meanMs)
    for (const le of BOUNDS_MS) {
      add('tars_duration_ms_bucket', meanMs < le ? succeeded : 0, { le: String(le) })
    }
    add('tars_duration_ms_bucket', succeeded, { le: '+Inf' })
  }

  event(event: NotifyEvent): void {
    this.#events.push(event)
  }

  async instant(expr: string, at: UnixMs) {
    this.queries.push(expr)
    const value = await evaluateInstant(expr, at, this.#source)
    if (value.type !== 'vector') throw new RangeError(`a ${value.type}: ${expr}`)
    return value.samples
  }

  async line(expr: string, fromMs: UnixMs, toMs: UnixMs, stepMs: number) {
    this.queries.push(expr)
    const value = await evaluateRange(expr, fromMs, toMs, stepMs, this.#source)
    if (value.type !== 'matrix') throw new RangeError(`a ${value.type}: ${expr}`)
    const [line] = value.series
    return Array.from(line?.times ?? [], (at, n) => ({ at, value: line?.values[n] ?? Number.NaN }))
  }

  async events(service: string, fromMs: UnixMs, toMs: UnixMs) {
    return this.#events.filter(({ module, at }) => module === service && at >= fromMs && at < toMs)
  }
}
