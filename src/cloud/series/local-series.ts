/** The series in this thread: the port over a store on this disk. */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import {
  type EvaluateOptions,
  type Expr,
  evaluateInstant,
  evaluateRange,
  type SeriesData,
  selectSeries,
  type Value,
} from '../../promql/index.ts'
import { Slices, turn } from '../../support/turns.ts'
import { type Batch, decodeBatch } from '../../wire/index.ts'
import type { Appended, EnvironmentId } from '../ingest/ports.ts'
import type { SeriesStats } from './environment-series.ts'
import { Expressions } from './expressions.ts'
import type { SeriesName } from './family.ts'
import { Lane } from './lane.ts'
import type {
  Found,
  InstantOptions,
  Progress,
  QueryOptions,
  Range,
  Selector,
  SeriesPort,
} from './port.ts'
import type { ReporterView } from './reporters.ts'
import { type RecoveryReport, SeriesStore, type SeriesStoreOptions } from './series-store.ts'

/** Each may hold all the samples its limits allow. */
const QUERIES_AT_ONCE = 2
const MAX_WAITING = 10_000

export class LocalSeries implements SeriesPort {
  readonly report: RecoveryReport
  readonly #store: SeriesStore
  readonly #expressions = new Expressions()
  /** A rule does not wait for what people ask. */
  readonly #rules = new Lane(QUERIES_AT_ONCE, MAX_WAITING)
  readonly #people = new Lane(QUERIES_AT_ONCE, MAX_WAITING)

  private constructor(store: SeriesStore) {
    this.#store = store
    this.report = store.report
  }

  /** @throws {SeriesFailure} the folder cannot be read or written. */
  static async open(options: SeriesStoreOptions): Promise<LocalSeries> {
    return new LocalSeries(await SeriesStore.open(options))
  }

  async append(environment: EnvironmentId, bytes: Buffer, receivedAt: UnixMs): Promise<Appended> {
    const batch = decodeBatch(bytes)
    const { applied } = await this.#store.append(environment, batch, receivedAt, bytes)
    return { applied, ...summaryOf(batch) }
  }

