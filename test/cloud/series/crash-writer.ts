/**
 * Run by crash-run.ts with a JSON of `Life`: opens the store, says whether it is what a model says (on standard
 * output a line `found` with how many of the batches in flight are there), then sends batches, some at a time, and
 * writes the number of each that was answered. Ends by being killed, or in order when nothing kills it.
 */
import assert from 'node:assert/strict'
import { writeSync } from 'node:fs'
import { randomOf } from '../../wire/traffic.ts'
import { diskOf, type Life } from './crash-life.ts'
import { AT_ONCE, FLYING } from './crash-run.ts'
import { CrashClock, openCrashStore, openCrashThread, retentionMsOf } from './crash-store.ts'
import { SeriesModel } from './model.ts'
import { matching } from './model-matching.ts'
import { offer } from './model-subject.ts'
import { isSamples, sent } from './model-traffic.ts'

const life: Life = JSON.parse(process.argv[2] ?? '')
const { folder, seed, answered, batches, isBehindPort } = life
const random = randomOf(seed - answered)
if (!isBehindPort) await diskOf(life)

const model = new SeriesModel()
for (let n = 1; n <= answered; n++) model.apply(sent(seed, n))
const clock = new CrashClock()
clock.sent = answered
const store = isBehindPort
  ? await openCrashThread(folder, seed)
  : await openCrashStore(folder, seed, clock)
const flying = Array.from({ length: FLYING }, (_, at) => sent(seed, answered + 1 + at))
const found = await matching(model, store, flying, retentionMsOf(seed))

await sendAgain()
let next = answered + FLYING + 1
await Promise.all(Array.from({ length: AT_ONCE }, send))
await store.close()

/** What was answered is known; what was in flight is what the model found, and is taken now if it was not. */
async function sendAgain(): Promise<void> {
  for (let n = Math.max(1, answered - 5); n <= answered; n++) {
    const again = sent(seed, n)
    // Killed here, it would have replaced what replaced it.
    if (isSamples(again) && again.replaces) continue
    assert.notEqual(await offer(store, again), 'applied', `${n} was answered, and is gone`)
  }
  let known = 0
  let isNew = false
  for (const [at, each] of flying.entries()) {
    clock.sent = answered + 1 + at
    const answer = await offer(store, each)
    if (answer === 'repeat') known = at + 1
    assert.ok(answer !== 'repeat' || !isNew, `${clock.sent} is there, the one before it is not`)
    isNew ||= answer === 'applied'
    writeSync(1, `${clock.sent}\n`)
  }
  // Single values are not known by a number.
  while (!found.includes(known) && flying.slice(known, known + 1).some(isSamples)) known++
  assert.ok(found.includes(known), `${known} are known as applied, but the data is of ${found}`)
  writeSync(1, `found ${known}\n`)
}

async function send(): Promise<void> {
  while (next <= answered + batches) {
    const mine = next++
    clock.sent = mine
    await offer(store, sent(seed, mine))
    writeSync(1, `${mine}\n`)
    if (random() < 0.1) {
      const old = Math.max(1, mine - FLYING - Math.floor(random() * 50))
      const again = sent(seed, old)
      // What replaces would replace what replaced it.
      if (isSamples(again) && again.replaces) continue
      assert.notEqual(await offer(store, again), 'applied', `${old} was applied twice`)
    }
  }
}
