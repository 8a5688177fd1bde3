import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openBlock } from '../../../../src/cloud/series/block/block.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { checkBlock } from '../../../../src/cloud/series/block/check.ts'
import { PART_SUFFIX } from '../../../../src/cloud/series/block/part-file.ts'
import { SeriesFailure } from '../../../../src/cloud/series/failure.ts'
import { contentOf, familyOf, HOUR, T0, temporaryFolder } from './fixture.ts'

const KILLS = 6
const WRITER = new URL('./crash-writer.ts', import.meta.url).pathname

/** Kills the writer at that step; returns how many blocks it had finished. */
async function killedAt(step: number, path: string, generation: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, path, String(generation)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(writer, 'close')
  let said = ''
  for await (const chunk of writer.stdout) {
    said += chunk
    if (said.length >= step) writer.kill('SIGKILL')
  }
  const [, signal] = await closed
  assert.equal(signal, 'SIGKILL')
  return said.split('w').length - 1
}

describe('writing a block', () => {
  it(`survives kill -9: the file is the old one or the new one`, async (t) => {
    const path = join(await temporaryFolder(t), 'block')
    let generation = 1
    for (let kill = 0; kill < KILLS; kill++) {
      generation += await killedAt(4 + kill * 7, path, generation)
      const names = await readdir(join(path, '..'))
      if (generation === 1) {
        assert.ok(!names.includes('block'))
        continue
      }
      assert.deepEqual(await checkBlock(path), [])
      const block = openBlock(path)
      const found = Number(block.head.note)
      // The last may have been there before it was told.
      assert.ok(found === generation - 1 || found === generation, `${found} of ${generation}`)
      const values = contentOf(block).flatMap(({ rows }) => rows.map((row) => row.values[0]))
      assert.equal(values.length, 1800)
      assert.ok(values.every((value) => value === found))
      block.close()
      generation = found + 1
    }
    assert.ok(generation > 2, 'some were finished')
  })

  it('that fails leaves nothing behind and says what the disk said', async (t) => {
    const folder = await temporaryFolder(t)
    const path = join(folder, 'block')
    const range = { startMs: T0, endMs: T0 + HOUR }
    await assert.rejects(writeBlock(join(folder, 'none', 'block'), [], range), SeriesFailure)
    await mkdir(path)
    await assert.rejects(writeBlock(path, [familyOf([])], range), SeriesFailure)
    assert.deepEqual(await readdir(folder), ['block'])
    const bug = { ...familyOf([]), records: [{ key: '', labels: {}, merges: [], read: throwing }] }
    await assert.rejects(writeBlock(join(folder, 'b'), [bug], range), RangeError)
    assert.ok((await readdir(folder)).every((name) => !name.endsWith(PART_SUFFIX)))
  })
})

function throwing(): never {
  throw new RangeError('a bug')
}
