/** Answers as Prometheus wraps them. */
import { Readable } from 'node:stream'
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

/** A text when it is small; else a stream that makes the next piece when the last has been taken. */
export function bodyOf(json: Json): string | Readable {
  const pieces = inChunks(json)
  const first = pieces.next()
  if (first.done) return ''
  const second = pieces.next()
  if (second.done) return first.value
  return Readable.from(
    (function* () {
      yield first.value
      yield second.value
      yield* pieces
    })(),
    { objectMode: false, highWaterMark: WHOLE_CHARS },
  )
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
