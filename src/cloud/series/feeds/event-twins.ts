/**
 * An event may come twice: heard from its sender, and read back from the framework's database, where the
 * framework (or our own forwarding) has put it. The first to come counts. A row of the database counts once.
 */
import { z } from 'zod'
import type { NotifyEvent } from '../../../model/event.ts'
import type { UnixMs } from '../../../model/time.ts'

/** Clocks of reporter, database and agent differ; forwarding takes a moment. */
const TWINS_WITHIN_MS = 120_000
const MAX_EVENTS = 20_000
const MAX_ROWS = 20_000
/** Databases cut long texts. */
const COMPARED_CHARS = 100
/** The framework's table is utf8mb3: of each of these it keeps a question mark. */
const BEYOND_UTF8MB3 = /[\u{10000}-\u{10ffff}]/gu

const seenSchema = z.object({ at: z.number(), node: z.string(), isRow: z.boolean() })
export const twinsSchema = z.object({
  waiting: z.array(z.tuple([z.string(), z.array(seenSchema)])),
  rows: z.array(z.tuple([z.string(), z.number()])),
  forgottenUntil: z.number(),
})

interface Seen {
  readonly at: UnixMs
  readonly node: string
  readonly isRow: boolean
}

export class EventTwins {
  /** Events that were there already. */
  repeated = 0
  /** Waiting for a twin, by module and text. */
  readonly #waiting = new Map<string, Seen[]>()
  #count = 0
  /** When each row happened. A table that was emptied begins anew at 1: what it tells is part of the key. */
  readonly #rows = new Map<string, UnixMs>()
  /** Rows until then are not taken any more: they were forgotten. */
  #forgottenUntil: UnixMs = 0

  /** Whether it counts. */
  admit(event: NotifyEvent): boolean {
    const { row } = event
    const key = `${event.module}\0${comparedOf(event.text)}`
    if (row !== undefined && !this.#admitRow(`${row}\0${key}`, event.at)) return this.#repeat()
    const waiting = this.#waiting.get(key) ?? []
    const twin = waiting.findIndex((seen) => areTwins(seen, event))
    if (twin >= 0) {
      waiting.splice(twin, 1)
      this.#count--
      if (waiting.length === 0) this.#waiting.delete(key)
      return this.#repeat()
    }
    waiting.push({ at: event.at, node: event.node, isRow: row !== undefined })
    this.#waiting.delete(key)
    this.#waiting.set(key, waiting)
    this.#count++
    this.#bound()
    return true
  }

  snapshot(): z.infer<typeof twinsSchema> {
    return {
      waiting: [...this.#waiting].map(([key, seen]) => [key, [...seen]] as [string, Seen[]]),
      rows: [...this.#rows],
      forgottenUntil: this.#forgottenUntil,
    }
  }

  /** Takes over what was stored. */
  restore({ waiting, rows, forgottenUntil }: z.infer<typeof twinsSchema>): void {
    for (const [key, seen] of waiting) {
      this.#waiting.set(key, seen)
      this.#count += seen.length
    }
    for (const [key, at] of rows) this.#rows.set(key, at)
    this.#forgottenUntil = forgottenUntil
  }

  #repeat(): false {
    this.repeated++
    return false
  }

  #admitRow(key: string, at: UnixMs): boolean {
    if (at <= this.#forgottenUntil || this.#rows.has(key)) return false
    this.#rows.set(key, at)
    if (this.#rows.size > MAX_ROWS) {
      const [oldest] = this.#rows
      if (oldest) this.#rows.delete(oldest[0])
      this.#forgottenUntil = Math.max(this.#forgottenUntil, oldest?.[1] ?? 0)
    }
    return true
  }

  #bound(): void {
    for (const [key, seen] of this.#waiting) {
      if (this.#count <= MAX_EVENTS) return
      this.#waiting.delete(key)
      this.#count -= seen.length
    }
  }
}

function comparedOf(text: string): string {
  return text
    .slice(0, 2 * COMPARED_CHARS)
    .replaceAll(BEYOND_UTF8MB3, '?')
    .slice(0, COMPARED_CHARS)
}

function areTwins(seen: Seen, event: NotifyEvent): boolean {
  if (seen.isRow === (event.row !== undefined)) return false
  if (Math.abs(seen.at - event.at) > TWINS_WITHIN_MS) return false
  return seen.node === event.node || seen.node === '' || event.node === ''
}
