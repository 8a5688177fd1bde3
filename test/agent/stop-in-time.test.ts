import assert from 'node:assert/strict'
import { it } from 'node:test'
import { startTestAgent } from './agent-rig.ts'
import { CloudDouble, hang } from './support/cloud-double.ts'
import { tempFolder } from './support/temp-folder.ts'

const GRACE_MS = 1_500

it('an agent that holds the lease ends in its grace when the cloud is silent', async (t) => {
  const cloud = await CloudDouble.start(t)
  cloud.always(hang)
  cloud.beat = (response, request) => {
    const isFirst = cloud.heartbeats.length === 1
    if (!isFirst) return hang(response, request)
    const lease = { term: 7, ttlMs: 20_000 }
    response.end(
      JSON.stringify({
        serverTimeMs: 100_000,
        framework: 'TARSFramework',
        lease,
        batchVersions: [],
      }),
    )
  }
  const { agent } = await startTestAgent(t, tempFolder(), cloud)
  while (!agent.status().polls) await new Promise((resolve) => setImmediate(resolve))
  const since = performance.now()
  await agent.stop(GRACE_MS)
  // Twice: for what waits for one thing after another.
  assert.ok(performance.now() - since < 2 * GRACE_MS, `${performance.now() - since} ms`)
  assert.equal(cloud.heartbeats.length, 2, 'it gave the lease back')
})
