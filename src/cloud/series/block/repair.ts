/** A block with all that is sound of a damaged one. */
import type { UnixMs } from '../../../model/time.ts'
import { STALE } from '../../../promql/index.ts'
import { Block } from './block.ts'
import { BlockCache } from './block-cache.ts'
import { BlockFile } from './block-file.ts'
import { type BlockInfo, writeBlock } from './block-writer.ts'
import { type Damage, examine } from './check.ts'
import { BlockFailure } from './failure.ts'
import type { FamilyReader } from './family-reader.ts'
import { GroupRows } from './group-rows.ts'
import { Pace } from './pace.ts'
import type { FamilyInput, RecordInput } from './record-input.ts'
import type { RecordRows } from './record-rows.ts'
import { KIND } from './section.ts'

export interface RepairReport {
  readonly info: BlockInfo
  /** What was found, and with it lost. */
  readonly damages: readonly Damage[]
}

const CACHE_BYTES = 32 * 1024 * 1024

/**
 * Writes what is sound of the block at `from` to `to`. Of a lost column the values become `STALE`, which means
 * none; rows whose times are lost are gone; without its keys or one of its labels all of a family is.
 * @throws {BlockFailure} not even its head can be read. {SeriesFailure} the disk does not take it.
 */
export async function repairBlock(
  from: string,
  to: string,
  pace = new Pace(),
): Promise<RepairReport> {
  const file = new BlockFile(from, { isLenient: true })
  try {
    const findings = await examine(file, pace)
    const block = new Block(file, findings, new BlockCache(CACHE_BYTES))
    const damages = [...findings.damages]
    const families = soundFamilies(block, damages)
    const { sliceMs, replaces, note } = block.head
    const options = { sliceMs, replaces, note, pace }
    const info = await writeBlock(to, families, rangeOf(findings.sections, sliceMs), options)
    return { info, damages }
  } finally {
    file.close()
  }
}

function soundFamilies(block: Block, damages: Damage[]): FamilyInput[] {
  return block.soundFamilies.flatMap((reader) => {
    try {
      return [inputOf(reader)]
    } catch (cause) {
      if (!(cause instanceof BlockFailure)) throw cause
      const section = `family ${reader.head.name}`
      damages.push({ section, what: `all of it is lost: ${cause.message}` })
      return []
    }
  })
}

function inputOf(reader: FamilyReader): FamilyInput {
  const { name, width } = reader.head
  const directory = reader.directory()
  const records = Array.from({ length: reader.head.records }, (_, record): RecordInput => {
    const read = (startMs: UnixMs, endMs: UnixMs) => readSound(reader, record, startMs, endMs)
    const [key, labels] = [directory.key(record), directory.labels(record)]
    return { key, labels, merges: directory.merges(record), read }
  })
  return { name, width, records }
}

function readSound(
  reader: FamilyReader,
  record: number,
  startMs: UnixMs,
  endMs: UnixMs,
): RecordRows | undefined {
  const slices = reader.slices(startMs, endMs)
  const { group, at } = reader.placeOf(record)
  const read = (columns: number[]) => {
    try {
      return new GroupRows(reader, group, slices, columns).read(at, startMs, endMs)
    } catch (cause) {
      if (cause instanceof BlockFailure && cause.reason === 'damaged') return undefined
      throw cause
    }
  }
  const all = Array.from({ length: reader.head.width }, (_, column) => column)
  const sound = read(all)
  const rows = sound ?? read([])
  if (!rows || sound) return sound
  const lost = new Float64Array(rows.times.length).fill(STALE)
  return { ...rows, columns: all.map((column) => read([column])?.columns[0] ?? lost) }
}

function rangeOf(
  sections: { readonly length: number; id(at: number): { kind: number; slice: number } },
  sliceMs: number,
): { startMs: UnixMs; endMs: UnixMs } {
  let [first, last] = [Infinity, -Infinity]
  for (let at = 0; at < sections.length; at++) {
    const { kind, slice } = sections.id(at)
    if (kind !== KIND.times) continue
    first = Math.min(first, slice)
    last = Math.max(last, slice)
  }
  return first > last
    ? { startMs: 0, endMs: -1 }
    : { startMs: first * sliceMs, endMs: (last + 1) * sliceMs - 1 }
}
