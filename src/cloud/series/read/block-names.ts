/** Which record of memory a record of a block is: looked up once for each block. */
import type { FamilyReader } from '../block/family-reader.ts'
import type { Numbers } from '../block/record-join.ts'
import type { Family } from '../memory/family.ts'
import type { SeriesRecord } from '../memory/series-record.ts'

/** Of the records of a family of a block, by their place in it. */
const KNOWN = new WeakMap<FamilyReader, (SeriesRecord | undefined)[]>()

/** Their numbers, for blocks that are read together. */
export function numbersIn(family: Family): Numbers {
  const { made } = family
  return {
    count: made,
    of(walk, place) {
      const same = knownOf(walk.reader)[place]
      if (same && !same.isGone) return same.number
      const found = family.record(walk.directory.key(place))
      knownOf(walk.reader)[place] = found
      // One that was made meanwhile goes by its key.
      return found && found.number < made ? found.number : -1
    },
  }
}

/** The record that was found for this place. */
export function recordAt(reader: FamilyReader, place: number): SeriesRecord | undefined {
  const known = knownOf(reader)[place]
  return known?.isGone ? undefined : known
}

function knownOf(reader: FamilyReader): (SeriesRecord | undefined)[] {
  const known = KNOWN.get(reader)
  if (known) return known
  const made = new Array<SeriesRecord | undefined>(reader.head.records)
  KNOWN.set(reader, made)
  return made
}
