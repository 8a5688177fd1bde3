/**
 * The agent's own path from the socket to the window: host, feed, windows, and nothing behind them.
 * Arguments: its port, and where to forward to, if at all.
 */
import { Forwarder } from '../../../src/agent/feeds/forward.ts'
import { SubscribeFeed } from '../../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, Windows } from '../../../src/agent/window/windows.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { openCommunicator } from '../../../src/tars/communicator.ts'
import { ServantHost } from '../../../src/tars/host.ts'
import { rawObject } from '../../../src/tars/proxy.ts'

const clock = systemClock
const [port = 0, forwardPort] = process.argv.slice(2).map(Number)
// A load without pause looks like reports each minute, then each 10 s: both keys may meet in a window.
const windows = new Windows({ ...DEFAULT_WINDOW, maxStatKeys: 50_000 }, clock.now())
function forwarderTo(targetPort: number): Forwarder {
  const object = `tars.tarsstat.StatObj@tcp -h 127.0.0.1 -p ${targetPort} -t 60000`
  const target = rawObject(openCommunicator(), object)
  return new Forwarder({ target, object, clock, log: silentLog })
}

const feed = new SubscribeFeed({
  intake: {
    stat: (at, known, values) => windows.addStat(at, known, values),
    property: () => {},
    event: async () => {},
  },
  ...(forwardPort !== undefined && { forwarders: { stat: forwarderTo(forwardPort) } }),
  now: () => clock.now(),
  log: silentLog,
})
const servants = feed.servants('Alarm.AgentServer')
const endpoint = { transport: 'tcp', host: '127.0.0.1', port, timeoutMs: 60_000 } as const
const host = new ServantHost({
  adapters: [
    {
      name: 'StatObjAdapter',
      endpoint,
      servants: servants.map(({ name }) => name),
      maxConnections: 100,
    },
  ],
  servants,
  clock,
  log: silentLog,
})
await host.start()
setInterval(() => windows.close(clock.now()), 1_000)
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
process.send?.({ ready: true, port: host.addresses[0]?.port })
