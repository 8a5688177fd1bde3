/** A segment of the log, with the places where it is broken. */
import { encodeRecord, type LogRecord, scanRecords } from '../cloud/series/log/log-record.ts'
import { decodeSamples, isSampleRecord } from '../cloud/series/log/sample-record.ts'
import type { UnixMs } from '../model/time.ts'
import { decodeBatch, WireError } from '../wire/index.ts'

/** Bytes that are no record; batches that came in between may have been there. */
export interface Gap {
  readonly bytes: number
  /** When the records beside it arrived; absent where there is none. */
  readonly afterMs?: UnixMs
  readonly beforeMs?: UnixMs
}

export interface SegmentContent {
  /** Sound, and batches. */
  readonly records: readonly LogRecord[]
  readonly gaps: readonly Gap[]
  /** Of sound records that are no batch, why. */
  readonly strange: readonly string[]
  /** Of those, some are of a later version: this one must not judge them. */
  readonly isLater: boolean
  /** After the last record. */
  readonly tornBytes: number
}

export function readSegment(content: Buffer): SegmentContent {
  const records: LogRecord[] = []
  const gaps: Gap[] = []
  const strange: string[] = []
  let isLater = false
  let last: { readonly end: number; readonly receivedAt?: UnixMs } = { end: 0 }
  const { tornBytes } = scanRecords(content, (record) => {
    const end = record.bytes.byteOffset - content.byteOffset + record.bytes.length
    const bytes = end - encodeRecord(record).length - last.end
    const { receivedAt } = record
    if (bytes > 0) gaps.push({ bytes, ...after(last.receivedAt), beforeMs: receivedAt })
    last = { end, receivedAt }
    const why = strangeness(record)
    if (!why) records.push(record)
    else strange.push(why.message)
    isLater ||= why?.reason === 'version'
  })
  return { records, gaps, strange, isLater, tornBytes }
}

/** The torn tail as a gap: of an older segment it is one. */
export function tailOf({ records, tornBytes }: SegmentContent): Gap {
  return { bytes: tornBytes, ...after(records.at(-1)?.receivedAt) }
}

function after(afterMs: UnixMs | undefined): Pick<Gap, 'afterMs'> {
  return afterMs === undefined ? {} : { afterMs }
}

function strangeness({ bytes }: LogRecord): WireError | undefined {
  try {
    if (isSampleRecord(bytes)) decodeSamples(bytes)
    else decodeBatch(bytes)
    return undefined
  } catch (cause) {
    if (cause instanceof WireError) return cause
    throw cause
  }
}
