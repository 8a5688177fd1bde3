/** Reports values through the real @tars/monitor to the object in the first argument. */
import { PropertyMonitor } from '../../../src/tars/monitor.ts'

const [object = ''] = process.argv.slice(2)
const monitor = new PropertyMonitor({
  object,
  locator: undefined,
  intervalMs: 50,
  module: 'Alarm.AgentServer',
  ip: '10.0.0.5',
  set: 'grp.sz.1',
})
const records = monitor.create('Alarm.AgentServer.recordsIn', ['Sum'])
for (const value of [1, 2, 3]) records(value)
const queue = monitor.create('Alarm.AgentServer.queueBytes', ['Max', 'Avg'])
for (const value of [100, 200, 300]) queue(value)
