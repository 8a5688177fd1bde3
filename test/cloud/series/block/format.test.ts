/** The block in `src/cloud/series/block/README.md`, byte for byte. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openBlock } from '../../../../src/cloud/series/block/block.ts'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { OP } from '../../../../src/cloud/series/block/record-rows.ts'
import { contentOf, familyOf, HOUR, type PlainRecord, T0, temporaryFolder } from './fixture.ts'

const RECORDS: PlainRecord[] = [
  {
    labels: { callee: 'App.A', side: 'client' },
    rows: [
      { minute: 1, op: OP.add, values: [100, 0.25] },
      { minute: 2, op: OP.add, values: [107, 0.5] },
      { minute: 4, op: OP.add, values: [90, 0.25] },
    ],
  },
  { labels: { callee: 'App.B' }, rows: [{ minute: 1, op: OP.set, values: [0, Math.PI] }] },
]

async function documented(): Promise<Buffer> {
  const url = new URL('../../../../src/cloud/series/block/README.md', import.meta.url)
  const [, hex = ''] = /```hex\n(.*?)```/s.exec(await readFile(url, 'utf8')) ?? []
  return Buffer.from(hex.replace(/#.*$/gm, '').replace(/\s/g, ''), 'hex')
}

describe('the format of a block', () => {
  it('is written as documented', async (t) => {
    const path = join(await temporaryFolder(t), 'block')
    const family = familyOf(RECORDS, { merges: ['add', 'max'] })
    await writeBlock(path, [family], { startMs: T0, endMs: T0 + 2 * HOUR - 1 }, { note: 'n' })
    assert.equal((await readFile(path)).toString('hex'), (await documented()).toString('hex'))
  })

  it('is read as documented', async (t) => {
    const path = join(await temporaryFolder(t), 'block')
    await writeFile(path, await documented())
    const block = openBlock(path)
    assert.deepEqual(contentOf(block, 'stat', [0, 1]), RECORDS)
    assert.equal(block.head.note, 'n')
    block.close()
  })
})
