/**
 * A window of very many long names would be a batch larger than the cloud takes (8 MB): it goes in
 * parts, which add up there as all that is reported of one window does.
 */
import type { PropertyRow } from '../../model/property.ts'
import type { StatRow } from '../../model/stat.ts'
import type { Window } from '../../wire/batch.ts'

/** Before compression, which may gain nothing. */
const MAX_PART_BYTES = 7 * 1024 * 1024
/** Of the numbers of a row and its key, at the most. */
const ROW_BYTES = 200

interface Part {
  readonly stats: StatRow[]
  readonly properties: PropertyRow[]
}

/** One, also of an empty window; more when its rows take more than a batch may. */
export function partsOf(window: Window): Window[] {
  let part: Part = { stats: [], properties: [] }
  const parts = [part]
  let bytes = 0
  const partFor = ({ key }: StatRow | PropertyRow) => {
    const more = bytesOf(key)
    bytes += more
    if (bytes > MAX_PART_BYTES) {
      part = { stats: [], properties: [] }
      parts.push(part)
      bytes = more
    }
    return part
  }
  for (const row of window.stats) partFor(row).stats.push(row)
  for (const row of window.properties) partFor(row).properties.push(row)
  return parts.map((each) => ({ ...window, ...each }))
}

function bytesOf(key: object): number {
  return Object.values(key).reduce<number>(
    (sum, value) => (typeof value === 'string' ? sum + Buffer.byteLength(value) : sum),
    ROW_BYTES,
  )
}
