/**
 * Whether the agent's memory stays flat: ten times the load of a framework for ten minutes (`--minutes N`),
 * with nodes that go and come. The slope is that of a line through RSS once all that is kept has been kept.
 */
import { type Bench, check } from '../bench-checks.ts'
import { measureLoad, type Sample } from './agent/load.ts'

const RECORDS_A_MINUTE = 14_500
const SPEED = 10
const MINUTES = 10
const MINUTE_MS = 60_000
/** Tables, heap and code find their size in this share of the time. */
const WARM_SHARE = 0.4
const TOLD_EVERY_MS = 15_000

export const bench: Bench = async (note, { minutes = MINUTES }) => {
  if (!(minutes > 0)) throw new Error('--minutes: a number above 0 was expected')
  const forMs = minutes * MINUTE_MS
  const warmMs = WARM_SHARE * forMs
  note(`${SPEED} times ${RECORDS_A_MINUTE} records a minute, for ${forMs / MINUTE_MS} minutes`)
  let toldMs = 0
  const onSample = ({ atMs, rssMb, cpuSeconds }: Sample) => {
    if (atMs < toldMs + TOLD_EVERY_MS) return
    toldMs = atMs
    note(
      `${Math.round(atMs / 1_000)} s: ${Math.round(rssMb)} MB, ${cpuSeconds.toFixed(1)} s of CPU`,
    )
  }
  const options = { recordsAMinute: RECORDS_A_MINUTE, speed: SPEED, forMs, warmMs, onSample }
  const { samples, ...load } = await measureLoad(options)
  const slope = slopeOf(samples.filter(({ atMs }) => atMs >= warmMs)) * MINUTE_MS
  return {
    checks: [
      check('RSS under ten times the load, slope', slope, 'MB/min', '<= 1'),
      check('RSS above idle, highest', load.grownMb, 'MB', '<= 150'),
      check('records taken of those sent', (100 * load.taken) / load.sent, '%', '>= 99.9'),
    ],
    raw: { ...load, samples },
  }
}

/** MB a ms: least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
  const [meanMs, meanMb] = [mean(({ atMs }) => atMs), mean(({ rssMb }) => rssMb)]
  const covariance = mean(({ atMs, rssMb }) => (atMs - meanMs) * (rssMb - meanMb))
  return covariance / mean(({ atMs }) => (atMs - meanMs) ** 2)
}
