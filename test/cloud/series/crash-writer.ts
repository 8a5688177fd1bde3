/**
 * Run by crash.test.ts: opens the store in the folder given, appends batches several at a time, from the
 * numbers given on, and writes the number of each that was acknowledged to stdout. Ends by being killed.
 */
import { writeSync } from 'node:fs'
import { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { crashBatch } from './crash-batch.ts'
import { ENVIRONMENT, T0 } from './fixture.ts'

const [folder = '', first = '1'] = process.argv.slice(2)
const store = await SeriesStore.open({ folder, clock: systemClock, log: silentLog })
let seq = Number(first)

async function appendForever(): Promise<void> {
  for (;;) {
    const mine = seq++
    const { applied } = await store.append(ENVIRONMENT, crashBatch(mine), T0)
    writeSync(1, `${mine} ${applied ? 'applied' : 'repeat'}\n`)
  }
}

await Promise.all(Array.from({ length: 4 }, appendForever))
