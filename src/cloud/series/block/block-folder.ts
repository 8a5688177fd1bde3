/** The blocks of one folder, after a start. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../durable-file.ts'
import { diskFailure } from '../failure.ts'
import { type Block, type OpenOptions, openBlock } from './block.ts'
import { BlockFailure } from './failure.ts'
import { PART_SUFFIX } from './part-file.ts'

export interface FolderReport {
  /** Those that count, the oldest first. */
  readonly blocks: readonly Block[]
  /** Of those that cannot be opened; their data is missing. The files stay, for `repairBlock`. */
  readonly failures: readonly BlockFailure[]
  /** Files that were removed: unfinished ones, and ones whose data another block has taken over. */
  readonly removed: readonly string[]
}

const NAME = /^\d{12}-\d\.block$/

/**
 * `number`: counts up with every block that is flushed; a merged block has that of the newest of its sources and
 * the next `level`, 0 to 9. Names in order are blocks in order of age.
 */
export function blockName(number: number, level: number): string {
  return `${String(number).padStart(12, '0')}-${level}.block`
}

/** Opens what is there; makes the folder when there is none. @throws {SeriesFailure} the folder cannot be read. */
export async function openFolder(folder: string, options: OpenOptions = {}): Promise<FolderReport> {
  try {
    await mkdir(folder, { recursive: true })
    const names = (await readdir(folder)).sort()
    const { blocks, failures } = openAll(
      names.filter((name) => NAME.test(name)).map((name) => join(folder, name)),
      options,
    )
    const replaced = new Set(blocks.flatMap((block) => block.head.replaces))
    const gone = blocks.filter(({ name }) => replaced.has(name))
    for (const block of gone) block.close()
    const unfinished = names.filter((name) => name.endsWith(PART_SUFFIX))
    const removed = [...unfinished, ...gone.map(({ name }) => name)]
    for (const name of removed) await rm(join(folder, name), { force: true })
    if (removed.length > 0) await syncFolder(folder)
    return { blocks: blocks.filter((block) => !gone.includes(block)), failures, removed }
  } catch (cause) {
    throw diskFailure(cause, `read ${folder}`)
  }
}

function openAll(paths: readonly string[], options: OpenOptions) {
  const blocks: Block[] = []
  const failures: BlockFailure[] = []
  for (const path of paths) {
    try {
      blocks.push(openBlock(path, options))
    } catch (cause) {
      if (!(cause instanceof BlockFailure)) throw cause
      failures.push(cause)
    }
  }
  return { blocks, failures }
}
