/** The cloud as a process: config, what is printed at start, signals. */
import type { Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import { createLog } from '../support/log.ts'
import { collectYoungAlone } from '../support/process-memory.ts'
import { type Cloud, startCloud } from './cloud.ts'
import { defaultCloudConfig, readCloudConfig } from './config.ts'

/**
 * Starts the cloud of this process; SIGTERM and SIGINT end both, SIGHUP reads the rule files anew.
 * @throws {Failure} what is wrong, a line for each fault.
 */
export async function runCloud(options: {
  readonly configFile?: string | undefined
  readonly clock: Clock
}): Promise<Cloud> {
  const { configFile, clock } = options
  collectYoungAlone()
  const config = configFile === undefined ? defaultCloudConfig() : readCloudConfig(configFile)
  const log = createLog('cloud', config.log_level)
  let started: Cloud | undefined
  // From the beginning: without a listener a SIGHUP ends the process. What comes earlier finds its files read anyhow.
  process.on('SIGHUP', () => {
    // What went well is logged there.
    started?.reloadRules().catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'rules not reloaded: nothing changed')
    })
  })
  const cloud = await startCloud({ config, clock, log })
  started = cloud
  stopOnSignal(cloud)
  console.log(`tars-alarm cloud: ${cloud.url}`)
  if (cloud.firstPassword !== undefined) {
    console.log(`first user: admin, password: ${cloud.firstPassword}   (shown only now)`)
  }
  return cloud
}

function stopOnSignal(cloud: Cloud): void {
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    const failures = await cloud.stop()
    for (const failure of failures) console.error(`tars-alarm cloud: while stopping: ${failure}`)
    process.exit(failures.length > 0 ? 1 : 0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // The demo's end is the end of its processes.
  if (process.connected) process.on('disconnect', stop)
}
