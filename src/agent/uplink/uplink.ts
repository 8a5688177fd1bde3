/**
 * Hands batches to the cloud: the fresh as soon as they are there, beside them the backlog at a bounded
 * rate, each lane in order. While the key is wrong or missing, batches are kept and the cloud is asked
 * rarely.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { SpoolRecord } from '../spool/record.ts'
import type { Spooled, SpoolLane } from '../spool/spool.ts'
import type { CloudClient } from './cloud-client.ts'
import { type LaneEvents, LaneSender } from './lane-sender.ts'
import { Pace, type PaceLimits } from './pace.ts'
import type { BatchSource } from './ports.ts'
import { TroubleTeller, type UplinkTrouble } from './trouble-teller.ts'
import type { Answer } from './verdict.ts'

export type { UplinkTrouble } from './trouble-teller.ts'

export interface UplinkOptions {
  readonly source: BatchSource
  /** Undefined without a key: batches are kept, none is sent. */
  readonly client: CloudClient | undefined
  readonly clock: Clock
  readonly log: Log
  /** Keeps a batch that was refused for good; returns where. */
  readonly setAside: (record: SpoolRecord) => string
  /** What an operator should know, at most once a change. */
  readonly tell: (level: 'normal' | 'error', message: string) => void
  readonly backlogPace?: PaceLimits
}

export interface UplinkCounts {
  batchesOut: number
  bytesOut: number
  tries: number
  refused: number
  /** Of the last batch taken; 0 before. */
  lastSentAt: UnixMs
}

const BACKLOG_PACE: PaceLimits = { batchesPerSecond: 10, bytesPerSecond: 1024 * 1024 }

export class Uplink {
  readonly counts: UplinkCounts = {
    batchesOut: 0,
    bytesOut: 0,
    tries: 0,
    refused: 0,
    lastSentAt: 0,
  }
  readonly #options: UplinkOptions
  readonly #stopping = new AbortController()
  readonly #teller: TroubleTeller
  readonly #lanes: Readonly<Record<SpoolLane, LaneSender>>
  #client: CloudClient | undefined
  #running: Promise<unknown> | undefined
  #drained: (() => void)[] = []

  constructor(options: UplinkOptions) {
    const { clock, log, tell, source, client, backlogPace = BACKLOG_PACE } = options
    this.#options = options
    this.#client = client
    this.#teller = new TroubleTeller({ clock, log, tell })
    const common = {
      ...{ source, clock, signal: this.#stopping.signal, events: this.#events() },
      client: () => this.#client,
    }
    this.#lanes = {
      fresh: new LaneSender({ ...common, lane: 'fresh', isFlying: () => false }),
      backlog: new LaneSender({
        ...{ ...common, lane: 'backlog', pace: new Pace(backlogPace) },
        // A batch may have grown old under way.
        isFlying: (spooled) => this.#lanes.fresh.sends(spooled),
      }),
    }
    source.onChange(() => this.#wake())
  }

  get trouble(): UplinkTrouble | undefined {
    return this.#teller.trouble
  }

  /** The one in use. */
  get client(): CloudClient | undefined {
    return this.#client
  }

  start(): void {
    if (!this.#client) this.#lackKey()
    this.#running ??= Promise.all(Object.values(this.#lanes).map((lane) => lane.run()))
  }

  /** From now on this client, at once; batches under way with the one before are sent again. */
  async use(client: CloudClient | undefined): Promise<void> {
    const before = this.#client
    this.#client = client
    if (!client) this.#lackKey()
    await before?.close()
    if (this.#stopping.signal.aborted) await client?.close()
    for (const lane of Object.values(this.#lanes)) lane.wakeEarly()
  }

  /** Resolves when everything has been sent, or there is trouble. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained.push(resolve)
      this.#checkDrained()
    })
  }

  /** Gives up what is under way; it is sent again after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const lane of Object.values(this.#lanes)) lane.wakeEarly()
    await this.#running
    await this.#client?.close()
  }

  #events(): LaneEvents {
    return {
      tries: () => {
        this.counts.tries++
      },
      settled: (lane, spooled, act, answer) => {
        this.#settle(spooled, act, answer)
        this.#teller.leave(lane)
      },
      troubled: (lane, trouble, answer) => {
        this.#teller.enter(lane, trouble, answer)
        this.#checkDrained()
      },
      idle: (lane) => {
        if (this.#client) this.#teller.forget(lane)
        this.#checkDrained()
      },
      landed: () => this.#wake(),
    }
  }

  #settle(spooled: Spooled, act: 'ack' | 'set-aside', answer: Answer): void {
    const { source, log, clock } = this.#options
    const { entry, bytes } = spooled.record
    if (act === 'ack') {
      this.counts.batchesOut++
      this.counts.bytesOut += bytes.length
      this.counts.lastSentAt = clock.now()
    } else {
      this.counts.refused++
      const file = this.#setAside(spooled.record)
      log.error({ ...answer, batch: entry.id, file }, 'uplink: the cloud refused a batch for good')
    }
    source.ack(spooled)
  }

  /** Where it is kept; a full disk must not keep the other batches waiting. */
  #setAside(record: SpoolRecord): string {
    try {
      return this.#options.setAside(record)
    } catch (error) {
      return `not kept: ${messageOf(error)}`
    }
  }

  #lackKey(): void {
    for (const lane of ['fresh', 'backlog'] as const) this.#teller.enter(lane, 'no-key', undefined)
    this.#checkDrained()
  }

  #wake(): void {
    for (const lane of Object.values(this.#lanes)) lane.wake()
  }

  #checkDrained(): void {
    const isDone = (lane: SpoolLane) =>
      this.#teller.of(lane) !== undefined || this.#lanes[lane].isIdle
    if (!isDone('fresh') || !isDone('backlog')) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}
