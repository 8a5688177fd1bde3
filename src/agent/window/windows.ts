/**
 * The windows still open: rows go into the window of their arrival, closed windows come out in
 * order, also when empty. Windows are aligned to the clock.
 *
 * A late timer closes several windows at once and merges none. A clock set back by up to a window
 * is waited out; set back further, the open windows close as of the last window end, for what was ahead
 * of the clock would lie in the future, and alignment starts anew (what is reported twice for one
 * window end adds up in the cloud).
 */
import type { PropertyRow } from '../../model/property.ts'
import type { StatRow, StatValues } from '../../model/stat.ts'
import { type UnixMs, windowEnd } from '../../model/time.ts'
import { PropertyTable } from './property-table.ts'
import { type FoldLevel, type StatPlace, StatTable } from './stat-table.ts'

export interface WindowLimits {
  readonly lengthMs: number
  /** Most keys of a window, beyond which detail is folded. */
  readonly maxStatKeys: number
  readonly maxPropertyKeys: number
  /** Statistics are rolled up so far from the start; 0, full detail, by default. */
  readonly foldedTo?: FoldLevel
}

export const DEFAULT_WINDOW: WindowLimits = {
  lengthMs: 10_000,
  maxStatKeys: 20_000,
  maxPropertyKeys: 20_000,
}

export interface ClosedWindow {
  readonly endMs: UnixMs
  readonly lengthMs: number
  readonly stats: readonly StatRow[]
  readonly properties: readonly PropertyRow[]
}

export interface Closed {
  /** Oldest first. */
  readonly windows: readonly ClosedWindow[]
  /** The process was stopped, or the clock jumped, for longer than windows are given for. */
  readonly skipped?: { readonly fromMs: UnixMs; readonly toMs: UnixMs }
}

export interface WindowCounts {
  statRows: number
  propertyRows: number
  readonly stat: { folded: number; dropped: number }
  readonly property: { folded: number; dropped: number }
}

/** More empty windows at once than this are no late timer, but time in which nobody listened. */
const MAX_EMPTY_WINDOWS = 6

interface Open {
  readonly stats: StatTable
  readonly properties: PropertyTable
}

export class Windows {
  readonly counts: WindowCounts = {
    statRows: 0,
    propertyRows: 0,
    stat: { folded: 0, dropped: 0 },
    property: { folded: 0, dropped: 0 },
  }
  #limits: WindowLimits
  readonly #open = new Map<UnixMs, Open>()
  /** The window asked for last, and by what time: the rows of a packet have the same. */
  #lastAt = Number.NaN
  #last: Open | undefined
  /** End of the oldest window that is not closed. */
  #nextEndMs: UnixMs

  constructor(limits: WindowLimits, startMs: UnixMs) {
    this.#limits = limits
    this.#nextEndMs = windowEnd(startMs, limits.lengthMs)
  }

  /** When the next window closes. */
  get nextEndMs(): UnixMs {
    return this.#nextEndMs
  }

  /** For windows that open from now on. */
  adopt(budget: Omit<WindowLimits, 'lengthMs'>): void {
    this.#limits = { ...budget, lengthMs: this.#limits.lengthMs }
  }

  addStat(at: UnixMs, place: StatPlace, values: StatValues): void {
    this.counts.statRows++
    this.#windowOf(at).stats.add(place, values)
  }

  addProperty(at: UnixMs, row: PropertyRow): void {
    this.counts.propertyRows++
    this.#windowOf(at).properties.add(row)
  }

  /** All windows that ended until `at`. */
  close(at: UnixMs): Closed {
    const { lengthMs } = this.#limits
    if (at < this.#nextEndMs - 2 * lengthMs) return this.#realign(at)
    const ended = Math.floor((at - this.#nextEndMs) / lengthMs) + 1
    if (ended <= 0) return { windows: [] }
    if (ended <= MAX_EMPTY_WINDOWS) return { windows: this.#closeUntil(at) }
    const fromMs = this.#nextEndMs
    const windows = this.#closeOpen((endMs) => endMs <= at)
    this.#nextEndMs = windowEnd(at, lengthMs)
    return { windows, skipped: { fromMs, toMs: this.#nextEndMs - lengthMs } }
  }

  /** The present window, also when empty, and all else that is open: for a graceful end. */
  closeAll(): ClosedWindow[] {
    this.#windowOf(this.#nextEndMs - 1)
    return this.#closeOpen(() => true)
  }

  #closeUntil(at: UnixMs): ClosedWindow[] {
    const windows: ClosedWindow[] = []
    for (; this.#nextEndMs <= at; this.#nextEndMs += this.#limits.lengthMs) {
      windows.push(this.#take(this.#nextEndMs))
    }
    return windows
  }

  #closeOpen(wanted: (endMs: UnixMs) => boolean): ClosedWindow[] {
    const ends = [...this.#open.keys()].filter(wanted).sort((a, b) => a - b)
    return ends.map((endMs) => this.#take(endMs))
  }

  #realign(at: UnixMs): Closed {
    const { lengthMs } = this.#limits
    const windows = this.#closeOpen(() => true)
    this.#nextEndMs = windowEnd(at, lengthMs)
    const endMs = this.#nextEndMs - lengthMs
    return { windows: windows.map((window) => ({ ...window, endMs })) }
  }

  #windowOf(at: UnixMs): Open {
    if (at === this.#lastAt && this.#last) return this.#last
    this.#last = this.#windowUntil(at)
    this.#lastAt = at
    return this.#last
  }

  #windowUntil(at: UnixMs): Open {
    const endMs = Math.max(windowEnd(at, this.#limits.lengthMs), this.#nextEndMs)
    let open = this.#open.get(endMs)
    if (!open) {
      const { maxStatKeys, maxPropertyKeys, foldedTo } = this.#limits
      open = {
        stats: new StatTable(maxStatKeys, this.counts.stat, foldedTo),
        properties: new PropertyTable(maxPropertyKeys, this.counts.property),
      }
      this.#open.set(endMs, open)
    }
    return open
  }

  #take(endMs: UnixMs): ClosedWindow {
    const open = this.#open.get(endMs)
    this.#open.delete(endMs)
    this.#last = undefined
    return {
      endMs,
      lengthMs: this.#limits.lengthMs,
      stats: open?.stats.rows() ?? [],
      properties: open?.properties.rows() ?? [],
    }
  }
}
