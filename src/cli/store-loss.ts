/** What of a damaged block cannot be had any more: of which records, of what times, which columns. */
import { Block } from '../cloud/series/block/block.ts'
import { BlockCache } from '../cloud/series/block/block-cache.ts'
import { BlockFile } from '../cloud/series/block/block-file.ts'
import { decodeFamilyHead, type FamilyHead } from '../cloud/series/block/block-head.ts'
import { type Damage, examine } from '../cloud/series/block/check.ts'
import { KEYS } from '../cloud/series/block/directory.ts'
import { BlockFailure } from '../cloud/series/block/failure.ts'
import { Pace } from '../cloud/series/block/pace.ts'
import { KIND, type SectionId, sectionName } from '../cloud/series/block/section.ts'
import type { UnixMs } from '../model/time.ts'

/** `block`: nothing of it can be read. `bytes`: nobody can tell what they were. */
export type Loss =
  | { readonly what: 'block'; readonly why: string }
  | { readonly what: 'family'; readonly family: string }
  | ({ readonly what: 'rows' } & Extent)
  | ({ readonly what: 'values'; readonly columns: readonly number[] } & Extent)
  | { readonly what: 'bytes'; readonly where: string }

/** Of at most so many records what they have in `[fromMs, toMs)`. */
interface Extent {
  readonly family: string
  readonly records: number
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

interface Part {
  readonly id: SectionId
  readonly isSound: boolean
}

/** The more exact the more of the block's table is left. @throws {BlockFailure} `unreadable`, `unsupported`. */
export async function lossOf(path: string): Promise<readonly Loss[]> {
  const file = new BlockFile(path, { isLenient: true })
  try {
    const findings = await examine(file, new Pace())
    const { sections, damages } = findings
    const damaged = new Set(damages.map(({ section }) => section))
    const places = Array.from({ length: sections.length }, (_, at) => sections.place(at))
    const parts = places.map(({ id }) => ({ id, isSound: !damaged.has(sectionName(id)) }))
    const { sliceMs, families } = new Block(file, findings, new BlockCache(0)).head
    const lost = Array.from({ length: families }, (_, family) => {
      const own = parts.filter(({ id }) => id.family === family)
      const at = places.find(({ id }) => id.kind === KIND.family && id.family === family)
      const isSound = own.some((part) => part.id.kind === KIND.family && part.isSound)
      return lostOf(at && isSound ? decodeFamilyHead(file.content(at)) : family, own, sliceMs)
    })
    return [...lost.flat(), ...lostBytes(damages)]
  } catch (cause) {
    if (!(cause instanceof BlockFailure) || cause.reason !== 'damaged') throw cause
    return [{ what: 'block', why: cause.message }]
  } finally {
    file.close()
  }
}

/** `head`: of the family; its number when the head is lost. */
function lostOf(head: FamilyHead | number, parts: readonly Part[], sliceMs: number): Loss[] {
  if (typeof head === 'number') return [{ what: 'family', family: String(head) }]
  const count = (kind: number) => parts.filter(({ id, isSound }) => id.kind === kind && isSound)
  const isNamed =
    count(KIND.keys).length === Math.ceil(head.records / KEYS) &&
    count(KIND.label).length === head.labelNames.length
  if (!isNamed) return [{ what: 'family', family: head.name }]
  return groupsOf(parts).flatMap((group) => lostOfGroup(head, group, sliceMs))
}

/** By slice of time and group of records. */
function groupsOf(parts: readonly Part[]): Part[][] {
  const rows = parts.filter(({ id }) => id.kind === KIND.times || id.kind === KIND.values)
  const groups = Map.groupBy(rows, ({ id }) => `${id.slice}/${id.group}`)
  return [...groups.values()]
}

function lostOfGroup(head: FamilyHead, parts: readonly Part[], sliceMs: number): Loss[] {
  const { slice = 0, group = 0 } = parts[0]?.id ?? {}
  const extent: Extent = {
    family: head.name,
    records: Math.min(head.groupRecords, head.records - group * head.groupRecords),
    fromMs: slice * sliceMs,
    toMs: (slice + 1) * sliceMs,
  }
  const sound = parts.filter(({ isSound }) => isSound).map(({ id }) => id)
  if (!sound.some(({ kind }) => kind === KIND.times)) return [{ what: 'rows', ...extent }]
  const whole = new Set(sound.flatMap(({ kind, column }) => (kind === KIND.values ? [column] : [])))
  const columns = Array.from({ length: head.width }, (_, column) => column)
  const lost = columns.filter((column) => !whole.has(column))
  return lost.length > 0 ? [{ what: 'values', columns: lost, ...extent }] : []
}

/** Without a table damages say where they are, not of what. */
function lostBytes(damages: readonly Damage[]): Loss[] {
  return damages.flatMap(({ section }) =>
    section.startsWith('bytes ') ? [{ what: 'bytes', where: section }] : [],
  )
}
