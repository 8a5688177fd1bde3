import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { convergence, convergenceIn, newEnvironment } from '../../contract/store/samples.ts'
import { dataFolder, openIn } from './data-folder.ts'
import { ALERTS, valuesOf } from './killed-writer.ts'

const WRITER = fileURLToPath(new URL('killed-writer.ts', import.meta.url))
const ROUNDS = 5

/** Kills a writer in the middle of its work; returns the last evaluation it said was saved. */
async function killWriter(folder: string, afterLines: number): Promise<number> {
  const writer = spawn(process.execPath, [WRITER, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    // By then it is anywhere between two evaluations.
    if (said.split('\n').length > afterLines) writer.kill('SIGKILL')
  })
  const [, signal] = await once(writer, 'close')
  assert.equal(signal, 'SIGKILL')
  return Number(said.trimEnd().split('\n').at(-1))
}

describe('a store whose process is killed', () => {
  it('has every transaction whole or not at all, and all that was answered', async (t) => {
    const folder = dataFolder(t)
    const made = await openIn(folder)
    const environment = await newEnvironment(made)
    await made.close()
    for (let round = 0; round < ROUNDS; round++) {
      const said = await killWriter(folder, 1 + Math.floor(Math.random() * 8))
      const store = await openIn(folder)
      const [progress] = await store.alerts.progress(environment)
      const n = progress?.evaluatedAt ?? 0
      assert.ok(n >= said, `evaluation ${said} was answered, ${n} is stored`)

      const alerts = await store.alerts.livingAlerts(environment)
      const byNumber = (a: { id: string }, b: { id: string }) =>
        Number(a.id.slice(6)) - Number(b.id.slice(6))
      assert.deepEqual(alerts.sort(byNumber), valuesOf(environment, n))

      // Each change is either pending or planned, and the last planned one moved the convergence.
      const pending = await store.plans.pendingChanges(1e6, 0)
      const planned = await store.reads.deliveries({ environment, limit: 1e6 })
      assert.equal(pending.length + planned.length, n * ALERTS)
      const numbers = planned.map(({ id }) => Number(id.slice(9)))
      const told = await convergenceIn(store.plans, convergence(environment).kind)
      assert.equal(told?.toldAt ?? 0, Math.max(0, ...numbers))
      assert.ok(pending.every(({ id }) => id > (told?.toldAt ?? 0)))
      await store.close()
    }
  })
})
