/** What the platform may ask of a running agent, and what the agent tells the platform. */
import type { Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { PropertyMonitor, reportOwnCalls } from '../tars/monitor.ts'
import type { Agent } from './agent.ts'
import { type Command, Commands } from './commands.ts'
import { CONFIG_NAME, type ConfigSource, type FoundConfig } from './config-source.ts'
import { DropWatch } from './drop-watch.ts'
import { foreignObject, type Hosting } from './hosting.ts'
import type { TarsIdentity } from './identity.ts'
import type { Panel } from './panel.ts'
import { dropsOf, SelfReport, selfFiguresOf } from './self-report.ts'
import { viewStatus } from './view-status.ts'

export interface CitizenOptions {
  readonly agent: Pick<Agent, 'status' | 'reconfigure'>
  readonly identity: TarsIdentity
  readonly hosting: Hosting
  readonly source: ConfigSource
  /** With what the agent was started. */
  readonly found: FoundConfig
  readonly panel: Panel
  /** Real time. */
  readonly clock: Clock
  readonly log: Log
}

export interface Citizen {
  /** The answer is for people. Never rejects. */
  run(command: Command): Promise<string>
  /** Nothing more is told. */
  close(): void
}

/** Commands that are run from now on; figures and drops are told as time goes by. */
export function openCitizen(options: CitizenOptions): Citizen {
  const { agent, found, panel, log, clock } = options
  const drops = new DropWatch({ drops: () => dropsOf(agent.status()), tell: panel.tell, clock })
  drops.start()
  const report = startSelfReport(options)
  startCallReport(options)
  const ports = {
    reload: reloader(options),
    setLogLevel: (level: string) => {
      log.level = level
    },
    viewStatus: () => viewStatus(agent.status()),
    version: () => agent.status().version,
    tell: panel.tell,
    log,
  }
  const commands = new Commands(ports, found.passedOver.length > 0)
  return {
    run: (command) => commands.run(command),
    close() {
      drops.stop()
      report?.stop()
    },
  }
}

function reloader({ agent, source, found, log }: CitizenOptions): () => Promise<string> {
  let running = found
  return async () => {
    const again = await source.findAgain(running.origin)
    const afterRestart = agent.reconfigure(again.config)
    log.level = again.config.logLevel
    source.keep(again)
    running = again
    const later =
      afterRestart.length > 0 ? `; after a restart only: ${afterRestart.join(', ')}` : ''
    return `${CONFIG_NAME} is loaded from ${again.where}${later}`
  }
}

/** Never to ourselves: the figures would be records that we take in. */
function startSelfReport(options: CitizenOptions): SelfReport | undefined {
  const { agent, identity, hosting, log, clock } = options
  const object = foreignObject(identity, 'property')
  if (object === undefined) {
    log.info('agent: nobody but ourselves takes properties, own figures are not reported')
    return undefined
  }
  const { reportIntervalMs: intervalMs, module, localIp: ip } = hosting
  try {
    const { locator, set } = identity
    const monitor = new PropertyMonitor({ object, locator, intervalMs, module, ip, set })
    const report = new SelfReport({
      module,
      create: (name, policies) => monitor.create(name, policies),
      figures: () => selfFiguresOf(agent.status()),
      intervalMs,
      clock,
    })
    report.start()
    return report
  } catch (error) {
    log.warn({ object, error: messageOf(error) }, 'agent: own figures cannot be reported')
    return undefined
  }
}

/** To the object that the TARS config names, or nobody: @tars/rpc knows no other. */
function startCallReport({ identity, log }: CitizenOptions): void {
  const { stat } = identity
  if (stat === undefined || foreignObject(identity, 'stat') !== stat) return
  try {
    reportOwnCalls()
  } catch (error) {
    log.warn({ object: stat, error: messageOf(error) }, 'agent: own calls cannot be reported')
  }
}
