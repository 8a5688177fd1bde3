/** What is damaged in a block. */
import { BlockFile } from './block-file.ts'
import { type BlockTotals, FOOT_BYTES, HEAD_BYTES } from './block-head.ts'
import { BlockFailure } from './failure.ts'
import { Pace } from './pace.ts'
import {
  decodeSection,
  FRAME_BYTES,
  isSound,
  KIND,
  MARK,
  type SectionPlace,
  sectionLength,
} from './section.ts'
import { SectionTable } from './section-table.ts'

export interface Damage {
  /** Which part, or where in the file when it does not say. */
  readonly section: string
  readonly what: string
}

/** What of a file can be read, and what cannot. */
export interface Findings {
  readonly totals: BlockTotals
  readonly sections: SectionTable
  readonly damages: readonly Damage[]
}

const WINDOW_BYTES = 1024 * 1024

/**
 * Reads every section of the file. None: all of it is as it was written.
 * @throws {BlockFailure} `unreadable`, `unsupported`.
 */
export async function checkBlock(path: string, pace = new Pace()): Promise<readonly Damage[]> {
  const file = new BlockFile(path, { isLenient: true })
  try {
    return (await examine(file, pace)).damages
  } finally {
    file.close()
  }
}

export async function examine(file: BlockFile, pace: Pace): Promise<Findings> {
  const damages: Damage[] = []
  note(damages, () => file.checkMagic())
  const table = note(damages, () => file.table())
  if (!table) return scan(file, damages, pace)
  for (let at = 0; at < table.sections.length; at++) {
    const place = table.sections.place(at)
    note(damages, () => file.content(place))
    await pace.rest(place.length)
  }
  return { ...table, damages }
}

/** Without the table: sections are known by their marks and say themselves what they are. */
async function scan(file: BlockFile, damages: Damage[], pace: Pace): Promise<Findings> {
  const places: SectionPlace[] = []
  const end = file.bytes - FOOT_BYTES
  for (let at = HEAD_BYTES; at < end; ) {
    const place = soundAt(file, at)
    const next = place ? at + place.length : nextMark(file, at + 1)
    if (!place) damages.push({ section: `bytes ${at} to ${next}`, what: 'no sound section' })
    else if (place.id.kind !== KIND.table) places.push(place)
    at = next
    await pace.rest(place?.length ?? WINDOW_BYTES)
  }
  const totals = { minMs: 0, maxMs: 0, rows: 0, samples: 0 }
  return { totals, sections: new SectionTable(places), damages }
}

function soundAt(file: BlockFile, offset: number): SectionPlace | undefined {
  if (offset + FRAME_BYTES > file.bytes) return undefined
  const length = sectionLength(file.read(offset, FRAME_BYTES, 'the file'))
  if (length === undefined || offset + length > file.bytes) return undefined
  const section = file.read(offset, length, 'the file')
  return isSound(section) ? { id: decodeSection(section).id, offset, length } : undefined
}

function nextMark(file: BlockFile, from: number): number {
  for (let at = from; at < file.bytes; at += WINDOW_BYTES) {
    const bytes = file.read(at, Math.min(WINDOW_BYTES + MARK.length, file.bytes - at), 'the file')
    const found = bytes.indexOf(MARK)
    if (found >= 0) return at + found
  }
  return file.bytes
}

function note<Value>(damages: Damage[], read: () => Value): Value | undefined {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof BlockFailure) || cause.reason !== 'damaged') throw cause
    damages.push({ section: cause.section, what: cause.message })
    return undefined
  }
}
