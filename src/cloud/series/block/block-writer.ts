/** Writes a block: slice after slice, in it band after band of groups, in a band column after column. */
import type { UnixMs } from '../../../model/time.ts'
import { ByteWriter } from '../../../wire/bytes.ts'
import { diskFailure } from '../failure.ts'
import { PADDING_BYTES } from './bits.ts'
import { encodeHead } from './block-head.ts'
import { writeDirectory } from './directory.ts'
import { encodeValues } from './encode-values.ts'
import { isFlat } from './flat-rows.ts'
import { Pace, sortPaced } from './pace.ts'
import type { FamilyInput, InputRows, RecordInput } from './record-input.ts'
import { encodeSection, KIND, type SectionId, sectionId } from './section.ts'
import { SectionFile } from './section-file.ts'
import { encodeTimes } from './times.ts'

export interface BlockOptions {
  /** Rows are stored in slices of so many milliseconds: an answer reads whole ones. Default 2 h; about 100 rows are good. */
  readonly sliceMs?: number
  /** Names of block files whose data this one has taken over: nobody wants them once it is there. */
  readonly replaces?: readonly string[]
  /** Durable with the data: what has to be known of exactly this state. */
  readonly note?: string
  readonly pace?: Pace
}

export interface BlockInfo {
  readonly path: string
  readonly bytes: number
  readonly records: number
  readonly rows: number
  /** Values of all rows. */
  readonly samples: number
  /** Of the oldest and the newest row; both 0 when there is none. */
  readonly minMs: UnixMs
  readonly maxMs: UnixMs
}

interface Range {
  readonly startMs: UnixMs
  readonly endMs: UnixMs
}

const SLICE_MS = 2 * 3600_000
const GROUP_RECORDS = 256
/** Of blocks that hold a small part of a slice, so that sections are not too small. */
const PART_GROUP_RECORDS = 1024
/** One metric of so many groups lies together: they are in memory while they are written. */
const BAND_GROUPS = 16
const NO_VALUES = new Float64Array(0)
const PADDING = new Uint8Array(PADDING_BYTES)

/**
 * Writes what the families have in the range, both ends included: all or nothing, also when the process is
 * killed; a file `….part` may then be left. Gives others their turn every few milliseconds.
 * @throws {SeriesFailure} `no-space`, `unwritable`.
 */
export async function writeBlock(
  path: string,
  families: readonly FamilyInput[],
  range: Range,
  options: BlockOptions = {},
): Promise<BlockInfo> {
  let file: SectionFile | undefined
  try {
    file = await SectionFile.create(path)
    const info = await new BlockWriter(file, range, options).write(families)
    return { path, ...info }
  } catch (cause) {
    await file?.abandon()
    throw isDiskError(cause) ? diskFailure(cause, `write ${path}`) : cause
  }
}

/** Sections of a band, by what they are of: times, then each column. */
type Band = { readonly id: SectionId; readonly section: Buffer }[][]

class BlockWriter {
  readonly #file: SectionFile
  readonly #range: Range
  readonly #options: BlockOptions
  readonly #sliceMs: number
  readonly #pace: Pace
  /** It is merged soon. */
  readonly #isPart: boolean
  readonly #content = new ByteWriter(64 * 1024)
  readonly #totals = { records: 0, rows: 0, samples: 0, minMs: Infinity, maxMs: -Infinity }

  constructor(file: SectionFile, range: Range, options: BlockOptions) {
    this.#file = file
    this.#range = range
    this.#options = options
    this.#sliceMs = options.sliceMs ?? SLICE_MS
    this.#pace = options.pace ?? new Pace()
    this.#isPart = range.endMs - range.startMs < this.#sliceMs / 4
  }

