/**
 * A minute as requests of Prometheus remote write 1.0, as a Prometheus would send them. Only value and time
 * differ from minute to minute: the rest of a request is made once, so that the sender costs little.
 */
import snappy from 'snappy'
import type { Labels } from '../../../src/model/labels.ts'
import type { Minute } from './data.ts'

const SAMPLES_OF_REQUEST = 2_000
export const REMOTE_WRITE_HEADERS = {
  'content-encoding': 'snappy',
  'content-type': 'application/x-protobuf',
  'x-prometheus-remote-write-version': '0.1.0',
} as const

/** A double and its tag, a tag and a time of six bytes: those of 2010 to 2100. */
const SAMPLE_BYTES = 1 + 8 + 1 + 6

interface Request {
  readonly bytes: Buffer
  /** Where the value of each series is. */
  readonly at: Uint32Array
  readonly from: number
}

/** Makes the requests of a minute; its samples are those of `labels`, in this order. */
export class RemoteWrite {
  readonly #requests: readonly Request[]

  constructor(labels: readonly Labels[]) {
    const count = Math.ceil(labels.length / SAMPLES_OF_REQUEST)
    this.#requests = Array.from({ length: count }, (_, part) => {
      const from = part * SAMPLES_OF_REQUEST
      return requestOf(labels.slice(from, from + SAMPLES_OF_REQUEST), from)
    })
  }

  *requests({ values, queues, endMs }: Minute): Generator<Buffer> {
    const time = varint(endMs)
    if (time.length !== 6) throw new RangeError(`a time of ${time.length} bytes`)
    for (const { bytes, at, from } of this.#requests) {
      for (const [index, offset] of at.entries()) {
        const sample = from + index
        const value = sample < values.length ? values[sample] : queues[sample - values.length]
        bytes.writeDoubleLE(value ?? 0, offset)
        time.copy(bytes, offset + 8 + 1)
      }
      yield snappy.compressSync(bytes)
    }
  }
}

function requestOf(labels: readonly Labels[], from: number): Request {
  const parts: Buffer[] = []
  const at = new Uint32Array(labels.length)
  let length = 0
  for (const [index, each] of labels.entries()) {
    const text = encodeLabels(each)
    const series = Buffer.concat([
      ...[text, Buffer.of(0x12), varint(SAMPLE_BYTES), Buffer.of(0x09), Buffer.alloc(8)],
      ...[Buffer.of(0x10), Buffer.alloc(6)],
    ])
    const part = field(0x0a, series)
    at[index] = length + part.length - 8 - 1 - 6
    length += part.length
    parts.push(part)
  }
  return { bytes: Buffer.concat(parts), at, from }
}

/** Sorted by name, as remote write wants them. */
function encodeLabels(labels: Labels): Buffer {
  const names = Object.keys(labels).sort()
  return Buffer.concat(
    names.map((name) => {
      const text = [Buffer.from(name), Buffer.from(labels[name] ?? '')] as const
      return field(0x0a, Buffer.concat([field(0x0a, text[0]), field(0x12, text[1])]))
    }),
  )
}

function field(tag: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}
