/**
 * Batches of several agents for the tests that compare the store with a model: the n-th of a seed is always the same.
 * Rows that add up, late ones, polled readings in parts, read again or under an older term, events that come twice,
 * single values of which some were told before, and some that replace. Sums of all values are exact, in whatever order they are added.
 */
import type { NotifyEvent } from '../../../src/model/event.ts'
import type { PolledKind } from '../../../src/model/polled.ts'
import type { PropertyRow } from '../../../src/model/property.ts'
import type { SeriesSamples } from '../../../src/model/sample-batch.ts'
import type { ServerState } from '../../../src/model/server-state.ts'
import type { StatRow } from '../../../src/model/stat.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { STALE } from '../../../src/promql/index.ts'
import type { Batch, Window } from '../../../src/wire/batch.ts'
import { randomOf } from '../../wire/traffic.ts'
import { batch, event, stat, T0 } from './fixture.ts'

const AGENTS = 3
const WINDOW_MS = 10_000
const BUCKET_MS = 300_000
const MINUTE_MS = 60_000
const HOUR_MS = 3600_000
const SCRAPE_MS = 15_000
/** So many batches are about one time; then an hour passes. */
const BATCHES_OF_AN_HOUR = 12

type Random = () => number
type Rows = Pick<Window, 'stats' | 'properties'> & { readonly states?: readonly ServerState[] }

export type Sent = SentBatch | SentSamples

interface SentBatch {
  readonly batch: Batch
  readonly receivedAt: UnixMs
}

interface SentSamples {
  readonly samples: readonly SeriesSamples[]
  readonly replaces: boolean
  readonly receivedAt: UnixMs
}

export function isSamples(sent: Sent): sent is SentSamples {
  return 'samples' in sent
}

/** What is sent as number `n`, from 1. Of one agent numbers go up. */
export function sent(seed: number, n: number): Sent {
  const random = randomOf(seed * 1_000_003 + n)
  const now = nowAt(n)
  const agent = String(n % AGENTS).repeat(32)
  const id = { agent, epoch: '0123456789abcdef', seq: 1 + Math.floor(n / AGENTS) }
  const pair = Math.floor(n / 2)
  const isReading = randomOf(seed * 7_000_003 + pair)() < 0.25
  const receivedAt = now + 700
  if (!isReading && random() < 0.25) {
    return { samples: samples(now, random), replaces: random() < 0.4, receivedAt }
  }
  const parts = isReading
    ? { windows: [reading(seed, pair, random)], events: [] }
    : { windows: heard(now, random), events: events(now, random) }
  return { batch: batch(id, parts.windows, { events: parts.events }), receivedAt }
}

export function nowAt(n: number): UnixMs {
  return T0 + n * WINDOW_MS + Math.floor(n / BATCHES_OF_AN_HOUR) * HOUR_MS
}

function heard(now: UnixMs, random: Random): Window[] {
  const refused = random() < 0.04 ? (random() < 0.5 ? 27 * HOUR_MS : -30 * MINUTE_MS) : 0
  return Array.from({ length: 1 + pick(random, 2) }, () => ({
    endMs: now - refused - (refused === 0 ? lateness(random) : 0),
    lengthMs: WINDOW_MS,
    stats: some(random, 5, () => statRow(random, 3, WINDOW_MS)),
    properties: some(random, 3, () => propertyRow(random, WINDOW_MS)),
  })).sort((a, b) => a.endMs - b.endMs)
}

/** How late a window is: mostly not, some up to 2 h, some up to a day. */
function lateness(random: Random): number {
  const kind = random()
  if (kind < 0.7) return 0
  return WINDOW_MS * pick(random, kind < 0.85 ? 720 : 8640)
}

/** Two batches in a row are two parts of one reading, of one of the newest three spans. */
function reading(seed: number, pair: number, random: Random): Window {
  const shared = randomOf(seed * 9_000_011 + pair)
  const kind = (['stat', 'stat', 'property', 'registry'] as const)[pick(shared, 4)] ?? 'stat'
  const lengthMs = kind === 'registry' ? MINUTE_MS : BUCKET_MS
  const newest = Math.floor(nowAt(2 * pair) / lengthMs) * lengthMs
  const term = 1 + Math.floor(pair / 60) - (shared() < 0.1 && pair >= 60 ? 1 : 0)
  return {
    endMs: newest - lengthMs * pick(shared, 3),
    lengthMs,
    reading: { kind, feed: kind === 'registry' ? 'registry' : 'database', term, read: 1 + pair },
    ...polledRows(kind, random),
  }
}

