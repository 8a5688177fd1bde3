/** `prometheus.WriteRequest`: any values, stale markers too. */
import type { Labels } from '../../src/model/labels.ts'
import { isStale } from '../../src/promql/index.ts'

export interface LabelledSample {
  readonly labels: Labels
  readonly ms: number
  readonly value: number
}

/** The samples of each series must ascend. */
export function writeRequest(samples: readonly LabelledSample[]): Buffer {
  const series = new Map<Labels, Buffer[]>()
  for (const { labels, ms, value } of samples) {
    const parts = series.get(labels) ?? labelParts(labels)
    series.set(labels, parts)
    parts.push(field(2, Buffer.concat([double(value), Buffer.from([2 << 3]), varint(ms)])))
  }
  return Buffer.concat([...series.values()].map((parts) => field(1, Buffer.concat(parts))))
}

function labelParts(labels: Labels): Buffer[] {
  return Object.keys(labels)
    .sort()
    .map((name) => field(1, Buffer.concat([text(1, name), text(2, labels[name] ?? '')])))
}

const STALE_BITS = 0x7ff0_0000_0000_0002n

function double(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes[0] = (1 << 3) | 1
  // A NaN's payload may not survive on its way through JavaScript.
  if (isStale(value)) bytes.writeBigUInt64LE(STALE_BITS, 1)
  else bytes.writeDoubleLE(value, 1)
  return bytes
}

function text(number: number, value: string): Buffer {
  return field(number, Buffer.from(value))
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(content.length), content])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80)
  return Buffer.from([...bytes, rest])
}
