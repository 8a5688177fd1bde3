/** Series and their labels; the labels asked of a source that knows them, else read off what it selects. */
import { type Labels, labelsKey } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import {
  type Limits,
  type Matcher,
  PromqlError,
  type SeriesData,
  type Source,
} from '../../../promql/index.ts'
import type { Turns } from '../../../support/turns.ts'
import type { Selector } from '../port.ts'

type Asked<Thing> = Iterable<Thing> | Promise<Iterable<Thing>>

/** A source that knows its labels without reading samples. What it lacks is made of `select`. */
export interface LabelledSource extends Source {
  /** The labels of what `select` would answer. */
  labelSets?(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): Asked<Labels>
  /** Names with a value in what `select` would answer. */
  labelNames?(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): Asked<string>
  /** Values of `name` in what `select` would answer. */
  labelValues?(
    name: string,
    matchers: readonly Matcher[],
    startMs: UnixMs,
    endMs: UnixMs,
  ): Asked<string>
}

/** What is read, and what that may use. */
export interface Reading {
  readonly source: LabelledSource
  readonly selector: Selector
  readonly turns: Turns
  readonly limits: Pick<Limits, 'maxSeries' | 'maxSamples'>
  readonly signal: AbortSignal | undefined
}

export async function labelSets(reading: Reading): Promise<Labels[]> {
  const found = new Map<string, Labels>()
  const { limits } = reading
  await eachSet(reading, (labels) => {
    found.set(labelsKey(labels), labels)
    if (found.size > limits.maxSeries) throw tooMany(limits.maxSeries)
  })
  return [...found.values()]
}

export async function labelNames(reading: Reading): Promise<string[]> {
  const { source } = reading
  const names = new Set<string>()
  if (source.labelNames) {
    await each(reading, source.labelNames.bind(source), (name) => names.add(name))
  } else {
    await eachSet(reading, (labels) => {
      for (const name in labels) names.add(name)
    })
  }
  return [...names]
}

export async function labelValues(reading: Reading, name: string): Promise<string[]> {
  const { source } = reading
  const values = new Set<string>()
  if (source.labelValues) {
    await each(reading, source.labelValues.bind(source, name), (value) => values.add(value))
  } else {
    await eachSet(reading, (labels) => values.add(labels[name] ?? ''))
    values.delete('')
  }
  return [...values]
}

/** With their samples, each series once. */
export async function selectSeries(reading: Reading): Promise<SeriesData[]> {
  const { source, limits } = reading
  const found = new Map<string, SeriesData>()
  let samples = 0
  await each(reading, source.select.bind(source), (series) => {
    found.set(labelsKey(series.labels), series)
    samples += series.times.length
    if (found.size > limits.maxSeries) throw tooMany(limits.maxSeries)
    if (samples > limits.maxSamples) throw tooManySamples(limits.maxSamples)
  })
  return [...found.values()]
}

type Ask<Thing> = (matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs) => Asked<Thing>

/** Those that several sets of matchers find come several times. */
function eachSet(reading: Reading, take: (labels: Labels) => void): Promise<void> {
  const { source } = reading
  if (source.labelSets) return each(reading, source.labelSets.bind(source), take)
  const select: Ask<Labels> = async (...asked) =>
    (await source.select(...asked)).map(({ labels }) => labels)
  return each(reading, select, take)
}

/** Things between two looks at the time. */
const A_LOOK = 256

async function each<Thing>(
  { selector, turns, signal }: Reading,
  ask: Ask<Thing>,
  take: (thing: Thing) => void,
): Promise<void> {
  let count = 0
  for (const matchers of selector.matchers) {
    for (const thing of await ask(matchers, selector.startMs, selector.endMs)) {
      take(thing)
      if (++count % A_LOOK !== 0) continue
      if (signal?.aborted) throw canceled()
      if (turns.isOver) await turns.next()
    }
    if (signal?.aborted) throw canceled()
  }
}

function canceled(): PromqlError {
  return new PromqlError('canceled', 'query was canceled in label selection')
}

function tooMany(maxSeries: number): PromqlError {
  return new PromqlError('too_many_series', `the selection has more than ${maxSeries} series`)
}

function tooManySamples(maxSamples: number): PromqlError {
  return new PromqlError('too_many_samples', `the selection has more than ${maxSamples} samples`)
}