function polledRows(kind: PolledKind, random: Random): Rows {
  return {
    stats: kind === 'stat' ? some(random, 5, () => statRow(random, 5, BUCKET_MS)) : [],
    properties: kind === 'property' ? some(random, 3, () => propertyRow(random, BUCKET_MS)) : [],
    ...(kind === 'registry' && { states: some(random, 4, () => state(random)) }),
  }
}

function statRow(random: Random, hosts: number, spanMs: number): StatRow {
  const calls = pick(random, 1000)
  return stat(
    {
      interface: `method${pick(random, 3)}`,
      callerIp: `10.0.0.${pick(random, hosts)}`,
      side: random() < 0.7 ? 'client' : 'server',
      spanMs,
    },
    {
      ...{ calls, timeouts: pick(random, 5), exceptions: pick(random, 5) },
      ...{ durationSumMs: calls * 8, durationMaxMs: pick(random, 5000) },
      buckets: Array.from({ length: 10 }, () => pick(random, 50)),
    },
  )
}

function propertyRow(random: Random, spanMs: number): PropertyRow {
  const policy = ['Max', 'Min', 'Sum', 'Count', 'Avg'][pick(random, 5)] ?? 'Sum'
  const key = { module: 'App.HelloServer', property: `queue-${policy}`, policy, set: '', le: '' }
  // Also such as a decimal does not hold; eighths add up exactly.
  const value =
    policy === 'Sum' ? pick(random, 999) / 8 : random() < 0.5 ? random() : pick(random, 99)
  const isSum = policy === 'Sum' || policy === 'Count'
  return {
    key: { ...key, ip: `10.0.0.${pick(random, 4)}`, spanMs },
    value: isSum ? Math.round(value * 8) / 8 : value,
  }
}

function state(random: Random): ServerState {
  const isNode = random() < 0.3
  return {
    module: isNode ? '' : `App.Server${pick(random, 3)}`,
    node: `10.0.0.${pick(random, 3)}`,
    set: '',
    wanted: isNode || random() < 0.8,
    present: random() < 0.8,
    endpoints: isNode ? 0 : pick(random, 3),
  }
}

/** Late ones at times of a coarse grid: so they meet what others told, and what is in blocks. */
function samples(now: UnixMs, random: Random): SeriesSamples[] {
  return Array.from({ length: 1 + pick(random, 4) }, () => {
    const kind = random()
    const late = kind < 0.6 ? 0 : kind < 0.95 ? lateness(random) : 26 * HOUR_MS
    const step = late === 0 ? SCRAPE_MS : HOUR_MS / 2
    const newest = Math.floor((now - late) / step) * step
    const times = Array.from({ length: 4 }, (_, at) => newest + (at - 3) * step)
    const own = times.filter(() => random() < 0.5)
    const name = pick(random, 2) === 0 ? 'up' : 'job:calls:rate5m'
    return {
      labels: { __name__: name, job: `App.Server${pick(random, 2)}` },
      times: Float64Array.from(own),
      values: Float64Array.from(own, () => (random() < 0.2 ? STALE : random() * 9)),
    }
  })
}

/** Some are heard, some read back, some both: those of ten batches have the same few texts. */
function events(now: UnixMs, random: Random): NotifyEvent[] {
  if (random() < 0.7) return []
  const text = `restart ${Math.floor(now / HOUR_MS)}-${pick(random, 3)}`
  const row = random() < 0.5 ? { row: 1 + Math.floor(now / HOUR_MS) * 3 + pick(random, 3) } : {}
  return [event({ at: now - 1 - pick(random, 9000), text, title: text.slice(0, 7), ...row })]
}

function some<Item>(random: Random, max: number, make: () => Item): Item[] {
  const made = Array.from({ length: pick(random, max + 1) }, make)
  const keys = made.map((item) => JSON.stringify(keyOf(item)))
  // A key comes once in a window.
  return made.filter((_, at) => keys.indexOf(keys[at] ?? '') === at)
}

function keyOf(item: unknown): unknown {
  if (typeof item !== 'object' || item === null) return item
  if ('key' in item) return item.key
  return 'module' in item && 'node' in item ? [item.module, item.node] : item
}

function pick(random: Random, count: number): number {
  return Math.floor(random() * count)
}
