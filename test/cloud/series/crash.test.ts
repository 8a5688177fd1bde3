/** `kill -9` at any instruction: what was acknowledged is there, once. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, it, type TestContext } from 'node:test'
import { randomOf } from '../../wire/traffic.ts'
import { crashBatch } from './crash-batch.ts'
import { ENVIRONMENT, openStore, select, T0, temporaryFolder } from './fixture.ts'

const KILLS = 10
const WRITER = new URL('./crash-writer.ts', import.meta.url).pathname

/** Kills the writer after it has acknowledged `after` batches and a moment more; returns all it acknowledged. */
async function killedWriter(folder: string, first: number, after: number): Promise<number[]> {
  const writer = spawn(process.execPath, [WRITER, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(writer, 'close')
  const acknowledged: number[] = []
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged.push(Number(line.split(' ')[0]))
    if (acknowledged.length === after) writer.kill('SIGKILL')
  }
  const [, signal] = await closed
  assert.equal(signal, 'SIGKILL')
  return acknowledged
}

/** The samples that these batches make, by the plainest means. */
function modelOf(seqs: Iterable<number>): Map<string, number> {
  const model = new Map<string, number>()
  for (const seq of seqs) {
    const [window] = crashBatch(seq).windows
    const [row] = window?.stats ?? []
    const key = `${row?.key.interface} ${((window?.endMs ?? 0) - T0) / 10_000}`
    model.set(key, (model.get(key) ?? 0) + (row?.values.calls ?? 0))
  }
  return model
}

describe('the store survives kill -9', { concurrency: true }, () => {
  for (const seed of [11, 12]) {
    const name = `${KILLS} times (${seed}): every acknowledged batch is there once, the others once when sent again`
    it(name, (t) => survives(t, seed))
  }
})

async function survives(t: TestContext, seed: number): Promise<void> {
  const folder = await temporaryFolder(t)
  const random = randomOf(seed)
  const acknowledged = new Set<number>()
  for (let kill = 0; kill < KILLS; kill++) {
    // Begins with some that are repeats and some that were in flight.
    const first = Math.max(1, Math.max(0, ...acknowledged) - Math.floor(random() * 8))
    const after = 1 + Math.floor(random() * 40)
    for (const seq of await killedWriter(folder, first, after)) acknowledged.add(seq)
  }
  const store = await openStore(t, { folder })
  assert.equal(store.report.broken, 0)
  const last = Math.max(...acknowledged) + 10
  let added = 0
  for (let seq = 1; seq <= last; seq++) {
    const { applied } = await store.append(ENVIRONMENT, crashBatch(seq), T0)
    assert.ok(!applied || !acknowledged.has(seq), `${seq} was acknowledged and is gone`)
    if (applied) added++
  }
  assert.ok(added >= 6)
  const found = new Map<string, number>()
  for (const [series, ...samples] of await select(store, '__name__=tars_calls')) {
    const name = /interface=(\w+)/.exec(series)?.[1]
    for (const [step, value] of samples) found.set(`${name} ${step}`, value)
  }
  const all = Array.from({ length: last }, (_, at) => at + 1)
  assert.deepEqual([...found].sort(), [...modelOf(all)].sort())
}
