/**
 * What the store has to answer, by the plainest means: one map of numbers for each series, nothing on disk. Which
 * feed counts, which event is a twin and the watermark are the store's own pure parts, never restarted.
 */
import assert from 'node:assert/strict'
import { EventTwins } from '../../../src/cloud/series/feeds/event-twins.ts'
import { type ReporterId, Reporters } from '../../../src/cloud/series/feeds/reporters.ts'
import { Watermark } from '../../../src/cloud/series/feeds/watermark.ts'
import { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import type { SeriesSamples } from '../../../src/model/sample-batch.ts'
import type { StatRow } from '../../../src/model/stat.ts'
import { type UnixMs, windowEnd } from '../../../src/model/time.ts'
import type { Batch, Window } from '../../../src/wire/batch.ts'
import { ENVIRONMENT } from './fixture.ts'
import { rolled, rolledBy } from './model-hours.ts'
import { filtered, isAs, type Samples, same, samplesOf, textOf } from './model-samples.ts'
import { type Asked, asked, type Subject } from './model-subject.ts'
import {
  add,
  type Meet,
  present,
  propertyTold,
  stateTold,
  statTold,
  type Told,
} from './model-told.ts'
import { isSamples, type Sent } from './model-traffic.ts'

const HOUR_MS = 3600_000
/** Later than this is not taken; nor what is so far ahead. */
const TAKEN_MS = 25 * HOUR_MS
const AHEAD_MS = 600_000
const ALL = [{ name: '__name__', op: '=~', value: '.+' }] as const

interface Read {
  readonly term: number
  readonly read: number
  readonly series: Set<string>
}

const { max } = Math

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
  apply(sent: Sent): boolean {
    if (!isSamples(sent)) return this.#applyBatch(sent.batch, sent.receivedAt)
    this.#applySamples(sent.samples, sent.replaces)
    return true
  }

  #applyBatch(batch: Batch, receivedAt: UnixMs): boolean {
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

  #applySamples(batch: readonly SeriesSamples[], replaces: boolean): void {
    const meet: Meet = (old, value) => (replaces ? value : old)
    const oldestMs = this.newestMs - TAKEN_MS
    for (const { labels, times, values } of batch) {
      for (const [at, time] of times.entries()) {
        if (time < oldestMs) continue
        this.newestMs = max(this.newestMs, time)
        this.#put(time, [{ labels, value: values[at] as number, meet }])
      }
    }
  }

  /**
   * All that is answered is what is here. Resolves with the times up to which hours may have taken the place of
   * raw samples, by what is answered.
   * @throws {AssertionError}
   */
  async check(subject: Subject, retentionMs: number): Promise<UnixMs[]> {
    const ask = asked(subject)
    // The quick ones first: with other batches these differ mostly.
    const { reached = 0 } = this.#watermark
    const progress = await ask.progress()
    assert.equal(progress.reached ?? 0, reached)
    assert.equal(progress.receivedAt, this.#watermark.receivedAt(reached))
    assert.equal((await ask.newest()) ?? -Infinity, this.newestMs)
    const reporters = this.#reporters.list(1000).map((each) => JSON.stringify(each))
    const known = (await ask.reporters()).map((each) => JSON.stringify(each))
    assert.deepEqual(known.sort(), reporters.sort())
    const fromMs = this.newestMs - TAKEN_MS
    const events = this.#events.filter(({ at }) => at >= fromMs).sort((a, b) => a.at - b.at)
    assert.deepEqual(await ask.events(fromMs, this.newestMs + 1), events.slice(-50))
    const times = await this.#checkSamples(ask, retentionMs)
    await this.#checkParts(ask)
    if (subject instanceof SeriesStore) await this.#checkNow(subject)
    return times
  }

  async #checkSamples(ask: Asked, retentionMs: number): Promise<UnixMs[]> {
    const found = samplesOf(await ask.select(ALL, 0, this.newestMs + HOUR_MS), 0)
    const times = rolledBy(found, this.newestMs - retentionMs)
    const matching = times.filter((time) => isAs(found, rolled(this.#samples, time)))
    if (matching.length === 0) same(found, rolled(this.#samples, times[0] ?? -Infinity))
    return matching
  }

  /** Some matchers over some time. */
  async #checkParts(ask: Asked): Promise<void> {
    const calls = [{ name: '__name__', op: '=', value: 'tars_calls' } as const]
    const some = [...calls, { name: 'caller_ip', op: '=~', value: '10.0.0.[02]' } as const]
    const found = await ask.select(some, this.#middleMs, this.newestMs)
    const isSome = (series: string) => /"tars_calls".*"caller_ip":"10.0.0.[02]"/.test(series)
    const expected = filtered(this.#samples, isSome, this.#middleMs, this.newestMs)
    same(samplesOf(found, this.#middleMs, this.newestMs), expected)
  }

  /** Up to where data is complete; and what is polled is moved up to now. */
  async #checkNow(store: SeriesStore): Promise<void> {
    const { reached = 0 } = this.#watermark
    assert.equal(store.watermark(ENVIRONMENT, reached), this.#watermark.at(reached))
    if (this.#polledMs === -Infinity) return
    const polled = [...ALL, { name: 'span', op: '=', value: '5m' } as const]
    const isPolled = (series: string) => series.includes('"span":"5m"')
    const now = this.#polledMs + 60_000
    const fromMs = this.#middleMs + 60_000
    const found = await store.sourceAt(ENVIRONMENT, now).select(polled, fromMs, now)
    const expected = filtered(this.#samples, isPolled, this.#middleMs, this.#polledMs)
    same(samplesOf(found, fromMs, now, 60_000), expected)
  }

  /** Not as old as that hours could have taken the place of raw samples. */
  get #middleMs(): UnixMs {
    return this.newestMs - 15 * HOUR_MS
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

function statReporter({ key }: StatRow): ReporterId {
  const { side, caller, callerIp, callee, calleeIp } = key
  return side === 'client'
    ? { kind: side, module: caller, ip: callerIp }
    : { kind: side, module: callee, ip: calleeIp }
}
