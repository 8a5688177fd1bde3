/** Requests as a sender makes them, also wrong ones: straight from the schema, nothing shared with the reader. */
export interface Sent {
  /** In this order, also twice. */
  readonly labels: readonly (readonly [name: string | Buffer, value: string | Buffer])[]
  readonly samples?: readonly (readonly [ms: number, value: number | bigint])[]
  /** Of these only that they are there matters. */
  readonly histograms?: number
  readonly exemplars?: number
}

export const UNKNOWN = Buffer.concat([
  key(90, 0),
  varint(-1n),
  key(91, 1),
  Buffer.alloc(8, 7),
  bytes(92, Buffer.from('later')),
  key(93, 5),
  Buffer.alloc(4, 7),
])

/** `prometheus.WriteRequest`, with metadata and unknown fields. */
export function version1(series: readonly Sent[]): Buffer {
  const metadata = Buffer.concat([key(1, 0), varint(1n), bytes(2, Buffer.from('up'))])
  return Buffer.concat([
    bytes(3, metadata),
    ...series.map(({ labels, samples = [], histograms = 0, exemplars = 0 }) =>
      bytes(
        1,
        ...labels.map(([name, value]) =>
          bytes(1, bytes(1, Buffer.from(name)), bytes(2, Buffer.from(value)), UNKNOWN),
        ),
        ...samples.map(([ms, value]) => bytes(2, sample(ms, value))),
        ...Array.from({ length: exemplars }, () => bytes(3, key(2, 1), Buffer.alloc(8))),
        ...Array.from({ length: histograms }, () => bytes(4, key(3, 1), Buffer.alloc(8))),
        UNKNOWN,
      ),
    ),
    UNKNOWN,
  ])
}

export interface Style {
  /** References one by one, not packed. */
  readonly unpacked?: boolean
  readonly symbolsLast?: boolean
}

/** `io.prometheus.write.v2.Request`, with metadata and created timestamps. */
export function version2(series: readonly Sent[], style: Style = {}): Buffer {
  const symbols: (string | Buffer)[] = ['']
  const ref = (text: string | Buffer) => {
    const known = symbols.indexOf(text)
    return varint(BigInt(known >= 0 ? known : symbols.push(text) - 1))
  }
  const all = series.map(({ labels, samples = [], histograms = 0, exemplars = 0 }) => {
    const refs = labels.flat().map(ref)
    return bytes(
      5,
      ...(style.unpacked
        ? refs.map((one) => Buffer.concat([key(1, 0), one]))
        : [bytes(1, ...refs)]),
      ...samples.map(([ms, value]) => bytes(2, sample(ms, value), key(3, 0), varint(1n))),
      ...Array.from({ length: histograms }, () => bytes(3, key(3, 1), Buffer.alloc(8))),
      ...Array.from({ length: exemplars }, () => bytes(4, key(2, 1), Buffer.alloc(8))),
      bytes(5, key(1, 0), varint(2n)),
      key(6, 0),
      varint(1n),
    )
  })
  const table = symbols.map((text) => bytes(4, Buffer.from(text)))
  return Buffer.concat(style.symbolsLast ? [...all, ...table] : [...table, ...all])
}

/** A value is left out when it is 0, as a sender does; bits come as a bigint. */
function sample(ms: number, value: number | bigint): Buffer {
  const raw = Buffer.alloc(8)
  if (typeof value === 'bigint') raw.writeBigUInt64LE(value)
  else raw.writeDoubleLE(value)
  const left = raw.readBigUInt64LE() === 0n ? [] : [key(1, 1), raw]
  return Buffer.concat([...left, ...(ms === 0 ? [] : [key(2, 0), varint(BigInt(ms))])])
}

export function key(field: number, wire: number): Buffer {
  return varint(BigInt(field * 8 + wire))
}

export function bytes(field: number, ...parts: readonly Buffer[]): Buffer {
  const inner = Buffer.concat(parts)
  return Buffer.concat([key(field, 2), varint(BigInt(inner.length)), inner])
}

export function varint(value: bigint): Buffer {
  const out: number[] = []
  let rest = BigInt.asUintN(64, value)
  for (; rest >= 128n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  return Buffer.from([...out, Number(rest)])
}
