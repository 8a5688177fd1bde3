/** The agent as a process: arguments, environment, config and log, start and end. */
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { type Clock, systemClock } from '../support/clock.ts'
import { Failure, messageOf } from '../support/failure.ts'
import { createFileLog, createLog, type Log } from '../support/log.ts'
import { giveBackSpareMemory, keepYoungHeapSmall } from '../support/process-memory.ts'
import { RotatingFile } from '../support/rotating-file.ts'
import { closeCommunicator, openCommunicator } from '../tars/communicator.ts'
import { ConfigPuller } from '../tars/config-puller.ts'
import { type Agent, startAgent } from './agent.ts'
import { openCitizen } from './citizen.ts'
import { agentConfigBeside } from './config.ts'
import { ConfigSource, type FoundConfig } from './config-source.ts'
import { type Hosting, hostingOf } from './hosting.ts'
import { logFileOf, readTarsIdentity, type TarsIdentity } from './identity.ts'
import { openPanel, type Panel } from './panel.ts'
import {
  disconnectedByMaster,
  isSpareWorker,
  leaveCluster,
  onCommand,
  prepareForNodeAgent,
  stopRequest,
} from './worker.ts'

export interface RunOptions {
  /** `AgentServer.conf`; by default what tarsconfig has, or the one beside the TARS config. */
  readonly configFile?: string | undefined
  /** By default what the environment's TARS_CONFIG names. */
  readonly tarsConfigFile?: string | undefined
  readonly clock?: Clock | undefined
}

/** How long a process that cannot start waits until TarsWeb knows why. */
const LAST_WORDS_MS = 1_000

class RunFailure extends Failure<'no-tars-config'> {}

/** What there is before the config is known. */
interface Run {
  readonly identity: TarsIdentity
  readonly hosting: Hosting
  readonly file: RotatingFile | undefined
  readonly log: Log
  readonly panel: Panel
}

/**
 * Starts the agent of this process; signals and messages of node-agent end both.
 * @throws {Failure} what is wrong, a line for each fault.
 */
export async function runAgent(options: RunOptions = {}): Promise<Agent> {
  keepYoungHeapSmall()
  giveBackSpareMemory(systemClock)
  prepareForNodeAgent()
  const path = tarsConfigOf(options)
  // Heard from now on: a stop that comes while the agent starts must not end the process hard.
  const stopRequested = stopRequest()
  const run = openRun(await readTarsIdentity(path))
  const source = configSource(run, options.configFile, agentConfigBeside(dirname(path)))
  let starting: Promise<Agent> | undefined
  void stopRequested.then(() => end(starting, run))
  try {
    const found = await source.find()
    sayFound(found, run)
    starting = start(run, source, found, options.clock ?? systemClock)
    return await starting
  } catch (error) {
    await lastWords(messageOf(error), run)
    throw error
  }
}

function openRun(identity: TarsIdentity): Run {
  const file = openLogFile(identity)
  const log = createLog('agent', 'info', file)
  return { identity, hosting: hostingOf(identity), file, log, panel: openPanel(identity, log) }
}

async function start(run: Run, source: ConfigSource, found: FoundConfig, clock: Clock) {
  const { identity, log, panel } = run
  const agent = await startAgent({ identity, clock, log, panel, config: found.config })
  source.keep(found)
  const citizen = openCitizen({ ...run, agent, source, found, clock: systemClock })
  onCommand((command) => citizen.run(command))
  return {
    ...agent,
    stop(graceMs?: number) {
      citizen.close()
      return agent.stop(graceMs)
    },
  }
}

/** The whole of a process that is the agent. Ends it with code 1 when it cannot start. */
export async function runProcess(args: readonly string[]): Promise<void> {
  try {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } })
    if (isSpareWorker()) await leaveAsSpare()
    else await runAgent({ configFile: values.config })
  } catch (error) {
    for (const line of messageOf(error).split('\n')) process.stderr.write(`agent: ${line}\n`)
    process.exit(1)
  }
}

function tarsConfigOf({ tarsConfigFile }: RunOptions): string {
  const path = tarsConfigFile ?? process.env.TARS_CONFIG
  if (path) return path
  throw new RunFailure('no-tars-config', 'TARS_CONFIG is not set; try conf/agent.tars.conf')
}

/** One data path and one set of sums: a second worker would only take half of what comes. */
async function leaveAsSpare(): Promise<void> {
  const said =
    `worker ${process.env.WORKER_ID} leaves the work to worker 0: ` +
    'put instances=1 into <server> of the template, or asyncthread=1 into <client>'
  process.stderr.write(`agent: ${said}\n`)
  const file = openLogFile(await readTarsIdentity(tarsConfigOf({})))
  if (file) createFileLog('agent', file).warn(said)
  leaveCluster()
}

/** In the log path of TARS, where TarsWeb looks for it. */
function openLogFile(identity: TarsIdentity): RotatingFile | undefined {
  const path = logFileOf(identity)
  return path === undefined ? undefined : new RotatingFile(path, identity.logLimits)
}

/** A file that was given by whoever started the process is asked alone. */
function configSource(run: Run, given: string | undefined, beside: string): ConfigSource {
  const { identity, hosting, log } = run
  const { app, server, node, set, locator, dataPath } = identity
  const { configObject: object } = hosting
  if (given !== undefined || object === undefined) {
    return new ConfigSource({ puller: undefined, dataPath, file: given ?? beside, log })
  }
  // Opened for each pull, which is rare: nothing stays open meanwhile.
  const pull = async (filename: string) => {
    const communicator = openCommunicator(locator)
    try {
      const puller = new ConfigPuller({ communicator, object, app, server, node, set })
      return await puller.pull(filename)
    } finally {
      closeCommunicator(communicator)
    }
  }
  return new ConfigSource({ puller: { pull }, dataPath, file: beside, log })
}

function sayFound({ config, where, passedOver }: FoundConfig, { log, panel, file }: Run): void {
  log.level = config.logLevel
  if (file?.trouble !== undefined) {
    log.warn({ path: file.path, error: file.trouble }, 'the log file cannot be written')
  }
  log.info({ from: where }, 'config: taken')
  for (const line of config.warnings) log.warn(`config: ${line}`)
  if (passedOver.length === 0) return
  const why = passedOver.join('; ')
  log.error({ why: passedOver, from: where }, 'config: what comes first is not good')
  void panel.tell('error', `AgentServer.conf is taken from ${where}, because ${why}`, 'config')
}

async function end(starting: Promise<Agent> | undefined, { hosting, log }: Run) {
  let failures: string[]
  try {
    const agent = await starting
    failures = (await agent?.stop(hosting.graceMs)) ?? []
  } catch (error) {
    failures = [messageOf(error)]
  }
  for (const failure of failures) log.error(`agent: ${failure}`)
  await disconnectedByMaster()
  // Connections of @tars/rpc would keep the process for a while.
  process.exit(failures.length > 0 ? 1 : 0)
}

/** On stderr whoever called says it. */
async function lastWords(why: string, { file, panel }: Run): Promise<void> {
  if (file) for (const line of why.split('\n')) createFileLog('agent', file).fatal(line)
  const told = panel.tell('error', `cannot start: ${why}`, 'start')
  await Promise.race([told, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))])
  panel.close()
}

if (import.meta.main) await runProcess(process.argv.slice(2))
