/** The agent's own path from the socket to the window: host, feed, windows, and nothing behind them. */
import { SubscribeFeed } from '../../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, Windows } from '../../../src/agent/window/windows.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { ServantHost } from '../../../src/tars/host.ts'

const clock = systemClock
const port = Number(process.argv[2])
// A load without pause looks like reports each minute, then each 10 s: both keys may meet in a window.
const windows = new Windows({ ...DEFAULT_WINDOW, maxStatKeys: 50_000 }, clock.now())
const feed = new SubscribeFeed({
  intake: {
    stat: (at, known, values) => windows.addStat(at, known, values),
    property: () => {},
    event: async () => {},
  },
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
