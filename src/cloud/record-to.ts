/** What rules write, through the port of the series. */
import { SampleBatchBuilder, wordsOf } from '../model/sample-batch.ts'
import { isStale } from '../promql/index.ts'
import type { Clock } from '../support/clock.ts'
import { Failure } from '../support/failure.ts'
import type { Record, Sample } from './rules/ports.ts'
import type { SeriesPort } from './series/port.ts'

/** Some of what a rule found was not stored. */
export class RecordFailure extends Failure<'too-old' | 'series-limit'> {}

/** Prometheus' stale marker, as words: on its way through variables it may have become another NaN. */
const STALE_WORDS = [2, 0x7ff0_0000] as const

export function recordTo(series: Pick<SeriesPort, 'appendSamples'>, clock: Clock): Record {
  return async (environment, at, samples, replaces = false) => {
    const batch = batchOf(at, samples)
    const given = replaces ? { ...batch, replaces } : batch
    const { refused } = await series.appendSamples(environment, given, clock.now())
    // As when the process died before the instant was saved: the first value stays.
    for (const { reason, count, first } of refused) {
      if (reason === 'duplicate') continue
      throw new RecordFailure(reason, `${count} of its samples are not stored: ${first}`)
    }
  }
}

function batchOf(at: number, samples: readonly Sample[]) {
  const builder = new SampleBatchBuilder()
  const words = wordsOf(Float64Array.from(samples, ({ value }) => value))
  for (const [row, { labels, value }] of samples.entries()) {
    const [low, high] = isStale(value) ? STALE_WORDS : [words[2 * row], words[2 * row + 1]]
    builder.sample(at, low as number, high as number)
    const names = Object.keys(labels).filter((name) => labels[name] !== '')
    builder.add(names.sort().map((name) => builder.label(name, labels[name] ?? '')))
  }
  return builder.finish()
}
