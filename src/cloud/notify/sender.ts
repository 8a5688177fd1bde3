import type { UnixMs } from '../../model/time.ts'
import { backoffMs } from '../../support/backoff.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { Rounds } from '../../support/rounds.ts'
import { Answers } from './answers.ts'
import { type AttemptOptions, attempt } from './attempt.ts'
import type { Channel } from './channels/channel.ts'
import { Doors } from './doors.ts'
import { countByDoor, Flights } from './flights.ts'
import { dealOut, doorOfLane, type Lane } from './lane.ts'
import type { Claim, Delivery, OutboxStore, Outcome, Result } from './ports.ts'

/** How long a claim is ours by the clock; longer than any try in real time, see `Channel.send`. */
const LEASE_MS = 60_000
/** What is due but not claimable (claimed by another process) is asked for again this much later. */
const LOOK_AGAIN_MS = 1_000
const STORE_RETRY = { baseMs: 1_000, maxMs: 60_000 }
/** A stop waits this long for what is being sent, then cuts it off: who stops us may kill after 10 s. */
const STOP_GRACE_MS = 3_000

export interface SenderOptions {
  readonly store: OutboxStore
  readonly clock: Clock
  readonly log: Log
  readonly channels: readonly Channel[]
  /** Tries at the same time, in all and at one door. */
  readonly concurrency: { readonly total: number; readonly perDoor: number }
  readonly onSent: (delivery: Delivery, at: number) => void
  /** Its channel says that nothing will arrive there until a person acts. */
  readonly onDisabled?: (delivery: Delivery, why: string) => void
}

export interface SenderCounters {
  readonly sent: number
  readonly failed: number
  readonly retried: number
  /** Of the sent: those that may have gone out more than once. */
  readonly maybeRepeated: number
}

/**
 * Sends what is due and stores the answers, those that came together at once. At least once: what was handed
 * over while the process died is sent again when its lease has run out, with the same id. Lanes take turns,
 * and a door in trouble is tried by one at a time.
 */
export class Sender {
  readonly #options: SenderOptions
  readonly #flights = new Flights()
  readonly #answers: Answers
  readonly #cut = new AbortController()
  readonly #counters = { sent: 0, failed: 0, retried: 0, maybeRepeated: 0 }
  readonly #doors: Doors
  readonly #attempts: AttemptOptions
  readonly #rounds: Rounds
  #stopped = false
  #storeFailures = 0
  #turn = 0

