/**
 * The body of `StatF.reportMicMsg`, decoded by hand: this is what an agent does all day.
 * Takes and refuses the same bytes as the schema in `idl/stat-f.ts`; a test compares the two.
 */
import { HeadTable } from './head-table.ts'
import { StatMicMsgHead } from './idl/stat-f.ts'
import { Reader } from './reader.ts'
import * as wire from './wire-type.ts'

/** One head with its counters, by the names of TARS. */
export interface StatRecord<Head = StatMicMsgHead> {
  /** The same object for the same bytes, most of the time: see `HeadTable`. */
  readonly head: Head
  /** Successes only. */
  readonly count: number
  readonly timeoutCount: number
  readonly execCount: number
  /** Flat pairs: upper bound in ms, calls, upper bound, calls … as they came. */
  readonly intervalCount: readonly number[]
  readonly totalRspTime: number
  readonly maxRspTime: number
  readonly minRspTime: number
}

export interface StatReport<Head = StatMicMsgHead> {
  /** False: the callee itself reports. */
  readonly fromClient: boolean
  readonly records: readonly StatRecord<Head>[]
}

/** Records of reports up to this size are kept, to be filled again. */
const MAX_KEPT_BYTES = 256 * 1024
/** `map<int, int>` pairs and records of two structs take at least this. */
const MIN_PAIR_BYTES = 2
const MIN_RECORD_BYTES = StatMicMsgHead.minBytes + 10

export class StatDecoder<Head = StatMicMsgHead> {
  readonly #heads: HeadTable<Head>
  /** What it returns, filled again and again: fresh memory for each packet would cost more than reading it. */
  #kept: KeptRecord<Head>[] = []

  /** `know` makes of a head what is kept in its place. */
  constructor(know: (head: StatMicMsgHead) => Head = (head) => head as Head) {
    this.#heads = new HeadTable((reader) => know(readHead(reader)))
  }

  /** The records are good until the next call. @throws {DecodeError} */
  decode(body: Buffer): StatReport<Head> {
    const reader = new Reader(body)
    if (!reader.seek(1)) throw reader.missing('msg (tag 1)')
    reader.expect(wire.MAP)
    const size = reader.size(MIN_RECORD_BYTES)
    const records = this.#kept
    if (records.length > size) records.length = size
    this.#kept = body.length <= MAX_KEPT_BYTES ? records : []
    for (let i = 0; i < size; i++) {
      const head = this.#heads.read(reader, size)
      const record = records[i] ?? emptyRecord(head)
      record.head = head
      fill(record, reader)
      records[i] = record
    }
    if (!reader.seek(2)) throw reader.missing('bFromClient (tag 2)')
    return { fromClient: reader.int() !== 0, records }
  }
}

type KeptRecord<Head> = {
  -readonly [Name in keyof StatRecord<Head>]: StatRecord<Head>[Name]
} & { readonly intervalCount: number[] }

function emptyRecord<Head>(head: Head): KeptRecord<Head> {
  const calls = { count: 0, timeoutCount: 0, execCount: 0 }
  return { head, ...calls, intervalCount: [], totalRspTime: 0, maxRspTime: 0, minRspTime: 0 }
}

function fill<Head>(record: KeptRecord<Head>, reader: Reader): void {
  reader.item()
  reader.expect(wire.STRUCT)
  record.count = required(reader, 0)
  record.timeoutCount = required(reader, 1)
  record.execCount = required(reader, 2)
  readIntervals(reader, record.intervalCount)
  record.totalRspTime = requiredLong(reader, 4)
  record.maxRspTime = required(reader, 5)
  record.minRspTime = required(reader, 6)
  reader.endStruct()
}

function readIntervals(reader: Reader, pairs: number[]): void {
  if (!reader.seek(3)) throw reader.missing('intervalCount (tag 3)')
  reader.expect(wire.MAP)
  const size = reader.size(MIN_PAIR_BYTES)
  const count = 2 * size
  if (pairs.length > count) pairs.length = count
  for (let i = 0; i < count; i++) pairs[i] = reader.intItem()
}

function required(reader: Reader, tag: number): number {
  const value = reader.intField(tag)
  if (value !== undefined) return value
  throw reader.missing(`counter (tag ${tag})`)
}

function requiredLong(reader: Reader, tag: number): number {
  const value = reader.intField(tag, true)
  if (value !== undefined) return value
  throw reader.missing(`counter (tag ${tag})`)
}

function readHead(reader: Reader): StatMicMsgHead {
  const head = {
    masterName: requiredText(reader, 0),
    slaveName: requiredText(reader, 1),
    interfaceName: requiredText(reader, 2),
    masterIp: requiredText(reader, 3),
    slaveIp: requiredText(reader, 4),
    slavePort: required(reader, 5),
    returnValue: required(reader, 6),
    slaveSetName: text(reader, 7),
    slaveSetArea: text(reader, 8),
    slaveSetID: text(reader, 9),
    tarsVersion: text(reader, 10),
  }
  reader.endStruct()
  return head
}

function requiredText(reader: Reader, tag: number): string {
  if (reader.seek(tag)) return reader.string()
  throw reader.missing(`text (tag ${tag})`)
}

function text(reader: Reader, tag: number): string {
  return reader.seek(tag) ? reader.string() : ''
}
