/**
 * What a flush stores beside its block, under the same number: what only the batches before it knew
 * (`000000000007.state`), and the raw events that came since the flush before (`….events`). They are written before
 * the block, and count from the moment it is there.
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { NotifyEvent } from '../../../model/event.ts'
import type { UnixMs } from '../../../model/time.ts'
import { decodeBatch, encodeBatch } from '../../../wire/index.ts'
import { replaceFile } from '../durable-file.ts'
import { appliedSchema } from '../feeds/applied.ts'
import { twinsSchema } from '../feeds/event-twins.ts'
import { readingsSchema } from '../feeds/readings.ts'
import { reportersSchema } from '../feeds/reporters.ts'
import { watermarkSchema } from '../feeds/watermark.ts'
import { FLUSH_FILE_NAME } from '../layout.ts'

export const flushStateSchema = z.object({
  /** The first segment of the log that is not in blocks. */
  log: z.number().int(),
  /** The newest row that is. */
  flushedMs: z.number(),
  /** The newest instant any batch told of. */
  newestMs: z.number(),
  windowMs: z.number(),
  applied: appliedSchema,
  watermark: watermarkSchema,
  reporters: reportersSchema,
  readings: readingsSchema,
  twins: twinsSchema,
})

export type FlushState = z.infer<typeof flushStateSchema>

type Kind = 'state' | 'events'

export class FlushFiles {
  readonly #folder: string
  /** Files of events, and the newest event of each. */
  readonly #events = new Map<number, UnixMs>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Removes files of flushes after `newest`, which have no block, and reads the others. `state` is undefined when
   * there is none, or when it is broken.
   */
  async open(newest: number): Promise<{
    readonly state: FlushState | undefined
    readonly events: readonly NotifyEvent[]
    readonly broken: number
  }> {
    const events: NotifyEvent[] = []
    let broken = 0
    for (const { number, kind } of await this.#list()) {
      if (number > newest || (kind === 'state' && number < newest)) {
        await rm(this.#path(number, kind), { force: true })
      } else if (kind === 'events') {
        const found = await this.#readEvents(number)
        if (found) events.push(...found)
        else broken++
      }
    }
    const state = newest > 0 ? await this.#readState(newest) : undefined
    if (newest > 0 && !state) broken++
    return { state, events, broken }
  }

  async write(number: number, state: FlushState, events: readonly NotifyEvent[]): Promise<void> {
    if (events.length > 0) {
      const bytes = encodeBatch({
        id: { agent: '0'.repeat(32), epoch: '0'.repeat(16), seq: number },
        agent: { host: '', version: '', startedAt: 0 },
        madeAt: 0,
        windows: [],
        events,
        unknown: [],
      })
      await replaceFile(this.#path(number, 'events'), bytes)
      this.#events.set(number, newestOf(events))
    }
    await replaceFile(this.#path(number, 'state'), JSON.stringify(state))
  }

  /** Forgets states before `number`, and events that are all before `timeMs`. */
  async dropBefore(number: number, timeMs: UnixMs): Promise<void> {
    await rm(this.#path(number - 1, 'state'), { force: true })
    for (const [file, newest] of this.#events) {
      if (newest >= timeMs) continue
      await rm(this.#path(file, 'events'), { force: true })
      this.#events.delete(file)
    }
  }

  async #readEvents(number: number): Promise<readonly NotifyEvent[] | undefined> {
    try {
      const { events } = decodeBatch(await readFile(this.#path(number, 'events')))
      this.#events.set(number, newestOf(events))
      return events
    } catch {
      return undefined
    }
  }

  async #readState(number: number): Promise<FlushState | undefined> {
    try {
      return flushStateSchema.parse(JSON.parse(await readFile(this.#path(number, 'state'), 'utf8')))
    } catch {
      return undefined
    }
  }

  async #list(): Promise<{ number: number; kind: Kind }[]> {
    return (await readdir(this.#folder)).flatMap((name) => {
      if (!FLUSH_FILE_NAME.test(name)) return []
      const kind = name.endsWith('.state') ? 'state' : 'events'
      return [{ number: Number(name.slice(0, 12)), kind }]
    })
  }

  #path(number: number, kind: Kind): string {
    return join(this.#folder, `${String(number).padStart(12, '0')}.${kind}`)
  }
}

function newestOf(events: readonly NotifyEvent[]): UnixMs {
  return events.reduce((newest, { at }) => Math.max(newest, at), -Infinity)
}
