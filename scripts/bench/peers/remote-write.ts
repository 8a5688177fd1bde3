/**
 * The same records as Prometheus remote write carries them: a series a metric, as the cloud names them.
 * Only what must be there: no metadata, nothing for a value of 0, all in one request.
 */
import { statLabels } from '../../../src/cloud/series/memory/metrics.ts'
import type { StatRow, StatValues } from '../../../src/model/stat.ts'
import { statSeries } from '../series/metrics.ts'

interface Sample {
  /** By name, as remote write wants it. */
  readonly labels: readonly (readonly [name: string, value: string])[]
  readonly value: number
}

/** `prometheus.WriteRequest`. */
export function remoteWrite1(rows: readonly StatRow[], at: number): Buffer {
  return message((request) => {
    for (const { labels, value } of samplesOf(rows)) {
      request.inner(1, (series) => {
        for (const [name, text] of labels) {
          series.inner(1, (label) => {
            label.text(1, name)
            label.text(2, text)
          })
        }
        series.inner(2, (sample) => sample.sample(value, at))
      })
    }
  })
}

/** `io.prometheus.write.v2.Request`: each text once, the first is ''. */
export function remoteWrite2(rows: readonly StatRow[], at: number): Buffer {
  const symbols = new Map<string, number>([['', 0]])
  const symbol = (text: string) => {
    const known = symbols.get(text) ?? symbols.size
    symbols.set(text, known)
    return known
  }
  const samples = samplesOf(rows).map(({ labels, value }) => ({
    refs: labels.flat().map(symbol),
    value,
  }))
  return message((request) => {
    for (const text of symbols.keys()) request.text(4, text)
    for (const { refs, value } of samples) {
      request.inner(5, (series) => {
        series.inner(1, (packed) => {
          for (const ref of refs) packed.varint(ref)
        })
        series.inner(2, (sample) => sample.sample(value, at))
      })
    }
  })
}

function samplesOf(rows: readonly StatRow[]): Sample[] {
  return rows.flatMap(({ key, values }) => {
    const numbers = numbersOf(values)
    return statSeries('tars', statLabels(key)).map((labels, at) => ({
      labels: Object.entries(labels).sort(byName),
      value: numbers[at] ?? 0,
    }))
  })
}

function numbersOf(values: StatValues): number[] {
  const { calls, timeouts, exceptions, durationSumMs, durationMaxMs, buckets } = values
  let sum = 0
  const cumulative = buckets.map((count) => {
    sum += count
    return sum
  })
  return [calls, timeouts, exceptions, durationSumMs, durationMaxMs, ...cumulative]
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}

/** So much of protobuf as these two need. */
class Message {
  #bytes = Buffer.allocUnsafe(64)
  #length = 0

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  inner(field: number, write: (inner: Message) => void): void {
    const bytes = message(write)
    this.varint((field << 3) | 2)
    this.varint(bytes.length)
    this.#reserve(bytes.length)
    this.#length += bytes.copy(this.#bytes, this.#length)
  }

  text(field: number, text: string): void {
    const length = Buffer.byteLength(text)
    this.varint((field << 3) | 2)
    this.varint(length)
    this.#reserve(length)
    this.#length += this.#bytes.write(text, this.#length)
  }

  sample(value: number, at: number): void {
    if (value !== 0) {
      this.varint((1 << 3) | 1)
      this.#reserve(8)
      this.#length = this.#bytes.writeDoubleLE(value, this.#length)
    }
    this.varint(2 << 3)
    this.varint(at)
  }

  varint(value: number): void {
    this.#reserve(10)
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80
    }
    this.#bytes[this.#length++] = rest
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(2 * (this.#length + bytes))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

function message(write: (message: Message) => void): Buffer {
  const made = new Message()
  write(made)
  return made.bytes
}
