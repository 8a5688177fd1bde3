import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FrameworkDouble } from './framework-double.ts'

export interface AgentFiles {
  readonly folder: string
  /** Of `AgentServer.conf` beside the TARS config. */
  readonly lines?: readonly string[]
  readonly port?: number
  /** Whose objects the TARS config names. */
  readonly framework?: FrameworkDouble
  readonly instances?: number
}

export const mainOf = (lines: readonly string[]) => ['<main>', ...lines, '</main>'].join('\n')

/** A TARS config as tarsnode renders it, and beside it an `AgentServer.conf`; the path of the first. */
export function writeAgentFiles(files: AgentFiles): string {
  const { folder, lines = [], port = 0, framework, instances = 1 } = files
  let tars = readFileSync('conf/agent.tars.conf', 'utf8')
    .replaceAll(/-p 1880[2345]/g, `-p ${port}`)
    .replace('data/agent/data/', join(folder, 'data'))
    .replace('data/agent/log/', join(folder, 'log'))
    .replace('instances=1', `instances=${instances}`)
  if (framework) {
    const client = [
      'report-interval=1000',
      `stat=${framework.object('tarsstat.StatObj')}`,
      `property=${framework.object('tarsproperty.PropertyObj')}`,
    ]
    const server = [
      'app=Alarm',
      `notify=${framework.object('tarsnotify.NotifyObj')}`,
      `config=${framework.object('tarsconfig.ConfigObj')}`,
    ]
    tars = tars
      .replace('report-interval=60000', client.join('\n'))
      .replace('app=Alarm', server.join('\n'))
  }
  const config = join(folder, 'Alarm.AgentServer.config.conf')
  writeFileSync(config, tars)
  writeFileSync(join(folder, 'AgentServer.conf'), mainOf(lines))
  return config
}
