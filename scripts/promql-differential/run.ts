/** Asks both the same and says where the answers differ. */
import { evaluateInstant, evaluateRange, type Source } from '../../src/promql/index.ts'
import { isOnBoundary } from './boundary.ts'
import {
  isRanked,
  isSame,
  isSameOrder,
  type Outcome,
  ofAnswer,
  ofError,
  ofValue,
} from './compare.ts'
import { makeData } from './data.ts'
import { type Found, parsed } from './found.ts'
import { Generator, type Query } from './generate.ts'
import { innerQueries } from './instants.ts'
import { type Known, knownDifference } from './known.ts'
import { mutant } from './mutate.ts'
import { type Instants, Prometheus } from './prometheus.ts'
import { Random } from './random.ts'
import { smaller } from './shrink.ts'

export interface Difference extends Found {
  readonly query: Query
  /** Explained by Prometheus' changelog. */
  readonly known?: Known
}

export interface Summary {
  readonly compared: number
  readonly bothFailed: number
  /** Answers with at least one sample. */
  readonly withSamples: number
  readonly differences: readonly Difference[]
}

export interface Run {
  readonly seed: number
  readonly queries: number
  readonly onDifference?: (difference: Difference) => void
}

const AT_ONCE = 6
const SHARE_OF_MUTANTS = 0.08

/** Starts a Prometheus with random data and compares random queries. */
export async function runDifferential({ seed, queries, onDifference }: Run): Promise<Summary> {
  const random = new Random(seed)
  const { series, source } = makeData(random)
  const asked = makeQueries(random, queries)
  const prometheus = await Prometheus.start(series)
  const both = new Both(prometheus, source)
  const summary = { compared: 0, bothFailed: 0, withSamples: 0, differences: [] as Difference[] }
  let next = 0
  const work = async () => {
    for (let query = asked[next++]; query; query = asked[next++]) {
      const { ours, difference } = await both.compare(query)
      summary.compared++
      if (difference) {
        summary.differences.push(difference)
        onDifference?.(difference)
      } else if (ours.kind === 'failed') summary.bothFailed++
      if (ours.kind === 'rows' && ours.rows.length > 0) summary.withSamples++
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  } finally {
    await prometheus.stop()
  }
  return summary
}

/** Valid ones, and some with a fault in them. */
export function makeQueries(random: Random, count: number): readonly Query[] {
  const generator = new Generator(random)
  const queries: Query[] = []
  while (queries.length < count) {
    const query = generator.query()
    const made = random.chance(SHARE_OF_MUTANTS)
      ? { ...query, expr: mutant(random, query.expr) }
      : query
    if (!touchesBoundary(made)) queries.push(made)
  }
  return queries
}

function touchesBoundary({ expr: text, when }: Query): boolean {
  const expr = parsed(text)
  return expr !== undefined && isOnBoundary(expr, when.startMs)
}

/** Both engines over the same data. */
export class Both {
  readonly #prometheus: Prometheus
  readonly #source: Source

  constructor(prometheus: Prometheus, source: Source) {
    this.#prometheus = prometheus
    this.#source = source
  }

  async ask({ expr, when }: Query): Promise<readonly [ours: Outcome, theirs: Outcome]> {
    const theirs = ofAnswer(await this.#prometheus.query(expr, when))
    return [await this.#ours(expr, when), theirs]
  }

  async #ours(expr: string, { startMs, endMs, stepMs }: Instants): Promise<Outcome> {
    try {
      const value =
        stepMs === undefined
          ? await evaluateInstant(expr, startMs, this.#source)
          : await evaluateRange(expr, startMs, endMs, stepMs, this.#source)
      return ofValue(value, startMs)
    } catch (error) {
      return ofError(error)
    }
  }

  async compare(query: Query): Promise<{ ours: Outcome; difference?: Difference }> {
    const [ours, theirs] = await this.ask(query)
    if (agree(query, ours, theirs)) return { ours }
    const smallest = await this.#shrink(query)
    const [ourLeast, theirLeast] = await this.ask(smallest)
    const found = { query, smallest, ours: ourLeast, theirs: theirLeast }
    const known = await knownDifference(found, (each) => this.ask(each))
    return { ours, difference: { ...found, ...(known && { known }) } }
  }

  async #shrink(query: Query): Promise<Query> {
    for (const candidate of smallerQueries(query)) {
      if (touchesBoundary(candidate)) continue
      const [ours, theirs] = await this.ask(candidate)
      if (!agree(candidate, ours, theirs)) return this.#shrink(candidate)
    }
    return query
  }
}

function agree({ expr, when }: Query, ours: Outcome, theirs: Outcome): boolean {
  if (!isSame(ours, theirs)) return false
  const root = when.stepMs === undefined ? parsed(expr) : undefined
  return !root || !isRanked(root) || isSameOrder(ours, theirs)
}

function smallerQueries({ expr, when }: Query): readonly Query[] {
  const texts = smaller(expr).map((each) => ({ expr: each, when }))
  const { startMs, endMs, stepMs } = when
  if (stepMs === undefined || endMs < startMs) {
    return [...texts, ...innerQueries({ expr, when })]
  }
  const instants = Array.from({ length: Math.floor((endMs - startMs) / stepMs) + 1 }, (_, i) => {
    const ms = startMs + i * stepMs
    return { expr, when: { startMs: ms, endMs: ms } }
  })
  return [...instants, ...texts]
}
