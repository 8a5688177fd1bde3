import type { NotifyEvent } from '../../../model/event.ts'
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'

/** Events of one answer: the newest. */
const ANSWER_EVENTS = 50
const NAMES = ['module', 'level', 'kind', 'node', 'set', 'title'] as const

/** The raw events of one environment in order of time, the newest `maxEvents`. */
export class EventHistory {
  readonly #maxEvents: number
  readonly #events: NotifyEvent[] = []
  /** Not stored yet, in the order they came. */
  #fresh: NotifyEvent[] = []
  /** Forgotten because there were too many. */
  dropped = 0

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents
  }

  add(event: NotifyEvent): void {
    this.#fresh.push(event)
    if (this.#fresh.length > this.#maxEvents) this.#fresh.shift()
    this.#put(event)
  }

  /** Those that came since the last time. */
  takeFresh(): readonly NotifyEvent[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }

  /** They could not be stored. */
  takeBack(events: readonly NotifyEvent[]): void {
    this.#fresh = [...events, ...this.#fresh].slice(-this.#maxEvents)
  }

  /** Takes over what was stored. */
  restore(events: readonly NotifyEvent[]): void {
    for (const event of events) this.#put(event)
  }

  #put(event: NotifyEvent): void {
    this.#events.splice(this.#find(event.at + 1), 0, event)
    if (this.#events.length <= this.#maxEvents) return
    this.#events.shift()
    this.dropped++
  }

  /** Of `[fromMs, toMs)`, with these labels where they name a field; oldest first, the newest 50. */
  select(labels: Labels, fromMs: UnixMs, toMs: UnixMs): NotifyEvent[] {
    const found: NotifyEvent[] = []
    for (let at = this.#find(toMs) - 1; at >= 0 && found.length < ANSWER_EVENTS; at--) {
      const event = this.#events[at]
      if (!event || event.at < fromMs) break
      const equal = NAMES.every(
        (name) => labels[name] === undefined || labels[name] === event[name],
      )
      if (equal) found.push(event)
    }
    return found.reverse()
  }

  dropBefore(time: UnixMs): void {
    this.#events.splice(0, this.#find(time))
  }

  /** The first event at or after `time`. */
  #find(time: UnixMs): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle]?.at ?? 0) < time) low = middle + 1
      else high = middle
    }
    return low
  }
}
