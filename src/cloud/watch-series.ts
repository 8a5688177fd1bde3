/** What the cloud sees of itself, as series for the rules in `conf/watchdog.yaml`. They are stored nowhere. */
import type { Labels } from '../model/labels.ts'
import type { UnixMs } from '../model/time.ts'
import { compileMatchers, type Matcher, type SeriesData, type Source } from '../promql/index.ts'
import type { DrillStep } from './drill/drill.ts'
import { uncovered } from './notify/coverage.ts'
import type { Audience } from './notify/ports.ts'

/** Who does not take what is sent there. */
export interface FailingDoor {
  readonly channel: string
  /** Address of a contact, or name of a receiver. */
  readonly to: string
  readonly deliveries: number
}

/** Of one environment. */
export interface WatchedWorld {
  readonly environment: string
  /** Services that were called in this time, both ends included. */
  called(fromMs: UnixMs, toMs: UnixMs): Promise<readonly string[]>
  audience(): Promise<Audience>
  failing(at: UnixMs): Promise<readonly FailingDoor[]>
  /** Where the newest drill that ended since then stopped; undefined: it passed, or there was none. */
  drillFailedSince(since: UnixMs): Promise<DrillStep | undefined>
}

const MISSING_AFTER_MS = 15 * 60_000
/** Who had no traffic for longer is not waited for, and need not be covered. */
const EXPECTED_MS = 24 * 3_600_000
/** That a drill failed is told for so long. */
const DRILL_MS = 24 * 3_600_000

/** @param sinceMs Since when somebody listens: what should have come before is not missed. */
export function watchSource(world: WatchedWorld, at: UnixMs, sinceMs: UnixMs): Source {
  const found: Record<string, () => Promise<SeriesData[]>> = {
    async cloud_data_missing_seconds() {
      if (at - sinceMs < MISSING_AFTER_MS) return []
      const isThere = (await world.called(at - MISSING_AFTER_MS, at)).length > 0
      if (isThere || (await world.called(at - EXPECTED_MS, at)).length === 0) return []
      return [seriesOf('cloud_data_missing_seconds', {}, at, MISSING_AFTER_MS / 1000)]
    },
    async cloud_service_uncovered() {
      const services = await world.called(at - EXPECTED_MS, at)
      const { environment } = world
      const audience = await world.audience()
      return uncovered(services, { environment, audience, at }).map((called) => {
        const [app = ''] = called.split('.', 1)
        return seriesOf('cloud_service_uncovered', { app, called }, at, 1)
      })
    },
    async cloud_deliveries_failing() {
      return (await world.failing(at)).map(({ channel, to, deliveries }) =>
        seriesOf('cloud_deliveries_failing', { channel, to }, at, deliveries),
      )
    },
    async cloud_drill_failed() {
      const step = await world.drillFailedSince(at - DRILL_MS)
      return step ? [seriesOf('cloud_drill_failed', { step }, at, 1)] : []
    },
  }
  return { select: (matchers) => selected(found, matchers) }
}

async function selected(
  found: Readonly<Record<string, () => Promise<SeriesData[]>>>,
  matchers: readonly Matcher[],
): Promise<SeriesData[]> {
  const matches = compileMatchers(matchers)
  const isNamed = compileMatchers(matchers.filter(({ name }) => name === '__name__'))
  const wanted = Object.entries(found).filter(([name]) => isNamed({ __name__: name }))
  const series = await Promise.all(wanted.map(([, find]) => find()))
  return series.flat().filter(({ labels }) => matches(labels))
}

function seriesOf(name: string, labels: Labels, at: UnixMs, value: number): SeriesData {
  return { labels: { __name__: name, ...labels }, times: [at], values: [value] }
}