  instant(
    environment: EnvironmentId,
    expr: Expr | string,
    atMs: UnixMs,
    { forRule = false, ...options }: InstantOptions = {},
  ): Promise<Value> {
    const lane = forRule ? this.#rules : this.#people
    return lane.run(async () => {
      await turn()
      const source = forRule
        ? this.#store.sourceAt(environment, atMs)
        : this.#store.source(environment)
      return evaluateInstant(this.#expressions.of(expr), atMs, source, evaluation(options))
    })
  }

  range(
    environment: EnvironmentId,
    expr: Expr | string,
    { startMs, endMs, stepMs }: Range,
    options: QueryOptions = {},
  ): Promise<Value> {
    return this.#people.run(async () => {
      await turn()
      const root = this.#expressions.of(expr)
      const source = this.#store.source(environment)
      return evaluateRange(root, startMs, endMs, stepMs, source, evaluation(options))
    })
  }

  select(
    environment: EnvironmentId,
    selector: Selector,
    options: QueryOptions = {},
  ): Promise<readonly SeriesData[]> {
    return this.#people.run(async () => {
      await turn()
      return selectSeries(selector, this.#store.source(environment), evaluation(options))
    })
  }

  async series(
    environment: EnvironmentId,
    selector: Selector,
    limit: number,
  ): Promise<Found<Labels>> {
    const several = selector.matchers.length > 1
    const seen = new Set<string>()
    const found: Labels[] = []
    const isCut = await this.#names(environment, selector, ({ name, labels, extra }) => {
      const all = { __name__: name, ...labels, ...extra }
      const key = several ? JSON.stringify(all) : ''
      if (seen.has(key)) return false
      if (several) seen.add(key)
      if (found.length === limit) return true
      found.push(all)
      return false
    })
    return { found, isCut }
  }

  labelNames(
    environment: EnvironmentId,
    selector: Selector,
    limit: number,
  ): Promise<Found<string>> {
    return this.#texts(environment, selector, limit, function* ({ labels, extra }) {
      yield '__name__'
      for (const name in labels) yield name
      for (const name in extra) yield name
    })
  }

  labelValues(
    environment: EnvironmentId,
    label: string,
    selector: Selector,
    limit: number,
  ): Promise<Found<string>> {
    return this.#texts(environment, selector, limit, ({ name, labels, extra }) => {
      const value = label === '__name__' ? name : (extra[label] ?? labels[label])
      return value === undefined ? [] : [value]
    })
  }

  events(
    environment: EnvironmentId,
    labels: readonly Labels[],
    fromMs: UnixMs,
    toMs: UnixMs,
  ): Promise<readonly (readonly NotifyEvent[])[]> {
    return this.#store.reading(environment, async () => {
      const slices = new Slices()
      const found: (readonly NotifyEvent[])[] = []
      for (const each of labels) {
        found.push(this.#store.events(environment, each, fromMs, toMs))
        if (slices.areOver) await slices.rest()
      }
      return found
    })
  }

  async reporters(environment: EnvironmentId, limit: number): Promise<readonly ReporterView[]> {
    return this.#store.reporters(environment, limit)
  }

  async stats(environment: EnvironmentId): Promise<SeriesStats | undefined> {
    return this.#store.stats(environment)
  }

  async environments(): Promise<readonly Progress[]> {
    return this.#store.environments().map((environment) => this.#progress(environment))
  }

  removeEnvironment(environment: EnvironmentId): Promise<void> {
    return this.#store.removeEnvironment(environment)
  }

  onApplied(listener: (progress: Progress) => void): void {
    this.#store.onAppended((environment) => listener(this.#progress(environment)))
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #progress(environment: EnvironmentId): Progress {
    const reached = this.#store.reached(environment)
    const receivedAt = reached === undefined ? 0 : this.#store.lastReceived(environment, reached)
    return { environment, reached, receivedAt }
  }

  async #texts(
    environment: EnvironmentId,
    selector: Selector,
    limit: number,
    textsOf: (series: SeriesName) => Iterable<string>,
  ): Promise<Found<string>> {
    const found = new Set<string>()
    const isCut = await this.#names(environment, selector, (series) => {
      for (const text of textsOf(series)) {
        if (found.has(text)) continue
        if (found.size === limit) return true
        found.add(text)
      }
      return false
    })
    return { found: [...found].sort(), isCut }
  }

  /** Walks what series are called until `take` has enough; whether it had. */
  #names(
    environment: EnvironmentId,
    { matchers, startMs, endMs }: Selector,
    take: (series: SeriesName) => boolean,
  ): Promise<boolean> {
    return this.#people.run(async () => {
      await turn()
      return this.#store.reading(environment, async () => {
        const slices = new Slices()
        let names = 0
        for (const each of matchers) {
          for (const series of this.#store.names(environment, each, startMs, endMs)) {
            if (take(series)) return true
            if (++names % NAMES_A_LOOK === 0 && slices.areOver) await slices.rest()
          }
        }
        return false
      })
    })
  }
}

/** Names between two looks at the time. */
const NAMES_A_LOOK = 256

function evaluation({ lookbackMs, limits, signal }: QueryOptions): EvaluateOptions {
  return {
    ...(lookbackMs !== undefined && { lookbackMs }),
    ...(limits && { limits }),
    ...(signal && { signal }),
  }
}

function summaryOf({ id, agent, windows, events }: Batch): Omit<Appended, 'applied'> {
  let stats = 0
  let properties = 0
  let windowEndMs: UnixMs | undefined
  for (const window of windows) {
    stats += window.stats.length
    properties += window.properties.length
    windowEndMs = Math.max(windowEndMs ?? window.endMs, window.endMs)
  }
  return {
    agent: { ...agent, id: id.agent },
    ...(windowEndMs !== undefined && { windowEndMs }),
    ...{ stats, properties, events: events.length },
  }
}
