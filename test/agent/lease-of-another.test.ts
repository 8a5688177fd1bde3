import assert from 'node:assert/strict'
import { it } from 'node:test'
import { configFor, startTestAgent } from './agent-rig.ts'
import { type Behave, CloudDouble } from './support/cloud-double.ts'
import { tempFolder } from './support/temp-folder.ts'

const grant =
  (term: number): Behave =>
  (response) => {
    const lease = { term, ttlMs: 20_000 }
    response.end(
      JSON.stringify({ serverTimeMs: 1e5, framework: 'TARSFramework', lease, batchVersions: [] }),
    )
  }

it('what one environment granted is void in another', { timeout: 60_000 }, async (t) => {
  const before = await CloudDouble.start(t)
  before.beat = grant(7)
  const { agent } = await startTestAgent(t, tempFolder(), before)
  const polls = async (isSo: boolean) => {
    while (agent.status().polls !== isSo) await new Promise((resolve) => setImmediate(resolve))
  }
  await polls(true)
  const next = await CloudDouble.start(t)
  next.beat = grant(3)
  agent.reconfigure(configFor(next, { envKey: 'another-key' }))
  assert.equal(agent.status().polls, false)
  await polls(true)
  assert.equal(next.heartbeats.length, 1)
})
