/** Answers as Prometheus wraps them. */
import { pipeline, Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import type { Answer } from './call.ts'
import type { DoorFailure } from './door-failure.ts'
import type { Json } from './json.ts'

/** What is larger is written while it is read. */
const WHOLE_CHARS = 64 * 1024

export function* successJson({ data, warnings = [], infos = [] }: Answer): Json {
  yield '{"status":"success","data":'
  yield* data
  if (warnings.length > 0) yield `,"warnings":${JSON.stringify(warnings)}`
  if (infos.length > 0) yield `,"infos":${JSON.stringify(infos)}`
  yield '}'
}

export function failureJson({ reason, message }: DoorFailure): string {
  return JSON.stringify({ status: 'error', errorType: reason, error: message })
}

export interface Body {
  /** A text when it is small; else a stream that makes the next piece when the last has been taken. */
  readonly content: string | Readable
  readonly encoding?: 'gzip'
}

export function bodyOf(json: Json, acceptEncoding = ''): Body {
  const chunks = inChunks(json)
  const first = chunks.next()
  if (first.done) return { content: '' }
  const second = chunks.next()
  if (second.done) return { content: first.value }
  const stream = Readable.from(paced([first.value, second.value], chunks), { objectMode: false })
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(acceptEncoding)) return { content: stream }
  // Who hangs up ends both; nobody is left to be told.
  return { content: pipeline(stream, createGzip({ level: 1 }), () => {}), encoding: 'gzip' }
}

/** Between chunks others have their turn: a fast reader would keep the event loop to itself. */
async function* paced(begun: readonly string[], rest: Iterable<string>): AsyncIterable<string> {
  yield* begun
  for (const chunk of rest) {
    await setImmediate()
    yield chunk
  }
}

function* inChunks(json: Json): Generator<string, undefined> {
  let chunk = ''
  for (const piece of json) {
    chunk += piece
    if (chunk.length < WHOLE_CHARS) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
  return undefined
}
