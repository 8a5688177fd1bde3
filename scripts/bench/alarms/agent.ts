/** The agent: reports into its own windows, closed windows into batches, as the real one sends them. */
import { type ClosedWindow, DEFAULT_WINDOW, Windows } from '../../../src/agent/window/windows.ts'
import type { EventKind, EventLevel, NotifyEvent } from '../../../src/model/event.ts'
import type { StatKey, StatValues } from '../../../src/model/stat.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { encodeBatch } from '../../../src/wire/index.ts'
import type { Property } from './plant.ts'

type Place = Parameters<Windows['addStat']>[1]

/** From the end of a window until its batch has come to the cloud. */
export const DELIVERY_MS = 1_000
/** The real one packs more tightly, for the network. */
const ZSTD_LEVEL = 1

export class Agent {
  readonly #startedAt: UnixMs
  readonly #windows: Windows
  readonly #places = new Map<StatKey, Place>()
  #closed: ClosedWindow[] = []
  #events: NotifyEvent[] = []
  #seq = 0

  constructor(startedAt: UnixMs) {
    this.#startedAt = startedAt
    this.#windows = new Windows(DEFAULT_WINDOW, startedAt)
  }

  stat(at: UnixMs, key: StatKey, values: StatValues): void {
    let place = this.#places.get(key)
    if (!place) {
      place = { key, table: undefined, index: 0 }
      this.#places.set(key, place)
    }
    this.#windows.addStat(at, place, values)
  }

  property(at: UnixMs, { key }: Property, value: number): void {
    this.#windows.addProperty(at, { key, value })
  }

  event(at: UnixMs, event: { module: string; node: string; text: string } & Sort): void {
    const title = event.text.replace(/\d+/g, '#').slice(0, 120)
    this.#events.push({ ...event, at, set: '', title })
  }

  /** To be called at least once a minute. */
  close(at: UnixMs): void {
    this.#closed.push(...this.#windows.close(at).windows)
  }

  /** All that was closed since the last. */
  batch(at: UnixMs): Buffer {
    const [windows, events] = [this.#closed, this.#events]
    this.#closed = []
    this.#events = []
    const batch = {
      id: { agent: '1'.padStart(32, '0'), epoch: '1'.padStart(16, '0'), seq: ++this.#seq },
      agent: { host: '10.0.9.1', version: '0.1.0', startedAt: this.#startedAt },
      madeAt: at + DELIVERY_MS,
      ...{ windows, events, unknown: [] },
    }
    return encodeBatch(batch, { level: ZSTD_LEVEL })
  }
}

interface Sort {
  readonly level: EventLevel
  readonly kind: EventKind
}
