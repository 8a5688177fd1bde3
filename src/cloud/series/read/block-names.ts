/** Which record of memory a record of a block is: looked up once for each block. */
import type { FamilyReader } from '../block/family-reader.ts'
import type { Numbers } from '../block/record-join.ts'
import type { Family } from '../memory/family.ts'

interface Known {
  /** By their place in the block; 0: nobody has asked, or memory did not have it. */
  readonly plusOne: Int32Array
  /** Records that memory had forgotten by then. */
  readonly forgotten: number
}

const KNOWN = new WeakMap<FamilyReader, Known>()

/** Numbers of the records that there are now. */
export function numbersIn(family: Family): Numbers {
  const { made, size } = family
  return {
    count: made,
    in({ reader, directory }) {
      const { plusOne } = knownOf(reader, made - size)
      return (place) => {
        const known = plusOne[place] as number
        if (known > 0) return known - 1
        const number = family.record(directory.key(place))?.number ?? made
        // Who came meanwhile goes by its key.
        if (number >= made) return -1
        plusOne[place] = number + 1
        return number
      }
    },
  }
}

function knownOf(reader: FamilyReader, forgotten: number): Known {
  const known = KNOWN.get(reader)
  if (known?.forgotten === forgotten) return known
  const made = { plusOne: new Int32Array(reader.head.records), forgotten }
  KNOWN.set(reader, made)
  return made
}
