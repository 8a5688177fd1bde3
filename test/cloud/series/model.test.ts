/** The store against a model, without crashes: what the crash tests take for granted. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CrashClock, keptSince, openCrashStore } from './crash-store.ts'
import { temporaryFolder } from './fixture.ts'
import { offer, SeriesModel } from './model.ts'
import { sent } from './model-traffic.ts'

const BATCHES = 240
const AT_ONCE = 8

describe('the store and a model of it', () => {
  for (const seed of [1, 2]) {
    it(`tell the same after ${BATCHES} batches of all kinds, also after starts (${seed})`, async (t) => {
      // Before the folder goes.
      t.after(() => store.close())
      const folder = await temporaryFolder(t)
      const clock = new CrashClock()
      let store = await openCrashStore(folder, seed, clock)
      const model = new SeriesModel()
      let refused = 0
      for (let first = 1; first <= BATCHES; first += AT_ONCE) {
        const all = Array.from({ length: AT_ONCE }, (_, at) => sent(seed, first + at))
        clock.sent = first + AT_ONCE - 1
        const answers = await Promise.all(all.map((each) => offer(store, each)))
        for (const [at, each] of all.entries()) {
          assert.equal(answers[at], model.apply(each) ? 'applied' : 'refused')
          if (answers[at] === 'refused') refused++
        }
        if (first % 40 !== 1) continue
        await model.check(store, keptSince(model, seed))
        await store.close()
        store = await openCrashStore(folder, seed, clock)
        await model.check(store, keptSince(model, seed))
      }
      assert.ok(refused > 2, 'some were too old or too new')
      assert.ok((store.stats('al-test')?.blocks ?? 0) > 5, 'most is in blocks')
    })
  }
})