  constructor(options: SenderOptions) {
    this.#options = options
    this.#rounds = new Rounds(options.clock, () => this.#round())
    this.#answers = new Answers(options.clock, () => this.wake())
    this.#doors = new Doors(options.log, options.concurrency.perDoor)
    this.#attempts = {
      ...{ channels: options.channels, onDisabled: options.onDisabled, doors: this.#doors },
      ...{ now: () => this.#now(), signal: this.#cut.signal },
    }
  }

  get counters(): SenderCounters {
    return { ...this.#counters }
  }

  /** The last try to use the store failed. */
  get isFailing(): boolean {
    return this.#storeFailures > 0
  }

  /** Something may be due. */
  wake(): void {
    if (this.#stopped && this.#answers.size === 0) return
    this.#rounds.wake()
  }

  /** The clock was set back by so much: peers that want to be left alone are for as long as they said. */
  bringForward(byMs: number): void {
    this.#doors.bringForward(byMs)
  }

  /** Resolves when nothing is claimed or in flight. */
  async idle(): Promise<void> {
    while (this.#rounds.isRunning || this.#flights.size > 0) {
      await this.#rounds.idle()
      await this.#flights.landed()
    }
  }

  /** Claims no more; what is in flight ends or, after a grace, is cut off and waits for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.wake()
    const cancel = this.#options.clock.after(STOP_GRACE_MS, () => this.#cutOff())
    await this.idle()
    cancel()
    await this.#rounds.stop()
    for (const channel of this.#options.channels) channel.close()
  }

  /** An answer that the store does not take is lost: its delivery goes out again. */
  #cutOff(): void {
    this.#cut.abort()
    for (const { id } of this.#answers.drop()) this.#flights.land(id)
  }

  async #round(): Promise<void> {
    try {
      await this.#exchange()
      if (this.#storeFailures > 0) this.#options.log.info('the outbox works again')
      this.#storeFailures = 0
    } catch (error) {
      this.#putOff(error)
    }
  }

  #putOff(error: unknown): void {
    // Logged once: the tries that follow fail alike.
    if (this.#storeFailures++ === 0)
      this.#options.log.error({ error: messageOf(error) }, 'outbox failed, trying again')
    this.#answers.failed()
    this.#rounds.putOff(backoffMs(Math.min(this.#storeFailures, 20), STORE_RETRY))
  }

  /** Stores answers, however long it takes: a message that left must not leave again; and claims what is due. */
  async #exchange(): Promise<void> {
    const { store } = this.#options
    const results = this.#answers.take(this.#stopped)
    const lanes = this.#stopped ? [] : await store.lanes()
    const claim = this.#claimOf(lanes, results)
    const claimed = claim.shares.length > 0 ? await store.claim({ ...claim, results }) : []
    if (claim.shares.length === 0 && results.length > 0) await store.finish(results)
    this.#stored(results)
    for (const delivery of claimed) if (!this.#flights.has(delivery.id)) this.#begin(delivery)
    const again = results.flatMap(({ outcome }) =>
      outcome.state === 'waiting' ? outcome.dueAt : [],
    )
    if (!this.#stopped) this.#wakeAtNextDue(lanes, again, claimed.length)
  }

  #stored(results: readonly Result[]): void {
    this.#answers.stored(results)
    for (const { id, outcome } of results) {
      const delivery = this.#flights.land(id)
      if (delivery) this.#count(delivery, outcome)
    }
  }

  /** What there is room for when `results` are stored. */
  #claimOf(lanes: readonly Lane[], results: readonly Result[]): Claim {
    const now = this.#now()
    const due = lanes.filter(
      ({ lane, dueAt }) => dueAt <= now && this.#doors.opensAt(doorOfLane(lane)) <= now,
    )
    const flying = this.#flights.without(new Set(results.map(({ id }) => id)))
    const atDoors = countByDoor(flying)
    const first = this.#turn++ % Math.max(1, due.length)
    const inTurn = [...due.slice(first), ...due.slice(0, first)].map(({ lane }) => lane)
    const shares = dealOut(inTurn, {
      free: this.#options.concurrency.total - flying.length,
      atDoor: (door) => this.#doors.room(door) - (atDoors.get(door) ?? 0),
    })
    return { now, leaseMs: LEASE_MS, shares, except: flying.map(({ id }) => id) }
  }

  #begin(delivery: Delivery): void {
    this.#flights.begin(delivery)
    void attempt(delivery, this.#attempts).then((outcome) => {
      if (this.#cut.signal.aborted) void this.#storeCut(delivery.id, outcome)
      else this.#answers.add({ id: delivery.id, outcome }, this.#flights.size)
      if (this.#stopped) this.wake()
    })
  }

  /** Cut off at the stop: one try to give it back. */
  async #storeCut(id: Delivery['id'], outcome: Outcome): Promise<void> {
    await this.#options.store.finish([{ id, outcome }]).catch(() => {})
    this.#flights.land(id)
  }

  /** For what is not due yet; where there is no room, who is in flight there wakes us. */
  #wakeAtNextDue(lanes: readonly Lane[], again: readonly UnixMs[], claimed: number): void {
    const now = this.#now()
    const dues = lanes.map(({ lane, dueAt }) =>
      Math.max(dueAt, this.#doors.opensAt(doorOfLane(lane))),
    )
    const waits = dues.filter((dueAt) => dueAt > now)
    // What is due and cannot be claimed is in other hands, or was lost in ours.
    if (claimed === 0 && waits.length < dues.length) waits.push(now)
    const dueAt = Math.min(...waits, ...again)
    if (dueAt !== Infinity) this.#rounds.wakeAfter(Math.max(LOOK_AGAIN_MS, dueAt - now))
  }

  /** Whole milliseconds: a clock that runs faster shows fractions. */
  #now(): number {
    return Math.floor(this.#options.clock.now())
  }

  #count(delivery: Delivery, outcome: Outcome): void {
    if (outcome.state === 'waiting') this.#counters.retried++
    if (outcome.state === 'failed') this.#counters.failed++
    if (outcome.state !== 'sent') return
    this.#counters.sent++
    if (delivery.maybeRepeated) this.#counters.maybeRepeated++
    this.#options.onSent(delivery, outcome.at)
  }
}
