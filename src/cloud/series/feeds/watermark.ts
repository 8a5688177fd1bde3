import { z } from 'zod'
import { FEEDS, type FeedName } from '../../../model/polled.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Batch } from '../../../wire/batch.ts'

/** An agent that was silent for longer does not hold the others up. */
const HEARD_WITHIN_MS = 30_000
/** Nor does one whose windows arrive this late while those of others are in time: its clock is wrong. */
const LATE_MS = 600_000
/** A clock may be ahead by so much; of one that is more, what is to come would count as evaluated. */
const EARLY_MS = 10_000
/** When the clock is behind the last batch by more, it was set back: what it said before counts no more. */
const SET_BACK_MS = 3_600_000
/** Steps remembered: more than half an hour of 10 s windows from a dozen agents. */
const MAX_STEPS = 2_000
const MAX_AGENTS = 1_000

/** Steps stored: enough for what is evaluated late. */
const STORED_STEPS = 200

const heardSchema = z.object({ endMs: z.number(), receivedAt: z.number() })
export const watermarkSchema = z.object({
  agents: z.array(z.tuple([z.string(), heardSchema])),
  steps: z.array(heardSchema),
  feeds: z.array(z.tuple([z.enum(FEEDS), heardSchema])).default([]),
})

/** How far a feed ever came: the end of the newest window or bucket that any agent handed on. */
export interface FeedMark {
  readonly feed: FeedName
  readonly newestMs: UnixMs
  /** When that arrived. */
  readonly receivedAt: UnixMs
}

interface Sized {
  readonly length: number
}

/** What of a batch counts here. */
export interface HeardBatch {
  readonly id: Pick<Batch['id'], 'agent'>
  readonly windows: readonly (Pick<Batch['windows'][number], 'endMs' | 'reading'> & {
    readonly stats: Sized
    readonly properties: Sized
  })[]
  readonly events: readonly { readonly at: UnixMs }[]
}

interface Heard {
  endMs: UnixMs
  receivedAt: UnixMs
}

/** Up to where the data of an environment is complete: all agents heard lately have closed these windows. */
export class Watermark {
  readonly #agents = new Map<string, Heard>()
  /** When the watermark rose, and to where; oldest first. */
  readonly #steps: Heard[] = []
  readonly #feeds = new Map<FeedName, Heard>()
  #oldestMs: UnixMs | undefined

  /** Takes note of the windows of a batch; what was read back says nothing of what is heard. */
  heard({ id, windows, events }: HeardBatch, receivedAt: UnixMs): void {
    this.#noticeSetBack(receivedAt)
    for (const { endMs, reading } of windows) {
      this.#hand(reading?.feed ?? 'subscribe', Math.min(endMs, receivedAt + EARLY_MS), receivedAt)
    }
    this.#oldestMs = oldestOf({ windows, events }, this.#oldestMs)
    const newest = windows.reduce(
      (max, { endMs, reading }) => (reading ? max : Math.max(max, endMs)),
      0,
    )
    if (newest === 0) return
    const endMs = Math.min(newest, receivedAt + EARLY_MS)
    const before = this.#agents.get(id.agent)?.endMs ?? 0
    // The agent heard last is the last of the map.
    this.#agents.delete(id.agent)
    this.#agents.set(id.agent, { endMs: Math.max(before, endMs), receivedAt })
    const [longestSilent] = this.#agents.keys()
    if (this.#agents.size > MAX_AGENTS && longestSilent) this.#agents.delete(longestSilent)
    this.#rise(this.at(receivedAt) ?? 0, receivedAt)
  }

  /** The least of the newest window ends of the agents heard in the last 30 s; undefined when none was. */
  at(nowMs: UnixMs): UnixMs | undefined {
    let inTime: UnixMs | undefined
    let late: UnixMs | undefined
    for (const { endMs, receivedAt } of this.#agents.values()) {
      // Also when the clock was set back: "heard" in an hour is not heard now.
      if (Math.abs(nowMs - receivedAt) > HEARD_WITHIN_MS) continue
      if (receivedAt - endMs > LATE_MS) late = Math.min(late ?? endMs, endMs)
      else inTime = Math.min(inTime ?? endMs, endMs)
    }
    return inTime ?? late
  }

  /** How far it ever rose; undefined before the first window. Unlike `at` it does not depend on now. */
  get reached(): UnixMs | undefined {
    return this.#steps.at(-1)?.endMs
  }

  /** When the batch arrived that brought the watermark to `endMs`; else the newest one; 0 when there was none. */
  receivedAt(endMs: UnixMs): UnixMs {
    const step = this.#steps.find((candidate) => candidate.endMs >= endMs) ?? this.#steps.at(-1)
    return step?.receivedAt ?? 0
  }

  /** Each feed that ever handed something on. */
  get feeds(): FeedMark[] {
    return Array.from(this.#feeds, ([feed, { endMs, receivedAt }]) => {
      return { feed, newestMs: endMs, receivedAt }
    })
  }

  /** Of what was heard since it was asked last: the end of the oldest window with data, or the oldest event. */
  takeOldest(): UnixMs | undefined {
    const oldest = this.#oldestMs
    this.#oldestMs = undefined
    return oldest
  }

  snapshot(): z.infer<typeof watermarkSchema> {
    const steps = this.#steps.slice(-STORED_STEPS)
    return { agents: [...this.#agents], steps, feeds: [...this.#feeds] }
  }

  /** Takes over what was stored. */
  restore({ agents, steps, feeds }: z.infer<typeof watermarkSchema>): void {
    for (const [feed, heard] of feeds) this.#feeds.set(feed, heard)
    for (const [agent, heard] of agents) this.#agents.set(agent, heard)
    this.#steps.push(...steps)
  }

  #noticeSetBack(receivedAt: UnixMs): void {
    const last = this.#steps.at(-1)
    if (!last || last.receivedAt - receivedAt <= SET_BACK_MS) return
    this.#steps.length = 0
    this.#agents.clear()
    this.#feeds.clear()
  }

  #hand(feed: FeedName, endMs: UnixMs, receivedAt: UnixMs): void {
    if (endMs > (this.#feeds.get(feed)?.endMs ?? 0)) this.#feeds.set(feed, { endMs, receivedAt })
  }

  #rise(endMs: UnixMs, receivedAt: UnixMs): void {
    if (endMs <= (this.#steps.at(-1)?.endMs ?? 0)) return
    this.#steps.push({ endMs, receivedAt })
    if (this.#steps.length > MAX_STEPS) this.#steps.shift()
  }
}

/** Windows that tell of nothing do not count, nor what was read back: it is always of the past. */
function oldestOf(
  { windows, events }: Pick<HeardBatch, 'windows' | 'events'>,
  before: UnixMs | undefined,
): UnixMs | undefined {
  let oldest = before ?? Infinity
  for (const { endMs, reading, stats, properties } of windows) {
    if (!reading && stats.length + properties.length > 0) oldest = Math.min(oldest, endMs)
  }
  for (const { at } of events) oldest = Math.min(oldest, at)
  return oldest === Infinity ? undefined : oldest
}
