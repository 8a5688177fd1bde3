/** Starts a cloud in a folder of its own and stops it again, so that its compiled code is kept (see `run.sh`). */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCloud } from '../src/cloud/cloud.ts'
import { defaultCloudConfig } from '../src/cloud/config.ts'
import { systemClock } from '../src/support/clock.ts'
import { silentLog } from '../src/support/log.ts'

await import('../src/agent/agent.ts')
const data = await mkdtemp(join(tmpdir(), 'tars-alarm-warm-'))
try {
  const config = { ...defaultCloudConfig(), data, listen: { host: '127.0.0.1', port: 0 } }
  const cloud = await startCloud({ config, clock: systemClock, log: silentLog })
  await cloud.stop()
} finally {
  await rm(data, { recursive: true, force: true })
}
