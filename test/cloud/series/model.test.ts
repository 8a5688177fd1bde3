/** The store against a model, without crashes: what the crash tests take for granted. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CrashClock, openCrashStore, retentionMsOf } from './crash-store.ts'
import { temporaryFolder } from './fixture.ts'
import { SeriesModel } from './model.ts'
import { offer } from './model-subject.ts'
import { isSamples, sent } from './model-traffic.ts'

const BATCHES = 240
const AT_ONCE = 8
const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS

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
          const isTaken = model.apply(each)
          assert.equal(answers[at], !isTaken ? 'refused' : isSamples(each) ? 'samples' : 'applied')
          if (answers[at] === 'refused') refused++
        }
        if (first % 40 !== 1) continue
        await model.check(store, retentionMsOf(seed))
        await store.close()
        store = await openCrashStore(folder, seed, clock)
        await model.check(store, retentionMsOf(seed))
      }
      assert.ok(refused > 2, 'some were too old or too new')
      assert.ok((store.stats('al-test')?.blocks ?? 0) > 5, 'most is in blocks')
      await store.flush('al-test')
      const times = await model.check(store, retentionMsOf(seed))
      assert.ok(times.includes(hoursEnd(model.newestMs, retentionMsOf(seed))), `${times}`)
    })
  }
})

/** Hours take the place of days that are over for good, and of what is past its time. */
function hoursEnd(newestMs: number, retentionMs: number): number {
  const daysEnd = Math.floor((newestMs - 26 * HOUR_MS) / DAY_MS) * DAY_MS
  const hoursEnd = Math.floor((newestMs - retentionMs) / HOUR_MS) * HOUR_MS
  return Math.min(daysEnd, hoursEnd)
}
