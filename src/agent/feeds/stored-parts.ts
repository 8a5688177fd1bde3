/** What a feed of stored records reads, each kind with troubles and patience of its own: one that fails holds up no other. */
import type { FeedStatus } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'
import { backoffMs, isOver } from '../../support/backoff.ts'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'

/** What a reader tells of itself. */
export interface Progress {
  /** Rows or events handed on. */
  readonly records: number
  /** Newest instant handed on data for; 0 none. */
  readonly reachedMs: UnixMs
  /** What an operator should know; '' nothing. */
  readonly note: string
}

export interface PartPlan {
  readonly name: 'notify' | 'stat' | 'property'
  readonly isWanted: () => boolean
  readonly progress: Progress
  /** Whether there is more to read at once. Rejects: nothing was lost, the next round goes on there. */
  readonly round: (term: number) => Promise<boolean>
}

export interface PartsOptions {
  readonly parts: readonly PartPlan[]
  readonly clock: Clock
  readonly log: Log
  /** One sentence for the operator; may act upon the failure. */
  readonly failed: (error: unknown) => string
}

const PATIENCE = { baseMs: 5_000, maxMs: 60_000 }

interface Part extends PartPlan {
  /** '' when it went well. */
  trouble: string
  hasMore: boolean
  failures: number
  notBeforeMs: UnixMs
}

export class Parts {
  readonly #options: PartsOptions
  readonly #parts: readonly Part[]
  #isStopped = false

  constructor(options: PartsOptions) {
    const fresh = { trouble: 'not read yet', hasMore: false, failures: 0, notBeforeMs: 0 }
    this.#options = options
    this.#parts = options.parts.map((part) => ({ ...part, ...fresh }))
  }

  /** One round of all that is wanted and due. Never rejects. */
  async poll(term: number): Promise<void> {
    for (const part of this.#wanted()) {
      if (this.#isStopped) return
      const now = this.#options.clock.now()
      if (isOver(part.notBeforeMs, now, PATIENCE.maxMs)) await this.#round(part, term)
    }
  }

  status(): Omit<FeedStatus, 'feed'> {
    const progress = this.#parts.map((part) => part.progress)
    return {
      ...this.#state(),
      reachedMs: Math.max(...progress.map(({ reachedMs }) => reachedMs)),
      records: progress.reduce((sum, { records }) => sum + records, 0),
    }
  }

  /** What fails from now on is no news. */
  stop(): void {
    this.#isStopped = true
  }

  #wanted(): readonly Part[] {
    return this.#parts.filter(({ isWanted }) => isWanted())
  }

  #state(): Pick<FeedStatus, 'state' | 'why'> {
    const wanted = this.#wanted()
    const troubled = wanted.filter(({ trouble }) => trouble !== '')
    const whys = whysOf(troubled)
    whys.push(...wanted.map(({ progress }) => progress.note).filter((note) => note !== ''))
    if (wanted.some(({ hasMore }) => hasMore)) whys.push('there is more to read')
    if (whys.length === 0) return { state: 'ok', why: '' }
    return { state: troubled.length === wanted.length ? 'off' : 'behind', why: whys.join('; ') }
  }

  async #round(part: Part, term: number): Promise<void> {
    try {
      part.hasMore = await part.round(term)
      part.failures = 0
      this.#tell(part, '')
    } catch (error) {
      part.failures++
      part.notBeforeMs = this.#options.clock.now() + backoffMs(part.failures, PATIENCE)
      this.#tell(part, this.#options.failed(error))
    }
  }

  /** When it changes, not each time. */
  #tell(part: Part, trouble: string): void {
    if (part.trouble === trouble || this.#isStopped) return
    part.trouble = trouble
    const { log } = this.#options
    if (trouble === '') log.info({ part: part.name }, 'database: reads')
    else log.warn({ part: part.name, trouble }, 'database: cannot read')
  }
}

/** What several have in common is said once. */
function whysOf(troubled: readonly Part[]): string[] {
  return [...Map.groupBy(troubled, ({ trouble }) => trouble)].map(
    ([trouble, parts]) => `${parts.map(({ name }) => name).join(', ')}: ${trouble}`,
  )
}
