/**
 * The feed that needs no configuration: call statistics and properties as tarsstat and tarsproperty
 * keep them, polled from the framework's own `MonitorQuery` objects.
 */
import type { FeedStatus, PolledSpan } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import { backoffMs, isOver } from '../../support/backoff.ts'
import type { Clock } from '../../support/clock.ts'
import { Failure, messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { Framework } from './bucket.ts'
import type { PolledIntake, PollingFeed } from './polling-feed.ts'
import type { QueryPorts } from './query-ports.ts'
import { QueryReader, type ReadBucket, type ReaderCounts } from './query-reader.ts'
import type { Ask } from './query-request.ts'
import { propertyTable, type QueryKind, type QueryTable, statTable } from './query-table.ts'

export interface QueryFeedOptions {
  /** What is asked for; at least one of the two. */
  readonly ask: Partial<QueryPorts>
  readonly framework: () => Framework
  /** Of the framework's servers, an IANA name or `+08:00`; undefined: found out, on K8SFramework our own. */
  readonly timeZone: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly intake: PolledIntake
  /** Number of the next reading: another feed of this agent may read the same in turn. */
  readonly nextRead: () => number
  /** Of one bucket; 200,000 by default. */
  readonly maxRows?: number
}

const EVERY_MS = 10_000
const PATIENCE = { baseMs: EVERY_MS, maxMs: 120_000 }
/** More than this beyond three buckets is too old. */
const GRACE_MS = 120_000

/** One of the two objects, with troubles of its own. */
interface Part {
  readonly kind: QueryKind
  readonly lengthMs: () => number
  readonly reachedMs: () => UnixMs
  readonly counts: ReaderCounts
  readonly round: (term: number) => Promise<void>
  readonly handOnAgain: () => void
  readonly close: () => void
  /** A round has ended. */
  isAsked: boolean
  /** '' when the last round went well. */
  trouble: string
  failures: number
  notBeforeMs: UnixMs
}

const FRESH = { isAsked: false, trouble: '', failures: 0, notBeforeMs: 0 }

type Fares = Pick<FeedStatus, 'state' | 'why'>

export class QueryFeed implements PollingFeed {
  readonly name = 'query'
  readonly everyMs = EVERY_MS
  readonly #options: QueryFeedOptions
  readonly #parts: readonly Part[]
  #records = 0
  #term = 0
  #isClosed = false
  readonly #closed = Promise.withResolvers<void>()

  constructor(options: QueryFeedOptions) {
    this.#options = options
    const { stat, property } = options.ask
    const stats = stat && this.#part(statTable, stat, (rows) => ({ stats: rows, properties: [] }))
    const properties =
      property && this.#part(propertyTable, property, (rows) => ({ stats: [], properties: rows }))
    this.#parts = [stats, properties].filter((part) => part !== undefined)
  }

  /** Of both objects together. */
  get counts(): Readonly<ReaderCounts> {
    const total = { queries: 0, badRows: 0, droppedRows: 0 }
    for (const { counts } of this.#parts) {
      total.queries += counts.queries
      total.badRows += counts.badRows
      total.droppedRows += counts.droppedRows
    }
    return total
  }

  async poll(term: number): Promise<void> {
    if (term !== this.#term) for (const part of this.#parts) part.handOnAgain()
    this.#term = term
    const rounds = this.#parts.map((part) => this.#round(part, term))
    // An answer that nobody waits for any more is waited for in the background.
    await Promise.race([Promise.all(rounds), this.#closed.promise])
  }

  status(): FeedStatus {
    const reachedMs = Math.min(...this.#parts.map((part) => part.reachedMs()))
    const common = { feed: 'query', records: this.#records } as const
    const states = this.#parts.map((part) => this.#stateOf(part))
    const worst = WORST_FIRST.find((state) => states.some((each) => each.state === state)) ?? 'ok'
    const whys = states.flatMap(({ why }) => (why === '' ? [] : why))
    return { ...common, state: worst, why: [...new Set(whys)].join('; '), reachedMs }
  }

  /** Whether this was asked for and cannot be read here: then another feed should. */
  isOut(kind: QueryKind): boolean {
    const part = this.#parts.find((each) => each.kind === kind)
    return part === undefined || (part.isAsked && this.#stateOf(part).state === 'off')
  }

  /** Of a round under way nothing more is handed on. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const part of this.#parts) part.close()
    this.#closed.resolve()
  }

  #part<Row>(
    table: QueryTable<Row>,
    ask: Ask,
    rowsOf: (rows: readonly Row[]) => Pick<PolledSpan, 'stats' | 'properties'>,
  ): Part {
    const { kind } = table
    const { intake, nextRead } = this.#options
    const reader = new QueryReader(table, { ...this.#options, ask })
    const take = async (term: number, { endMs, lengthMs, rows }: ReadBucket<Row>) => {
      if (this.#isClosed) return
      const reading = { kind, feed: 'query', term, read: nextRead() } as const
      const span = { reading, endMs, lengthMs, states: [], ...rowsOf(rows) }
      await intake.span(span)
      this.#records += rows.length
    }
    return {
      kind,
      lengthMs: () => reader.lengthMs,
      reachedMs: () => reader.reachedMs,
      counts: reader.counts,
      round: (term) => reader.round((bucket) => take(term, bucket)),
      handOnAgain: () => reader.handOnAgain(),
      close: () => reader.close(),
      ...FRESH,
    }
  }

  async #round(part: Part, term: number): Promise<void> {
    const { clock } = this.#options
    if (this.#isClosed || !isOver(part.notBeforeMs, clock.now(), PATIENCE.maxMs)) return
    try {
      await part.round(term)
      part.failures = 0
      this.#tell(part, '')
    } catch (error) {
      part.failures++
      part.notBeforeMs = clock.now() + backoffMs(part.failures, PATIENCE)
      const isBug = !(error instanceof Failure)
      this.#tell(part, messageOf(error), isBug)
    }
    part.isAsked = true
  }

  /** When it changes, not each time. */
  #tell(part: Part, trouble: string, isBug = false): void {
    const { log } = this.#options
    if (trouble === part.trouble) return
    part.trouble = trouble
    const fields = { kind: part.kind, trouble }
    if (trouble === '') log.info(fields, 'query: works again')
    else log[isBug ? 'error' : 'warn'](fields, 'query: a round failed')
  }

  /** What was read lately is worth something, also when the last question was not answered. */
  #stateOf({ kind, trouble, isAsked, reachedMs, lengthMs }: Part): Fares {
    if (!isAsked) return { state: 'off', why: 'not read yet' }
    const lateMs = this.#options.clock.now() - reachedMs()
    const isLate = lateMs > 3 * lengthMs() + GRACE_MS
    if (trouble !== '') return { state: isLate ? 'off' : 'behind', why: `${kind}: ${trouble}` }
    if (!isLate) return { state: 'ok', why: '' }
    const what = reachedMs() === 0 ? 'has completed no bucket yet' : 'completes no more buckets'
    return { state: 'behind', why: `${kind}: the framework ${what}` }
  }
}

const WORST_FIRST = ['off', 'behind'] as const
