/** Who is compared: takes minutes and answers expressions, over HTTP on loopback. */
import { Pool } from 'undici'
import { labelsKey } from '../../../src/model/labels.ts'
import type { Minute } from './data.ts'

export type TargetName = 'ours' | 'ours by remote write' | 'prometheus' | 'victoria-metrics'

export interface Target {
  readonly name: TargetName
  readonly pid: number
  /** Of its data. */
  readonly folder: string
  /** Hands over a minute; resolves when all of it has been taken. */
  push(minute: Minute): Promise<void>
  query(expr: string, atMs: number): Promise<Answer>
  /** Writes what it has to disk and packs it there, as far as it can be told to. */
  pack?(): Promise<void>
}

/** An instant vector, and how long it took to come. */
export interface Answer {
  readonly ms: number
  /** By labels, see `labelsKey`. */
  readonly vector: ReadonlyMap<string, number>
}

/** A request was refused. */
export class TargetError extends Error {
  constructor(what: string, status: number, text: string) {
    super(`${what}: ${status} ${text.slice(0, 300)}`)
  }
}

const CONNECTIONS = 4
/** A target that is busy may answer late. */
const TIMEOUT_MS = 150_000
const MAX_TRIES = 50
const TRY_AGAIN_MS = 100

export class Http {
  readonly #pool: Pool
  readonly #headers: Readonly<Record<string, string>>

  constructor(origin: string, headers: Readonly<Record<string, string>> = {}) {
    const timeouts = { headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS }
    this.#pool = new Pool(origin, { connections: CONNECTIONS, ...timeouts })
    this.#headers = headers
  }

  /** Posts, again when it is told to be patient. @throws {TargetError} */
  async post(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { status, text } = await this.#send('POST', path, { headers, body })
      if (status < 300) return
      if (status !== 429 || tries > MAX_TRIES) throw new TargetError(path, status, text)
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS))
    }
  }

  /** @throws {TargetError} */
  async get(path: string): Promise<string> {
    const { status, text } = await this.#send('GET', path, {})
    if (status !== 200) throw new TargetError(path, status, text)
    return text
  }

  /** `/api/v1/query` below `prefix`. */
  async query(prefix: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
    const from = performance.now()
    const text = await this.get(`${prefix}/api/v1/query?${new URLSearchParams(parameters)}`)
    const ms = performance.now() - from
    return { ms, vector: vectorOf(text) }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    { headers, body }: { headers?: Readonly<Record<string, string>>; body?: Buffer },
  ): Promise<{ status: number; text: string }> {
    const answer = await this.#pool.request({
      ...{ method, path, headers: { ...this.#headers, ...headers } },
      ...(body && { body }),
    })
    return { status: answer.statusCode, text: await answer.body.text() }
  }
}

/** Runs `send` for each of what is sent, so many at a time. */
export async function inParallel<T>(
  all: Iterable<T>,
  atOnce: number,
  send: (each: T) => Promise<void>,
): Promise<void> {
  const iterator = all[Symbol.iterator]()
  const worker = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await send(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

interface Body {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>
      readonly value: readonly [number, string]
    }[]
  }
}

function vectorOf(text: string): Map<string, number> {
  const { result } = (JSON.parse(text) as Body).data
  return new Map(result.map(({ metric, value }) => [labelsKey(metric), Number(value[1])]))
}
