import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { blockName, openFolder } from '../../../../src/cloud/series/block/block-folder.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { mergeBlocks } from '../../../../src/cloud/series/block/merge.ts'
import { contentOf, familyOf, HOUR, T0, temporaryFolder } from './fixture.ts'

const RANGE = { startMs: T0, endMs: T0 + HOUR }

function one(calls: number) {
  const rows = [{ minute: 1, op: 0, values: [calls, calls, calls] }]
  return [familyOf([{ labels: { callee: 'A' }, rows }])]
}

describe('a folder of blocks', () => {
  it('after a crash in the middle of a merge has each contribution once, oldest block first', async (t) => {
    const folder = join(await temporaryFolder(t), 'blocks')
    await openFolder(folder) // makes it
    for (const number of [1, 2, 10])
      await writeBlock(join(folder, blockName(number, 0)), one(number), RANGE)
    const { blocks } = await openFolder(folder)
    assert.equal(blocks.length, 3)
    // Killed before the sources were removed, and in the middle of another.
    await mergeBlocks(blocks.slice(0, 2), join(folder, blockName(2, 1)))
    await writeFile(join(folder, `${blockName(3, 0)}.part`), 'begun')
    for (const block of blocks) block.close()
    const after = await openFolder(folder)
    assert.deepEqual(
      after.blocks.map((block) => contentOf(block)[0]?.rows[0]?.values),
      [
        [3, 2, 1],
        [10, 10, 10],
      ],
    )
    assert.deepEqual(after.removed.length, 3)
    assert.deepEqual(await readdir(folder), [blockName(2, 1), blockName(10, 0)])
    for (const block of after.blocks) block.close()
  })

  it('names what cannot be opened, and leaves it', async (t) => {
    const folder = await temporaryFolder(t)
    await writeFile(join(folder, blockName(1, 0)), 'no block')
    await writeBlock(join(folder, blockName(2, 0)), one(1), RANGE)
    const { blocks, failures } = await openFolder(folder)
    assert.deepEqual([blocks.length, failures.map(({ block }) => block)], [1, [blockName(1, 0)]])
    assert.equal((await readdir(folder)).length, 2)
    for (const block of blocks) block.close()
  })
})
