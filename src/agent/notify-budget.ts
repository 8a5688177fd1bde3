/** How often the operator is told, and of what. Pure. */
import type { UnixMs } from '../model/time.ts'

export type NewsLevel = 'normal' | 'warn' | 'error'

/** What a trouble is about; the next of the same kind says the same anew. */
export type TroubleKind = 'cloud' | 'disk' | 'drops' | 'config' | 'start'

export interface News {
  readonly level: NewsLevel
  readonly message: string
  /** With a kind, `normal` says that this trouble is over. Without: something told but once. */
  readonly kind?: TroubleKind | undefined
}

export interface NotifyLimits {
  /** At most one trouble of a kind in this time. */
  readonly perKindMs: number
  /** In all, in an hour. */
  readonly perHour: number
}

const DEFAULT_NOTIFY_LIMITS: NotifyLimits = { perKindMs: 600_000, perHour: 20 }

const HOUR_MS = 3_600_000

interface Kind {
  /** It was told, and not that it is over. */
  open: boolean
  toldAt: UnixMs
  /** The newest of what was held back while the trouble lasts. */
  held: News | undefined
}

/**
 * Lets news through at a bounded rate. What is held back is counted, and the next that goes out
 * says so. That a trouble is over is told once, if the trouble was: room for it is kept.
 */
export class NotifyBudget {
  readonly #limits: NotifyLimits
  readonly #kinds = new Map<TroubleKind, Kind>()
  /** When the last hour's went out; at most `perHour`. */
  #told: UnixMs[] = []
  #heldBack = 0

  constructor(limits = DEFAULT_NOTIFY_LIMITS) {
    this.#limits = limits
  }

  /** The news as it may be told now; undefined when it is held back. */
  offer(news: News, now: UnixMs): News | undefined {
    const { kind, level } = news
    if (kind === undefined)
      return this.#hasRoom(undefined, now) ? this.#tell(news, now) : this.#hold()
    const state = this.#stateOf(kind)
    if (level === 'normal') return this.#recover(news, state, now)
    if (this.#mayTell(kind, state, now)) return this.#tellTrouble(news, state, now)
    state.held = news
    return this.#hold()
  }

  /** Troubles that were held back, last until now and may be told. */
  due(now: UnixMs): News[] {
    return [...this.#kinds].flatMap(([kind, state]) => {
      const { held } = state
      if (!held || !this.#mayTell(kind, state, now)) return []
      this.#heldBack--
      return [this.#tellTrouble(held, state, now)]
    })
  }

  /** When to ask for what is due; undefined when nothing is held back. */
  get nextDueMs(): UnixMs | undefined {
    const times = [...this.#kinds.values()]
      .filter(({ held }) => held)
      .map(({ toldAt }) => toldAt + this.#limits.perKindMs)
    if (times.length === 0) return undefined
    const [first = 0] = this.#told
    const isFull = this.#told.length + this.#open() + 2 > this.#limits.perHour
    return Math.max(Math.min(...times), isFull ? first + HOUR_MS : 0)
  }

  #recover(news: News, state: Kind, now: UnixMs): News | undefined {
    state.held = undefined
    if (!state.open) return undefined
    state.open = false
    return this.#tell(news, now)
  }

  #mayTell(kind: TroubleKind, { toldAt }: Kind, now: UnixMs): boolean {
    return now - toldAt >= this.#limits.perKindMs && this.#hasRoom(kind, now)
  }

  #tellTrouble(news: News, state: Kind, now: UnixMs): News {
    state.open = true
    state.toldAt = now
    state.held = undefined
    return this.#tell(news, now)
  }

  #tell(news: News, now: UnixMs): News {
    this.#told.push(now)
    const others = this.#heldBack
    this.#heldBack = 0
    if (others === 0) return news
    return { ...news, message: `${news.message} (${others} more held back before this)` }
  }

  #hold(): undefined {
    this.#heldBack++
  }

  /** For this, and that each trouble told is over. */
  #hasRoom(kind: TroubleKind | undefined, now: UnixMs): boolean {
    this.#told = this.#told.filter((at) => now - at < HOUR_MS)
    const isOpen = kind !== undefined && this.#stateOf(kind).open
    const needed = kind === undefined || isOpen ? 1 : 2
    return this.#told.length + this.#open() + needed <= this.#limits.perHour
  }

  #open(): number {
    return [...this.#kinds.values()].filter(({ open }) => open).length
  }

  #stateOf(kind: TroubleKind): Kind {
    const known = this.#kinds.get(kind)
    if (known) return known
    const state = { open: false, toldAt: Number.NEGATIVE_INFINITY, held: undefined }
    this.#kinds.set(kind, state)
    return state
  }
}
