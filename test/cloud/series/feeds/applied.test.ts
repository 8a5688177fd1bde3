import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Applied, appliedSchema } from '../../../../src/cloud/series/feeds/applied.ts'
import type { BatchId } from '../../../../src/wire/batch.ts'
import { AGENT, EPOCH } from '../../../wire/traffic.ts'

const DAY_MS = 24 * 3600_000

function id(seq: number, parts: Partial<BatchId> = {}): BatchId {
  return { agent: AGENT, epoch: EPOCH, seq, ...parts }
}

describe('the numbers applied', () => {
  it('are those that were added, in any order, also after a way over the disk', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 })), (seqs) => {
        const applied = new Applied()
        for (const seq of seqs) applied.add(id(seq), 0)
        const stored = appliedSchema.parse(JSON.parse(JSON.stringify(applied.snapshot(0))))
        const again = new Applied()
        again.add(id(1), 0)
        again.merge(stored)
        for (let seq = 1; seq <= 62; seq++) {
          assert.equal(applied.has(id(seq)), seqs.includes(seq))
          assert.equal(again.has(id(seq)), seqs.includes(seq) || seq === 1)
        }
      }),
    )
  })

  it('are one interval where none is missing', () => {
    const applied = new Applied()
    for (const seq of [3, 1, 2, 5, 4]) applied.add(id(seq), 0)
    assert.deepEqual(Object.values(applied.snapshot(0)), [{ spans: [[1, 5]], heardAt: 0 }])
  })

  it('are of one agent and epoch', () => {
    const applied = new Applied()
    applied.add(id(1), 0)
    for (const other of [{ agent: 'other' }, { epoch: 'other' }]) {
      assert.equal(applied.has(id(1, other)), false)
    }
  })

  it('are forgotten when the process was silent for 8 days', () => {
    const applied = new Applied()
    applied.add(id(1), 0)
    applied.add(id(1, { epoch: 'other' }), 2 * DAY_MS)
    assert.equal(Object.keys(applied.snapshot(9 * DAY_MS)).length, 1)
    assert.equal(applied.has(id(1)), false)
  })
})
