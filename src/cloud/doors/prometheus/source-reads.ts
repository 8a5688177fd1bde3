/** The reads of the door, made of the sources of environments and evaluated here. */
import { type Labels, labelsKey } from '../../../model/labels.ts'
import {
  type EvaluateOptions,
  evaluateInstant,
  evaluateRange,
  type Limits,
} from '../../../promql/index.ts'
import type { Clock } from '../../../support/clock.ts'
import { DoorFailure } from './door-failure.ts'
import type { LabelledSource, QueryOptions, Selection, SeriesReads } from './ports.ts'

export interface SourceReadsOptions {
  sourceOf(environment: string): LabelledSource
  readonly clock: Clock
  /** Of samples, series and results; what is missing is the language's own. */
  readonly limits?: Partial<Omit<Limits, 'timeoutMs'>>
}

const MAX_SERIES = 500_000

export function sourceReads({ sourceOf, clock, limits = {} }: SourceReadsOptions): SeriesReads {
  const optionsOf = ({ timeoutMs, lookbackMs, signal }: QueryOptions): EvaluateOptions => ({
    limits: { ...limits, timeoutMs },
    signal,
    clock,
    ...(lookbackMs !== undefined && { lookbackMs }),
  })
  const maxSeries = limits.maxSeries ?? MAX_SERIES
  return {
    instant: (environment, expr, at, options) =>
      evaluateInstant(expr, at, sourceOf(environment), optionsOf(options)),
    range: (environment, expr, { startMs, endMs, stepMs }, options) =>
      evaluateRange(expr, startMs, endMs, stepMs, sourceOf(environment), optionsOf(options)),
    async labelSets(environment, selection) {
      const found = new Map<string, Labels>()
      for await (const labels of eachLabels(sourceOf(environment), selection)) {
        found.set(labelsKey(labels), labels)
        if (found.size > maxSeries) throw tooMany(maxSeries)
      }
      return [...found.values()]
    },
    labelNames: (environment, selection) => labelNames(sourceOf(environment), selection),
    labelValues: (environment, name, selection) =>
      labelValues(sourceOf(environment), name, selection),
  }
}

async function labelNames(source: LabelledSource, selection: Selection): Promise<string[]> {
  const { startMs, endMs } = selection
  const names = new Set<string>()
  if (source.labelNames) {
    for (const matchers of setsOf(selection)) {
      for (const name of await source.labelNames(matchers, startMs, endMs)) names.add(name)
    }
  } else {
    for await (const labels of eachLabels(source, selection)) {
      for (const name in labels) names.add(name)
    }
  }
  return [...names]
}

async function labelValues(
  source: LabelledSource,
  name: string,
  selection: Selection,
): Promise<string[]> {
  const { startMs, endMs } = selection
  const values = new Set<string>()
  if (source.labelValues) {
    for (const matchers of setsOf(selection)) {
      for (const value of await source.labelValues(name, matchers, startMs, endMs)) {
        values.add(value)
      }
    }
  } else {
    for await (const labels of eachLabels(source, selection)) {
      const value = labels[name]
      if (value !== undefined && value !== '') values.add(value)
    }
  }
  return [...values]
}

/** Those that several sets find come several times. */
async function* eachLabels(source: LabelledSource, selection: Selection): AsyncIterable<Labels> {
  const { startMs, endMs, signal } = selection
  for (const matchers of setsOf(selection)) {
    const found = source.labelSets
      ? await source.labelSets(matchers, startMs, endMs)
      : (await source.select(matchers, startMs, endMs)).map(({ labels }) => labels)
    if (signal.aborted) throw new DoorFailure('canceled', 'query was canceled in label selection')
    yield* found
  }
}

/** Without a set everything is meant. */
function setsOf({ sets }: Selection): Selection['sets'] {
  return sets.length === 0 ? [[]] : sets
}

function tooMany(maxSeries: number): DoorFailure {
  return new DoorFailure('execution', `the selection has more than ${maxSeries} series`)
}
