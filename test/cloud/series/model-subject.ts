/** What is compared with the model: a store, or a port behind which there is one. */
import { SeriesFailure } from '../../../src/cloud/series/failure.ts'
import type { ReporterView } from '../../../src/cloud/series/feeds/reporters.ts'
import type { SeriesPort } from '../../../src/cloud/series/port.ts'
import { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import { sampleBatchOf } from '../../../src/model/sample-batch.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import type { Matcher, SeriesData } from '../../../src/promql/index.ts'
import { encodeBatch } from '../../../src/wire/index.ts'
import { ENVIRONMENT } from './fixture.ts'
import { isSamples, type Sent } from './model-traffic.ts'

export type Subject = SeriesStore | SeriesPort

/** What either can be asked. */
export interface Asked {
  progress(): Promise<{ readonly reached: UnixMs | undefined; readonly receivedAt: UnixMs }>
  newest(): Promise<UnixMs | undefined>
  reporters(): Promise<readonly ReporterView[]>
  /** The newest 50. */
  events(fromMs: UnixMs, toMs: UnixMs): Promise<readonly NotifyEvent[]>
  select(
    matchers: readonly Matcher[],
    startMs: UnixMs,
    endMs: UnixMs,
  ): Promise<readonly SeriesData[]>
}

export function asked(subject: Subject): Asked {
  return subject instanceof SeriesStore ? askedOfStore(subject) : askedOfPort(subject)
}

/** Appends; what became of it. @throws {SeriesFailure} unless it is refused because of its age. */
export async function offer(
  subject: Subject,
  sent: Sent,
): Promise<'samples' | 'applied' | 'repeat' | 'refused'> {
  const { receivedAt } = sent
  try {
    if (isSamples(sent)) {
      const batch = sampleBatchOf(sent.samples)
      const samples = sent.replaces ? { ...batch, replaces: true as const } : batch
      await subject.appendSamples(ENVIRONMENT, samples, receivedAt)
      return 'samples'
    }
    const { applied } =
      subject instanceof SeriesStore
        ? await subject.append(ENVIRONMENT, sent.batch, receivedAt)
        : await subject.append(ENVIRONMENT, encodeBatch(sent.batch), receivedAt)
    return applied ? 'applied' : 'repeat'
  } catch (error) {
    const isAge = error instanceof SeriesFailure && /^too-/.test(error.reason)
    if (!isAge) throw error
    return 'refused'
  }
}

function askedOfStore(store: SeriesStore): Asked {
  return {
    async progress() {
      const reached = store.reached(ENVIRONMENT)
      return { reached, receivedAt: store.lastReceived(ENVIRONMENT, reached ?? 0) }
    },
    newest: async () => store.newest(ENVIRONMENT),
    reporters: async () => store.reporters(ENVIRONMENT, 1000),
    events: async (fromMs, toMs) => store.events(ENVIRONMENT, {}, fromMs, toMs),
    select: async (...query) => store.source(ENVIRONMENT).select(...query),
  }
}

function askedOfPort(port: SeriesPort): Asked {
  return {
    async progress() {
      const [progress] = await port.environments()
      return progress ?? { reached: undefined, receivedAt: 0 }
    },
    newest: () => port.newest(ENVIRONMENT),
    reporters: () => port.reporters(ENVIRONMENT, 1000),
    events: async (fromMs, toMs) => (await port.events(ENVIRONMENT, [{}], fromMs, toMs))[0] ?? [],
    select: (matchers, startMs, endMs) =>
      port.select(ENVIRONMENT, { matchers: [matchers], startMs, endMs }),
  }
}
