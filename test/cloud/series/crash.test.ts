/** `kill -9` and power cuts at any instruction: what was acknowledged is there, once; what was under way, whole or not at all. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crash } from './crash-run.ts'
import { startAfterKill } from './crash-start.ts'
import { temporaryFolder } from './fixture.ts'

const KILLS = 3

describe('the store after crashes', { concurrency: true }, () => {
  const cases: [name: string, seed: number, behindPort: number][] = [
    ['in this thread', 1, 0],
    ['in its own, behind the port', 3, KILLS],
  ]
  for (const [name, seed, least] of cases) {
    it(`is what a model says, ${KILLS} times, ${name}`, async (t) => {
      const { kills, behindPort, answered } = await crash(await temporaryFolder(t), seed, KILLS)
      assert.equal(kills, KILLS)
      assert.ok(behindPort >= least, `${behindPort} behind the port`)
      assert.ok(answered > 0, `${answered}`)
    })
  }
})

describe('a start after a crash', () => {
  const MOST_MS = 10_000
  it(`takes ${MOST_MS} ms of CPU at most with 50,000 records and a log of ten minutes`, async (t) => {
    const folder = await temporaryFolder(t)
    const load = { folder, records: 50_000, windows: 10, windowMs: 60_000 }
    const { report, cpuMs } = await startAfterKill(load)
    assert.deepEqual([report.records, report.broken, report.blocks], [250, 0, 1])
    assert.ok(cpuMs <= MOST_MS, `${cpuMs} ms`)
  })
})
