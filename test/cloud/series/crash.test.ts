/** `kill -9` and power cuts at any instruction: what was acknowledged is there, once; what was under way, whole or not at all. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crash } from './crash-run.ts'
import { temporaryFolder } from './fixture.ts'

const KILLS = 3

describe('the store after crashes', { concurrency: true }, () => {
  for (const seed of [1, 2]) {
    it(`is what a model says, ${KILLS} times (${seed})`, async (t) => {
      const { kills, answered } = await crash(await temporaryFolder(t), seed, KILLS)
      assert.equal(kills, KILLS)
      assert.ok(answered > 0, `${answered}`)
    })
  }
})
