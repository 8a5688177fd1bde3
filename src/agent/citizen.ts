/** What the platform may ask of a running agent, and what the agent tells the platform. */
import { systemClock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { PropertyMonitor, reportOwnCalls } from '../tars/monitor.ts'
import type { Agent } from './agent.ts'
import { Commands } from './commands.ts'
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
  readonly log: Log
}

/** Commands that are run from now on; figures and drops are told as time goes by. */
export function openCitizen(options: CitizenOptions): Commands {
  const { agent, found, panel, log } = options
  new DropWatch({
    drops: () => dropsOf(agent.status()),
    tell: panel.tell,
    clock: systemClock,
  }).start()
  startSelfReport(options)
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
  return new Commands(ports, found.passedOver.length > 0)
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
      afterRestart.length > 0 ? `; after a restart only: ${afterRestart.join('; ')}` : ''
    return `${CONFIG_NAME} is loaded from ${again.where}${later}`
  }
}

/** Never to ourselves: the figures would be records that we take in. */
function startSelfReport({ agent, identity, hosting, log }: CitizenOptions): void {
  const object = foreignObject(identity, 'property')
  if (object === undefined) {
    log.info('agent: nobody but ourselves takes properties, own figures are not reported')
    return
  }
  const { reportIntervalMs: intervalMs, module, localIp: ip } = hosting
  try {
    const { locator, set } = identity
    const monitor = new PropertyMonitor({ object, locator, intervalMs, module, ip, set })
    new SelfReport({
      module,
      create: (name, policies) => monitor.create(name, policies),
      figures: () => selfFiguresOf(agent.status()),
      intervalMs,
      clock: systemClock,
    }).start()
  } catch (error) {
    log.warn({ object, error: messageOf(error) }, 'agent: own figures cannot be reported')
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
