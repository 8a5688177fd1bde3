/** Puts everything on stage: inbox, cloud, a user who sets up an environment, agent, two live servers. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClockPlan } from '../../src/support/clock.ts'
import type { StopList } from '../../src/support/stop-list.ts'
import { PAY_OBJ } from './app/pay.ts'
import { tarsConfig } from './app/tars-config.ts'
import { Console, type EnvironmentCard } from './console.ts'
import type { Mailbox } from './mailbox.ts'
import { freePorts, type Started, startProcess, stopAll } from './processes.ts'

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const APP = fileURLToPath(new URL('app/', import.meta.url))
const STOP_GRACE_MS = 5000
const ENVIRONMENT = '演示环境'

export interface Ports {
  readonly stat: number
  readonly property: number
  readonly notify: number
}

export interface Cloud {
  readonly process: Started
  readonly url: string
  readonly password: string
  readonly console: Console
  readonly environment: EnvironmentCard
}

interface Scene {
  readonly folder: string
  readonly clock: ClockPlan
  readonly stop: StopList
}

/** Starts the cloud; the first user's password is read from what it prints, as a person would. */
export async function startCloud(scene: Scene, mailbox: Mailbox, port: number): Promise<Cloud> {
  const url = `http://127.0.0.1:${port}`
  const config = join(scene.folder, 'cloud.yaml')
  writeFileSync(
    config,
    `listen: 127.0.0.1:${port}
public_url: ${url}
data: data
convergence: 2m
log_level: warn
mail:
  host: 127.0.0.1
  port: ${mailbox.smtpPort}
  tls: none
  verify: false
  from: "TARS 告警 <alarm@demo.invalid>"
`,
  )
  let password = ''
  const process = await startProcess('cloud', CLI, {
    args: ['cloud', '--config', config, '--clock', JSON.stringify(scene.clock)],
    onLine: (line) => {
      password ||= /password:\s*(\S+)/.exec(line)?.[1] ?? ''
    },
  })
  scene.stop.push('cloud', () => stopAll([process], STOP_GRACE_MS))
  const console = new Console(url)
  await console.login('admin', password)
  const environment = await console.createEnvironment(ENVIRONMENT)
  const contact = { timeZone: 'Asia/Shanghai', email: 'oncall@demo.invalid' }
  await console.addContact(environment.id, { ...contact, name: '值班', language: 'zh' })
  await console.addContact(environment.id, {
    ...contact,
    name: 'On call',
    email: 'oncall.en@demo.invalid',
    language: 'en',
  })
  return { process, url, password, console, environment }
}

/** Starts `Alarm.AgentServer` as tarsnode would: with a TARS config and its AgentServer.conf. */
export async function startAgent(
  scene: Scene,
  cloud: Cloud,
): Promise<{ process: Started; ports: Ports }> {
  const [stat = 0, property = 0, notify = 0] = await freePorts(3)
  const ports = { stat, property, notify }
  const folder = join(scene.folder, 'agent')
  mkdirSync(folder)
  const tarsFile = join(folder, 'Alarm.AgentServer.config.conf')
  writeFileSync(
    tarsFile,
    tarsConfig({
      app: 'Alarm',
      server: 'AgentServer',
      folder,
      ports,
      reportIntervalMs: 60_000,
      adapters: {
        'Alarm.AgentServer.StatObj': stat,
        'Alarm.AgentServer.PropertyObj': property,
        'Alarm.AgentServer.NotifyObj': notify,
      },
    }),
  )
  const config = join(folder, 'AgentServer.conf')
  writeFileSync(
    config,
    `<main>
  env_key=${cloud.environment.envKey}
  feed=subscribe
  cloud_url=${cloud.url}
  log_level=warn
</main>
`,
  )
  const process = await startProcess('agent', CLI, {
    args: ['agent', '--config', config, '--clock', JSON.stringify(scene.clock)],
    env: { TARS_CONFIG: tarsFile },
  })
  scene.stop.push('agent', () => stopAll([process], STOP_GRACE_MS))
  return { process, ports }
}

export interface LiveServers {
  readonly pay: Started
  readonly order: Started
}

/** Starts `DemoApp.PayServer` and `DemoApp.OrderServer`; calls begin when `order` is told to go. */
export async function startLiveServers(
  scene: Scene,
  ports: Ports,
  speed: number,
): Promise<LiveServers> {
  const [payPort = 0] = await freePorts(1)
  const reportIntervalMs = 10_000 / speed
  const start = (server: string, script: string, adapters: Record<string, number>) => {
    const file = join(scene.folder, `${server}.conf`)
    const app = { app: 'DemoApp', server, folder: scene.folder, ports, reportIntervalMs, adapters }
    writeFileSync(file, tarsConfig(app))
    const env = {
      TARS_CONFIG: file,
      TARS_MONITOR: 'true',
      DEMO_REPORT_MS: String(reportIntervalMs),
      DEMO_PAY_PORT: String(payPort),
    }
    return startProcess(server, join(APP, script), { env })
  }
  const pay = await start('PayServer', 'pay-server.ts', { [PAY_OBJ]: payPort })
  scene.stop.push('PayServer', () => stopAll([pay], STOP_GRACE_MS))
  const order = await start('OrderServer', 'order-server.ts', {})
  scene.stop.push('OrderServer', () => stopAll([order], STOP_GRACE_MS))
  return { pay, order }
}