  async write(families: readonly FamilyInput[]): Promise<Omit<BlockInfo, 'path'>> {
    const { note = '', replaces = [] } = this.#options
    const head = { sliceMs: this.#sliceMs, replaces, note, families: families.length }
    await this.#file.put(sectionId(KIND.head), encodeHead(head))
    for (const [family, input] of families.entries()) await this.#writeFamily(family, input)
    const { records, rows, samples, minMs, maxMs } = this.#totals
    const times = rows > 0 ? { minMs, maxMs } : { minMs: 0, maxMs: 0 }
    // Once more: without it the rest cannot be read.
    await this.#file.put(sectionId(KIND.head, { group: 1 }), encodeHead(head))
    const bytes = await this.#file.finish({ rows, samples, ...times })
    return { bytes, records, rows, samples, ...times }
  }

  async #writeFamily(family: number, input: FamilyInput): Promise<void> {
    const { name, width, written } = input
    const records = await sortPaced(input.records, ({ key }) => key, this.#pace)
    const { startMs, endMs } = this.#range
    const groupRecords = this.#isPart ? PART_GROUP_RECORDS : GROUP_RECORDS
    const { length } = records
    this.#totals.records += length
    const shape = { name, width, groupRecords }
    await writeDirectory(this.#file, family, shape, { records, pace: this.#pace })
    const last = Math.floor(endMs / this.#sliceMs)
    const bandRecords = groupRecords * BAND_GROUPS
    for (let slice = Math.floor(startMs / this.#sliceMs); slice <= last; slice++) {
      for (let first = 0; first < length; first += bandRecords) {
        const band: Band = Array.from({ length: width + 1 }, () => [])
        for (let from = first; from < Math.min(length, first + bandRecords); from += groupRecords) {
          const rows = await this.#read(records.slice(from, from + groupRecords), slice, width)
          await this.#encode(band, { family, slice, group: from / groupRecords }, rows)
          written?.()
        }
        for (const { id, section } of band.flat()) await this.#file.add(id, section)
      }
    }
  }

  async #read(
    records: readonly RecordInput[],
    slice: number,
    width: number,
  ): Promise<(InputRows | undefined)[]> {
    const startMs = Math.max(this.#range.startMs, slice * this.#sliceMs)
    const endMs = Math.min(this.#range.endMs, (slice + 1) * this.#sliceMs - 1)
    const found: (InputRows | undefined)[] = []
    for (const record of records) {
      const prepared = record.prepare?.(startMs, endMs)
      if (prepared) await prepared
      const rows = record.read(startMs, endMs)
      found.push(rows)
      const rest = this.#pace.restIfDue((rows?.times.length ?? 0) * width + 5)
      if (rest) await rest
    }
    return found
  }

  async #encode(
    band: Band,
    place: { readonly family: number; readonly slice: number; readonly group: number },
    group: readonly (InputRows | undefined)[],
  ): Promise<void> {
    const filled = group
      .filter((rows) => rows !== undefined)
      .filter(({ times }) => times.length > 0)
    if (filled.length === 0) return
    const rows = this.#count(filled, band.length - 1)
    const writer = this.#content
    for (const [at, sections] of band.entries()) {
      writer.clear()
      if (at === 0) encodeTimes(writer, group, place.slice * this.#sliceMs)
      else for (const each of filled) encodeColumn(writer, each, at - 1)
      writer.raw(PADDING)
      const id =
        at === 0
          ? sectionId(KIND.times, place)
          : sectionId(KIND.values, { ...place, column: at - 1 })
      sections.push({ id, section: encodeSection(id, writer.finish(), this.#isPart) })
      await this.#pace.rest(rows)
    }
  }

  #count(filled: readonly InputRows[], width: number): number {
    const totals = this.#totals
    let rows = 0
    for (const { times } of filled) {
      rows += times.length
      totals.minMs = Math.min(totals.minMs, times[0] as number)
      totals.maxMs = Math.max(totals.maxMs, times.at(-1) as number)
    }
    totals.rows += rows
    totals.samples += rows * width
    return rows
  }
}

function encodeColumn(writer: ByteWriter, rows: InputRows, column: number): void {
  if (!isFlat(rows)) return encodeValues(writer, rows.columns[column] ?? NO_VALUES)
  const { length } = rows.times
  encodeValues(writer, rows.piece, rows.start + column * rows.stride, length)
}

function isDiskError(cause: unknown): boolean {
  return cause instanceof Error && 'syscall' in cause
}
