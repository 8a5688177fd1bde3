/** The agent as a process: arguments, environment, signals and what `node-agent` says. */
import cluster from 'node:cluster'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { type Clock, systemClock } from '../support/clock.ts'
import { Failure, messageOf } from '../support/failure.ts'
import { createLog, type Log, type LogLevel } from '../support/log.ts'
import { RotatingFile } from '../support/rotating-file.ts'
import { type Agent, startAgent } from './agent.ts'
import { agentConfigBeside, readAgentConfig } from './config.ts'
import { logFileOf, readTarsIdentity, type TarsIdentity } from './identity.ts'

export interface RunOptions {
  /** `AgentServer.conf`; by default the one beside the TARS config. */
  readonly configFile?: string | undefined
  /** By default what the environment's TARS_CONFIG names. */
  readonly tarsConfigFile?: string | undefined
  readonly clock?: Clock | undefined
}

/** Real time for the end; `node-agent` allows deactivating-timeout − 1 s, 2 s by default. */
const GRACE_MS = 1_500

class RunFailure extends Failure<'no-tars-config'> {}

/**
 * Starts the agent of this process; signals end both.
 * @throws {Failure} what is wrong, a line for each fault.
 */
export async function runAgent(options: RunOptions = {}): Promise<Agent> {
  prepareForNodeAgent()
  const path = options.tarsConfigFile ?? process.env.TARS_CONFIG
  if (!path) {
    throw new RunFailure('no-tars-config', 'TARS_CONFIG is not set; try conf/agent.tars.conf')
  }
  const identity = await readTarsIdentity(path)
  const config = await readAgentConfig(options.configFile ?? agentConfigBeside(dirname(path)))
  const log = openLog(identity, config.logLevel)
  const clock = options.clock ?? systemClock
  // Heard from now on: a stop that comes while the agent starts must not end the process hard.
  const stopRequested = stopRequest()
  const agent = await startAgent({ identity, config, clock, log })
  void stopRequested.then(async () => {
    const failures = await agent.stop(GRACE_MS)
    for (const failure of failures) log.error(`agent: ${failure}`)
    // Connections of @tars/rpc would keep the process for a while.
    process.exit(failures.length > 0 ? 1 : 0)
  })
  return agent
}

/** On stderr, and in the log path of TARS where TarsWeb looks for it. */
function openLog(identity: TarsIdentity, level: LogLevel): Log {
  const path = logFileOf(identity)
  if (path === undefined) return createLog('agent', level)
  const file = new RotatingFile(path, identity.logLimits)
  const log = createLog('agent', level, file)
  const { trouble } = file
  if (trouble !== undefined) log.warn({ path, error: trouble }, 'the log file cannot be written')
  return log
}

/**
 * Under node-agent 2.2.2 a stop would end the process before anything is saved: its container
 * disconnects twice, and Node ends a worker that disconnects unasked.
 */
function prepareForNodeAgent(): void {
  // With it @tars/rpc reads the TARS config at every one-way call, and reports our calls to ourselves.
  delete process.env.TARS_MONITOR
  if (!cluster.isWorker || !cluster.worker) return
  cluster.worker.exitedAfterDisconnect = true
  const { disconnect } = process
  process.disconnect = () => {
    if (process.connected) disconnect?.call(process)
  }
}

/** Resolves when anybody wants the process to end. */
function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    const request = () => resolve()
    process.on('message', (message) => {
      const cmd = typeof message === 'object' && message && 'cmd' in message && message.cmd
      if (cmd === 'agent.shutdown') request()
    })
    // Without this listener node-agent ends the worker at once.
    process.on('disconnect', request)
    process.on('SIGTERM', request)
    process.on('SIGINT', request)
  })
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' } } })
    await runAgent({ configFile: values.config })
  } catch (error) {
    for (const line of messageOf(error).split('\n')) process.stderr.write(`agent: ${line}\n`)
    process.exit(1)
  }
}
