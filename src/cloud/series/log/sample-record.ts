/**
 * A batch of samples in bytes, as the log keeps it. `TALS`, a byte (1, or 2 when they replace), then varints:
 * names, each with its length before it; labels, each the number of its name, a length, its value; series,
 * each how many labels, their numbers, how many samples; the samples' times, each as the difference (zigzag)
 * from the one before; then the values, eight bytes each, little-endian.
 */
import type { SampleBatch } from '../../../model/sample-batch.ts'
import { ByteReader, ByteWriter } from '../../../wire/bytes.ts'
import { WireError } from '../../../wire/failure.ts'

export const SAMPLES_MAGIC = 'TALS'
const KINDS = { stays: 1, replaces: 2 } as const

export function isSampleRecord(bytes: Buffer): boolean {
  return bytes.subarray(0, SAMPLES_MAGIC.length).equals(Buffer.from(SAMPLES_MAGIC))
}

export function encodeSamples(batch: SampleBatch): Buffer {
  const { times, values, labels, replaces } = batch
  const writer = new ByteWriter(
    256 + 16 * batch.texts.length + 2 * labels.length + 10 * times.length,
  )
  writer.raw(Buffer.from(SAMPLES_MAGIC))
  writer.byte(replaces ? KINDS.replaces : KINDS.stays)
  writeLabels(writer, batch.texts)
  writeSeries(writer, batch)
  let before = 0
  for (let row = 0; row < times.length; row++) {
    writer.zigzag((times[row] as number) - before)
    before = times[row] as number
  }
  writer.raw(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  return writer.finish()
}

/** @throws {WireError} these are no samples. */
export function decodeSamples(bytes: Buffer): SampleBatch {
  if (!isSampleRecord(bytes)) throw new WireError('malformed', `no ${SAMPLES_MAGIC}`)
  const reader = new ByteReader(bytes.subarray(SAMPLES_MAGIC.length))
  const kind = reader.byte()
  if (kind !== KINDS.stays && kind !== KINDS.replaces) {
    throw new WireError('malformed', `samples of kind ${kind}`)
  }
  const texts = readLabels(reader, bytes.length)
  const series = readSeries(reader, texts.length / 2, bytes.length)
  const rows = series.sampleEnds.at(-1) ?? 0
  const times = new Float64Array(rows)
  let time = 0
  for (let row = 0; row < rows; row++) {
    time += reader.zigzag()
    times[row] = time
  }
  const values = new Float64Array(rows)
  new Uint8Array(values.buffer).set(reader.raw(8 * rows))
  if (!reader.done) throw new WireError('malformed', 'bytes behind the last sample')
  const batch = { texts, ...series, times, values }
  return kind === KINDS.replaces ? { ...batch, replaces: true } : batch
}

function writeLabels(writer: ByteWriter, texts: readonly string[]): void {
  const names = new Map<string, number>()
  for (let at = 0; at < texts.length; at += 2) {
    const name = texts[at] as string
    if (!names.has(name)) names.set(name, names.size)
  }
  writer.varint(names.size)
  for (const name of names.keys()) writeText(writer, name)
  writer.varint(texts.length / 2)
  for (let at = 0; at < texts.length; at += 2) {
    writer.varint(names.get(texts[at] as string) as number)
    writeText(writer, texts[at + 1] as string)
  }
}

function readLabels(reader: ByteReader, maxCount: number): string[] {
  const names = Array.from({ length: countOf(reader, maxCount) }, () => readText(reader))
  const texts: string[] = []
  for (let left = countOf(reader, maxCount); left > 0; left--) {
    const name = names[reader.varint()]
    if (name === undefined) throw new WireError('malformed', 'a label has no name')
    texts.push(name, readText(reader))
  }
  return texts
}

function writeSeries(writer: ByteWriter, { labels, labelEnds, sampleEnds }: SampleBatch): void {
  writer.varint(labelEnds.length)
  writer.varint(labels.length)
  let label = 0
  let rows = 0
  for (let series = 0; series < labelEnds.length; series++) {
    const end = labelEnds[series] as number
    writer.varint(end - label)
    for (; label < end; label++) writer.varint(labels[label] as number)
    const rowsEnd = sampleEnds[series] as number
    writer.varint(rowsEnd - rows)
    rows = rowsEnd
  }
}

/** `known`: how many labels there are. `maxRows`: of all series together. */
function readSeries(reader: ByteReader, known: number, maxRows: number) {
  const count = countOf(reader, maxRows)
  const labels = new Uint32Array(countOf(reader, maxRows))
  const labelEnds = new Uint32Array(count)
  const sampleEnds = new Uint32Array(count)
  let label = 0
  let rows = 0
  for (let series = 0; series < count; series++) {
    const end = label + reader.varint()
    if (end > labels.length) throw new WireError('malformed', 'more labels than there are')
    for (; label < end; label++) {
      const number = reader.varint()
      if (number >= known) throw new WireError('malformed', `label ${number} of ${known}`)
      labels[label] = number
    }
    labelEnds[series] = label
    rows += reader.varint()
    if (rows > maxRows) throw new WireError('malformed', 'more samples than bytes')
    sampleEnds[series] = rows
  }
  if (label < labels.length) throw new WireError('malformed', 'less labels than there should be')
  return { labels, labelEnds, sampleEnds }
}

/** A number of things that take a byte at least. */
function countOf(reader: ByteReader, maxCount: number): number {
  const count = reader.varint()
  if (count > maxCount) throw new WireError('malformed', `${count} things in ${maxCount} bytes`)
  return count
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = Buffer.from(text)
  writer.varint(bytes.length)
  writer.raw(bytes)
}

function readText(reader: ByteReader): string {
  return reader.raw(reader.varint()).toString()
}
