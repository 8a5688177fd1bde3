/** The questions of the port, evaluated in this thread over sources, in turns: rules first, then what is short. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import {
  type EvaluateOptions,
  type Expr,
  evaluateInstant,
  evaluateRange,
  type Limits,
  type SeriesData,
  type Source,
  type Value,
} from '../../../promql/index.ts'
import { type Clock, systemClock } from '../../../support/clock.ts'
import type { Turns } from '../../../support/turns.ts'
import type { EnvironmentId } from '../../ingest/ports.ts'
import type {
  InstantOptions,
  QueryOptions,
  Range,
  ReadOptions,
  Selector,
  SeriesQueries,
} from '../port.ts'
import { Expressions } from './expressions.ts'
import { Lane } from './lane.ts'
import {
  type LabelledSource,
  labelNames,
  labelSets,
  labelValues,
  type Reading,
  selectSeries,
} from './series-reads.ts'
import { TurnQueue } from './turn-queue.ts'

export interface SourceQueriesOptions {
  /** `onMissing` is told, in words, of what cannot be read. */
  sourceOf(environment: EnvironmentId, onMissing?: (what: string) => void): LabelledSource
  /** As rules see it at `at`; the same when missing. */
  sourceAt?(environment: EnvironmentId, at: UnixMs, onMissing?: (what: string) => void): Source
  /** What is missing is the language's own. */
  readonly limits?: Partial<Limits>
}

const RULES_AT_ONCE = 4
const OTHERS_AT_ONCE = 20
const MAX_WAITING = 10_000
/** Of what is read without an expression. */
const READ_LIMITS = { maxSeries: 500_000, maxSamples: 50_000_000 }
/** For time limits: somebody may set the clock of the machine. */
const STEADY_CLOCK: Clock = { ...systemClock, now: () => performance.now() }

export class SourceQueries implements SeriesQueries {
  readonly #options: SourceQueriesOptions
  readonly #expressions = new Expressions()
  readonly #turns = new TurnQueue()
  readonly #rules = new Lane(RULES_AT_ONCE, MAX_WAITING)
  readonly #others = new Lane(OTHERS_AT_ONCE, MAX_WAITING)

  constructor(options: SourceQueriesOptions) {
    this.#options = options
  }

  instant(
    environment: EnvironmentId,
    expr: Expr | string,
    atMs: UnixMs,
    options: InstantOptions = {},
  ): Promise<Value> {
    const { sourceOf, sourceAt } = this.#options
    return this.#run(options, (turns) => {
      const root = this.#expressions.of(expr)
      const evaluation = this.#evaluation(options, turns)
      return warned((onMissing) => {
        const source =
          options.forRule && sourceAt
            ? sourceAt(environment, atMs, onMissing)
            : sourceOf(environment, onMissing)
        return evaluateInstant(root, atMs, source, evaluation)
      })
    })
  }

  range(
    environment: EnvironmentId,
    expr: Expr | string,
    { startMs, endMs, stepMs }: Range,
    options: QueryOptions = {},
  ): Promise<Value> {
    return this.#run(options, (turns) => {
      const root = this.#expressions.of(expr)
      const evaluation = this.#evaluation(options, turns)
      return warned((onMissing) => {
        const source = this.#options.sourceOf(environment, onMissing)
        return evaluateRange(root, startMs, endMs, stepMs, source, evaluation)
      })
    })
  }

  select(
    environment: EnvironmentId,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly SeriesData[]> {
    return this.#run(options, (turns) =>
      selectSeries(this.#reading(environment, selector, { ...options, turns })),
    )
  }

  labelSets(
    environment: EnvironmentId,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly Labels[]> {
    return this.#run(options, (turns) =>
      labelSets(this.#reading(environment, selector, { ...options, turns })),
    )
  }

  labelNames(
    environment: EnvironmentId,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly string[]> {
    return this.#run(options, (turns) =>
      labelNames(this.#reading(environment, selector, { ...options, turns })),
    )
  }

  labelValues(
    environment: EnvironmentId,
    name: string,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly string[]> {
    return this.#run(options, (turns) =>
      labelValues(this.#reading(environment, selector, { ...options, turns }), name),
    )
  }

  #run<Result>(
    { forRule = false, signal }: InstantOptions,
    work: (turns: Turns) => Promise<Result>,
  ): Promise<Result> {
    const lane = forRule ? this.#rules : this.#others
    return lane.run(signal, () => this.#turns.run({ isRule: forRule, signal }, work))
  }

  #reading(
    environment: EnvironmentId,
    selector: Selector,
    { limits, signal, turns }: ReadOptions & { readonly turns: Turns },
  ): Reading {
    return {
      source: this.#options.sourceOf(environment),
      limits: { ...READ_LIMITS, ...this.#options.limits, ...limits },
      ...{ selector, signal, turns },
    }
  }

  #evaluation({ lookbackMs, limits, signal }: QueryOptions, turns: Turns): EvaluateOptions {
    return {
      clock: STEADY_CLOCK,
      turns,
      limits: { ...this.#options.limits, ...limits },
      ...(lookbackMs !== undefined && { lookbackMs }),
      ...(signal && { signal }),
    }
  }
}

const MAX_WARNINGS = 10

/** A value with warnings of what could not be read for it. */
async function warned(
  evaluate: (onMissing: (what: string) => void) => Promise<Value>,
): Promise<Value> {
  const missing = new Set<string>()
  const value = await evaluate((what) => {
    if (missing.size < MAX_WARNINGS) missing.add(what)
  })
  if (missing.size === 0) return value
  const { warnings, infos } = value.annotations
  return { ...value, annotations: { infos, warnings: [...warnings, ...missing] } }
}
