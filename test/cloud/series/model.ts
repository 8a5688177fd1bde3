/**
 * What the store has to answer, by the plainest means: one map of numbers for each series, nothing on disk. Which
 * feed counts, which event is a twin and the watermark are the store's own pure parts, never restarted.
 */
import assert from 'node:assert/strict'
import { EventTwins } from '../../../src/cloud/series/event-twins.ts'
import { SeriesFailure } from '../../../src/cloud/series/failure.ts'
import { type ReporterId, Reporters } from '../../../src/cloud/series/reporters.ts'
import type { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import { Watermark } from '../../../src/cloud/series/watermark.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import type { Labels } from '../../../src/model/labels.ts'
import type { PropertyRow } from '../../../src/model/property.ts'
import type { ServerState } from '../../../src/model/server-state.ts'
import { LATENCY_BOUNDS_MS, type StatRow } from '../../../src/model/stat.ts'
import { type UnixMs, windowEnd } from '../../../src/model/time.ts'
import type { SeriesData } from '../../../src/promql/index.ts'
import type { Window } from '../../../src/wire/batch.ts'
import { ENVIRONMENT } from './fixture.ts'
import type { Sent } from './model-traffic.ts'

const HOUR_MS = 3600_000
/** Later than this is not taken; nor what is so far ahead. */
const TAKEN_MS = 25 * HOUR_MS
const AHEAD_MS = 600_000
const ALL = [{ name: '__name__', op: '=~', value: '.+' }] as const

/** What one row says of one series. */
interface Told {
  readonly labels: Labels
  readonly value: number
  readonly meet: (old: number, value: number) => number
}

/** By labels as text, then by time. */
type Samples = Map<string, Map<UnixMs, number>>

interface Read {
  readonly term: number
  readonly read: number
  readonly series: Set<string>
}

const add = (old: number, value: number) => old + value
const { max, min } = Math

export class SeriesModel {
  newestMs = -Infinity
  readonly #samples: Samples = new Map()
  readonly #reporters = new Reporters()
  readonly #twins = new EventTwins()
  readonly #watermark = new Watermark()
  readonly #events: NotifyEvent[] = []
  readonly #terms = new Map<string, number>()
  readonly #reads = new Map<string, Read>()
  #polledMs = -Infinity
  #windowMs = 10_000

  /** Whether the store takes it; what it does not take is not applied. */
  apply({ batch, receivedAt }: Sent): boolean {
    const { id, windows, events } = batch
    const times = [...windows.map(({ endMs }) => endMs), ...events.map(({ at }) => at)]
    const newest = max(...times)
    if (newest < this.newestMs - TAKEN_MS || newest > receivedAt + AHEAD_MS) return false
    this.newestMs = max(this.newestMs, newest)
    const isTaken = (at: UnixMs) => at >= this.newestMs - TAKEN_MS
    for (const window of windows) if (isTaken(window.endMs)) this.#applyWindow(window)
    this.#windowMs = windows.find(({ reading }) => !reading)?.lengthMs ?? this.#windowMs
    for (const event of events) if (isTaken(event.at)) this.#applyEvent(event)
    for (const { endMs, reading } of windows) {
      if (reading) continue
      const labels = { __name__: 'tars_agent_window_lag_seconds', agent: id.agent }
      const value = max(0, receivedAt - endMs) / 1000
      this.#put(endMs, [{ labels, value, meet: max }])
    }
    this.#watermark.heard(batch, receivedAt)
    return true
  }

  /** All that the store answers is what is here, from `fromMs` on. @throws {AssertionError} */
  async check(store: SeriesStore, fromMs: UnixMs): Promise<void> {
    // The quick ones first: with other batches these differ mostly.
    const { reached = 0 } = this.#watermark
    assert.equal(store.reached(ENVIRONMENT) ?? 0, reached)
    assert.equal(store.lastReceived(ENVIRONMENT, reached), this.#watermark.receivedAt(reached))
    assert.equal(store.watermark(ENVIRONMENT, reached), this.#watermark.at(reached))
    const reporters = this.#reporters.list(1000).map((each) => JSON.stringify(each))
    const known = store.reporters(ENVIRONMENT, 1000).map((each) => JSON.stringify(each))
    assert.deepEqual(known.sort(), reporters.sort())
    const events = this.#events.filter(({ at }) => at >= fromMs).sort((a, b) => a.at - b.at)
    const told = store.events(ENVIRONMENT, {}, fromMs, this.newestMs + 1)
    assert.deepEqual(told, events.slice(-50))
    const found = await store.source(ENVIRONMENT).select(ALL, fromMs, this.newestMs + HOUR_MS)
    same(
      samplesOf(found, fromMs),
      filtered(this.#samples, () => true, fromMs, Infinity),
    )
    await this.#checkParts(store, fromMs)
  }

  /** What is polled is moved up to now; and some matchers over some time. */
  async #checkParts(store: SeriesStore, fromMs: UnixMs): Promise<void> {
    const polled = [...ALL, { name: 'span', op: '=', value: '5m' } as const]
    const middle = Math.floor((max(fromMs, this.newestMs - 30 * HOUR_MS) + this.newestMs) / 2)
    const isPolled = (series: string) => series.includes('"span":"5m"')
    if (this.#polledMs > -Infinity) {
      const now = this.#polledMs + 60_000
      const found = await store.sourceAt(ENVIRONMENT, now).select(polled, middle + 60_000, now)
      const moved = samplesOf(found, middle + 60_000, now, 60_000)
      const expected = filtered(this.#samples, isPolled, middle, this.#polledMs)
      same(moved, expected)
    }
    const calls = [{ name: '__name__', op: '=', value: 'tars_calls' } as const]
    const some = [...calls, { name: 'caller_ip', op: '=~', value: '10.0.0.[02]' } as const]
    const found = await store.source(ENVIRONMENT).select(some, middle, this.newestMs)
    const isSome = (series: string) => /"tars_calls".*"caller_ip":"10.0.0.[02]"/.test(series)
    const expected = filtered(this.#samples, isSome, middle, this.newestMs)
    same(samplesOf(found, middle, this.newestMs), expected)
  }

  #applyWindow(window: Window): void {
    const { endMs, lengthMs, reading, stats, properties, states = [] } = window
    const span = { fromMs: endMs - lengthMs, toMs: endMs }
    const read = reading && this.#begin(window)
    if (reading && !read) return
    const rows = [
      ...stats.map((row) => ({
        id: statReporter(row),
        spanMs: row.key.spanMs,
        told: statTold(row),
      })),
      ...properties.map((row) => ({
        id: { kind: 'property' as const, module: row.key.module, ip: row.key.ip },
        spanMs: row.key.spanMs,
        told: propertyTold(row),
      })),
    ]
    for (const { id, spanMs, told } of rows) {
      const counts = read
        ? this.#reporters.polled(id, span)
        : this.#reporters.heard(id, span, spanMs)
      if (counts) this.#put(endMs, told, read?.series)
    }
    for (const state of states) this.#put(endMs, stateTold(state), read?.series)
  }

  /** What a newer reading of the same span replaces is gone; undefined: it is an older one. */
  #begin({ reading, endMs }: Window): Read | undefined {
    if (!reading) return undefined
    const { kind, term, read } = reading
    if (term < (this.#terms.get(kind) ?? 0)) return undefined
    this.#terms.set(kind, term)
    const known = this.#reads.get(`${kind} ${endMs}`)
    if (known && (term < known.term || (term === known.term && read < known.read))) return undefined
    if (kind === 'stat') this.#polledMs = max(this.#polledMs, endMs)
    if (known?.term === term && known.read === read) return known
    for (const series of known?.series ?? []) this.#samples.get(series)?.delete(endMs)
    const begun = { term, read, series: new Set<string>() }
    this.#reads.set(`${kind} ${endMs}`, begun)
    return begun
  }

  #applyEvent(event: NotifyEvent): void {
    if (!this.#twins.admit(event)) return
    this.#events.push(event)
    const { module, level, kind, node, set, title } = event
    const names = { module, level, kind, node, set, title }
    const labels = present({ __name__: 'tars_notify_events', ...names })
    this.#put(windowEnd(event.at, this.#windowMs), [{ labels, value: 1, meet: add }])
  }

  /** `read`: the series of the reading; what is there is replaced. */
  #put(time: UnixMs, told: readonly Told[], read?: Set<string>): void {
    for (const { labels, value, meet } of told) {
      const series = textOf(labels)
      const samples = this.#samples.get(series) ?? new Map<UnixMs, number>()
      this.#samples.set(series, samples)
      const old = samples.get(time)
      samples.set(time, read || old === undefined ? value : meet(old, value))
      read?.add(series)
    }
  }
}

/** The numbers `k` of those in flight from which on all is as in a model that has taken `1 … k`; those are applied. */
export async function matching(
  model: SeriesModel,
  store: SeriesStore,
  flying: readonly Sent[],
  fromMs: () => UnixMs,
): Promise<number[]> {
  const matches: number[] = []
  const failures: string[] = []
  for (let taken = 0; taken <= flying.length; taken++) {
    const last = flying[taken - 1]
    if (last) model.apply(last)
    try {
      await model.check(store, fromMs())
      matches.push(taken)
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error
      failures.push(`with ${taken} of those in flight: ${error.message}`)
    }
  }
  assert.ok(matches.length > 0, failures.join('\n'))
  return matches
}

/** Appends; false when the store does not take it because of its age. */
export async function offer(store: SeriesStore, { batch, receivedAt }: Sent): Promise<string> {
  try {
    const { applied } = await store.append(ENVIRONMENT, batch, receivedAt)
    return applied ? 'applied' : 'repeat'
  } catch (error) {
    const isAge = error instanceof SeriesFailure && /^too-/.test(error.reason)
    if (!isAge) throw error
    return 'refused'
  }
}

function statReporter({ key }: StatRow): ReporterId {
  const { side, caller, callerIp, callee, calleeIp } = key
  return side === 'client'
    ? { kind: side, module: caller, ip: callerIp }
    : { kind: side, module: callee, ip: calleeIp }
}

function statTold({ key, values }: StatRow): Told[] {
  const { callee, caller, set, version, side, spanMs } = key
  const own = {
    ...{ callee, interface: key.interface, caller, set, version, side },
    ...{ callee_ip: key.calleeIp, callee_port: String(key.calleePort), caller_ip: key.callerIp },
    ...{ return_code: String(key.returnCode), span: spanMs === 300_000 ? '5m' : '10s' },
  }
  const told = (name: string, value: number, meet = add, extra = {}): Told => {
    return { labels: present({ __name__: name, ...own, ...extra }), value, meet }
  }
  const bounds = [...LATENCY_BOUNDS_MS.map(String), '+Inf']
  return [
    told('tars_calls', values.calls),
    told('tars_timeouts', values.timeouts),
    told('tars_exceptions', values.exceptions),
    told('tars_duration_ms_sum', values.durationSumMs),
    told('tars_duration_ms_max', values.durationMaxMs, max),
    ...bounds.map((le, at) => {
      const count = values.buckets.slice(0, at + 1).reduce(add, 0)
      return told('tars_duration_ms_bucket', count, add, { le })
    }),
  ]
}

function propertyTold({ key, value }: PropertyRow): Told[] {
  const { module, property, policy, ip, set, le, spanMs } = key
  const span = spanMs === 300_000 ? '5m' : '10s'
  const labels = present({ __name__: 'tars_property', module, property, policy, ip, set, le, span })
  const meet = policy === 'Min' ? min : policy === 'Max' || policy === 'Avg' ? max : add
  return [{ labels, value, meet }]
}

function stateTold({
  module,
  node,
  set,
  wanted,
  present: isThere,
  endpoints,
}: ServerState): Told[] {
  const told = (name: string, value: number): Told => {
    return { labels: present({ __name__: name, module, node, set }), value, meet: max }
  }
  if (module === '') return [told('tars_node_present', Number(isThere))]
  return [
    told('tars_server_wanted', Number(wanted)),
    told('tars_server_present', Number(isThere)),
    told('tars_server_endpoints', endpoints),
  ]
}

function present(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))
}

function textOf(labels: Labels): string {
  return JSON.stringify(Object.fromEntries(Object.entries(labels).sort()))
}

/** `movedMs`: times are so much later than they were. */
function samplesOf(
  found: readonly SeriesData[],
  fromMs: UnixMs,
  toMs = Infinity,
  movedMs = 0,
): Samples {
  const samples: Samples = new Map()
  for (const { labels, times, values } of found) {
    const rows = Array.from(times, (time, at) => [time, values[at] ?? NaN] as const)
    const within = rows.filter(([time]) => time >= fromMs && time <= toMs)
    assert.ok(!samples.has(textOf(labels)), `twice: ${textOf(labels)}`)
    const isAscending = rows.every(([time], at) => at === 0 || time > (rows[at - 1]?.[0] ?? 0))
    assert.ok(isAscending, `times of ${textOf(labels)}`)
    if (within.length === 0) continue
    samples.set(textOf(labels), new Map(within.map(([time, value]) => [time - movedMs, value])))
  }
  return samples
}

function filtered(
  samples: Samples,
  isWanted: (series: string) => boolean,
  fromMs: UnixMs,
  toMs: UnixMs,
): Samples {
  const found: Samples = new Map()
  for (const [series, all] of samples) {
    if (!isWanted(series)) continue
    const rows = [...all].filter(([time]) => time >= fromMs && time <= toMs)
    if (rows.length > 0) found.set(series, new Map(rows))
  }
  return found
}

/** Says the first differences, not all. */
function same(found: Samples, expected: Samples): void {
  const differences: string[] = []
  for (const series of new Set([...expected.keys(), ...found.keys()])) {
    const [is, should] = [found.get(series), expected.get(series)]
    for (const time of new Set([...(should?.keys() ?? []), ...(is?.keys() ?? [])])) {
      if (Object.is(is?.get(time), should?.get(time))) continue
      differences.push(`${series} at ${time}: ${is?.get(time)}, not ${should?.get(time)}`)
      if (differences.length > 5) break
    }
  }
  assert.ok(differences.length === 0, differences.slice(0, 5).join('\n'))
}
