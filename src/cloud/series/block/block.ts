/** An open block: a file that never changes. Reading is synchronous; an answer is made record by record. */
import { basename } from 'node:path'
import { BlockCache } from './block-cache.ts'
import { BlockFile } from './block-file.ts'
import { type BlockHead, type BlockTotals, decodeFamilyHead, decodeHead } from './block-head.ts'
import type { BlockQuery } from './block-walk.ts'
import { BlockFailure } from './failure.ts'
import { FamilyReader } from './family-reader.ts'
import { KIND, type SectionPlace, sectionId, sectionName } from './section.ts'
import type { SectionTable } from './section-table.ts'
import { type SelectedRecord, selectRecords } from './select.ts'

export interface OpenOptions {
  /** Shared with other blocks. By default one of its own, of 64 MiB. */
  readonly cache?: BlockCache
  /** Holds the whole file, packed as it is: for blocks that are read all the time. */
  readonly inMemory?: boolean
}

const CACHE_BYTES = 64 * 1024 * 1024

/**
 * Reads no more than the head and the table of sections; everything else when it is needed.
 * @throws {BlockFailure} no block, one whose head or table is damaged (see `repairBlock`), one of a later version.
 */
export function openBlock(path: string, options: OpenOptions = {}): Block {
  const file = new BlockFile(path, options)
  try {
    return new Block(file, file.table(), options.cache ?? new BlockCache(CACHE_BYTES))
  } catch (cause) {
    file.close()
    throw cause
  }
}

/** Every method that reads throws `BlockFailure` when what it needs is not sound; the others still answer. */
export class Block {
  readonly path: string
  /** Of the file. */
  readonly bytes: number
  readonly totals: BlockTotals
  readonly head: BlockHead
  readonly #file: BlockFile
  readonly #sections: SectionTable
  readonly #cache: BlockCache
  readonly #cacheFile: number
  readonly #readers = new Map<number, FamilyReader>()

  constructor(
    file: BlockFile,
    { totals, sections }: { totals: BlockTotals; sections: SectionTable },
    cache: BlockCache,
  ) {
    this.path = file.path
    this.bytes = file.bytes
    this.totals = totals
    this.#file = file
    this.#sections = sections
    this.#cache = cache
    this.#cacheFile = cache.register()
    this.head = this.#readHead()
  }

  /** Of the file: what others name in `replaces`. */
  get name(): string {
    return basename(this.path)
  }

  /** All names. */
  get families(): string[] {
    return [...this.#all()].map((reader) => {
      if (reader instanceof BlockFailure) throw reader
      return reader.head.name
    })
  }

  /** Those whose heads are sound. */
  get soundFamilies(): FamilyReader[] {
    return [...this.#all()].filter((reader) => reader instanceof FamilyReader)
  }

  /** Records of the family in the range, in the order of their keys; none when there is no such family. */
  select(family: string, query: BlockQuery): Iterable<SelectedRecord> {
    const reader = this.family(family)
    return reader ? selectRecords(reader, query) : []
  }

  labelNames(family: string): readonly string[] {
    return this.family(family)?.head.labelNames ?? []
  }

  /** Sorted. Not all of them need have rows at any time that is asked for. */
  labelValues(family: string, name: string): readonly string[] {
    return this.family(family)?.label(name)?.values ?? []
  }

  /** For those that read records one by one. */
  family(name: string): FamilyReader | undefined {
    let damage: BlockFailure | undefined
    for (const reader of this.#all()) {
      if (reader instanceof BlockFailure) damage ??= reader
      else if (reader.head.name === name) return reader
    }
    // It may be the one that cannot be read.
    if (damage) throw damage
    return undefined
  }

  /** Ends all reading; the file can be removed before that. */
  close(): void {
    this.#file.close()
    this.#cache.drop(this.#cacheFile, this.#sections.length)
  }

  *#all(): Generator<FamilyReader | BlockFailure> {
    for (let family = 0; family < this.head.families; family++) {
      try {
        yield this.#reader(family)
      } catch (cause) {
        if (!(cause instanceof BlockFailure)) throw cause
        yield cause
      }
    }
  }

  #reader(family: number): FamilyReader {
    const known = this.#readers.get(family)
    if (known) return known
    const head = this.#decode(this.#place(KIND.family, { family }), decodeFamilyHead)
    const reader = new FamilyReader(head, family, {
      file: this.#file,
      sections: this.#sections,
      sliceMs: this.head.sliceMs,
      cache: this.#cache,
      cacheFile: this.#cacheFile,
    })
    this.#readers.set(family, reader)
    return reader
  }

  /** There are two of it. */
  #readHead(): BlockHead {
    try {
      return this.#decode(this.#place(KIND.head), decodeHead)
    } catch (cause) {
      if (!(cause instanceof BlockFailure)) throw cause
      return this.#decode(this.#place(KIND.head, { group: 1 }), decodeHead)
    }
  }

  #place(
    kind: number,
    of: { readonly family?: number; readonly group?: number } = {},
  ): SectionPlace {
    const wanted = sectionId(kind, of)
    for (let at = 0; at < this.#sections.length; at++) {
      const { kind, family, group } = this.#sections.id(at)
      if (kind === wanted.kind && family === wanted.family && group === wanted.group) {
        return this.#sections.place(at)
      }
    }
    throw this.#file.failure('damaged', sectionName(wanted), 'it is not in the table')
  }

  #decode<Value>(place: SectionPlace, decoder: (bytes: Buffer) => Value): Value {
    const content = this.#file.content(place)
    return this.#file.decode(place.id, () => decoder(content))
  }
}
