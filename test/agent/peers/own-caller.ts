/** Calls tarsconfig (second argument) when own calls are reported to an object (first argument). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCommunicator } from '../../../src/tars/communicator.ts'
import { ConfigPuller } from '../../../src/tars/config-puller.ts'
import { reportOwnCalls } from '../../../src/tars/monitor.ts'

interface Monitor {
  readonly stat: { reportIntervalMin: number }
}

// @tars/monitor takes nothing below 10 s otherwise.
const monitor = createRequire(import.meta.url)('@tars/monitor') as Monitor
monitor.stat.reportIntervalMin = 20

const [stat = '', object = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-peer-'))
process.env.TARS_CONFIG = join(folder, 'tars.conf')
const client = [
  '<client>',
  `stat=${stat}`,
  'report-interval=20',
  'modulename=Alarm.AgentServer',
  '</client>',
]
writeFileSync(
  process.env.TARS_CONFIG,
  ['<tars>', '<application>', ...client, '</application>', '</tars>'].join('\n'),
)
reportOwnCalls()
const names = { app: 'Alarm', server: 'AgentServer', node: '', set: '' }
const puller = new ConfigPuller({ communicator: openCommunicator(), object, ...names })
// It has been read: nothing needs it later.
rmSync(folder, { recursive: true })
await puller.pull('AgentServer.conf')
