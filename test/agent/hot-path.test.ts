/** Whatever is remembered on the way from packet to window: the sums are those of a plain reading. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { SubscribeFeed } from '../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, Windows } from '../../src/agent/window/windows.ts'
import { silentLog } from '../../src/support/log.ts'
import { StatF } from '../../src/tars/idl/stat-f.ts'

const SERVICES = ['App.A', 'App.B', 'App.C.rigsz1']
const head = fc.record({
  slaveName: fc.constantFrom(...SERVICES),
  interfaceName: fc.constantFrom('f', 'g'),
  masterIp: fc.constantFrom('', '10.9.9.9'),
  slaveIp: fc.constantFrom('', '10.8.8.8'),
})
const counts = fc.record({
  count: fc.nat(50),
  timeoutCount: fc.nat(3),
  execCount: fc.nat(3),
})
const report = fc.record({
  // More senders than a head remembers keys for.
  host: fc.integer({ min: 1, max: 12 }).map((n) => `10.0.0.${n}`),
  fromClient: fc.boolean(),
  gapMs: fc.constantFrom(0, 1, 4_000, 10_000, 61_000),
  rows: fc.array(fc.tuple(head, counts), { minLength: 1, maxLength: 6 }),
})

type Report = typeof report extends fc.Arbitrary<infer T> ? T : never
type Sums = Record<string, [number, number, number]>

function add(sums: Sums, key: string, values: readonly [number, number, number]): void {
  if (values.every((value) => value === 0)) return
  const before = sums[key] ?? [0, 0, 0]
  sums[key] = [before[0] + values[0], before[1] + values[1], before[2] + values[2]]
}

/** Straight from the TARS rules: no memory, no tables. */
function plainly(reports: readonly Report[]): Sums {
  const sums: Sums = {}
  for (const { host, fromClient, rows } of reports) {
    for (const [{ slaveName, interfaceName, masterIp, slaveIp }, body] of rows) {
      const callee = slaveName.split('.').slice(0, 2).join('.')
      const callerIp = masterIp || (fromClient ? host : '')
      const calleeIp = slaveIp || (fromClient ? '' : host)
      const key = [
        fromClient ? 'client' : 'server',
        callee,
        interfaceName,
        callerIp,
        calleeIp,
      ].join(' ')
      const { count, timeoutCount, execCount } = body
      add(sums, key, [count + timeoutCount + execCount, timeoutCount, execCount])
    }
  }
  return sums
}

function throughTheAgent(reports: readonly Report[]): Sums {
  let now = 1_000_000_000_000
  const windows = new Windows(DEFAULT_WINDOW, now)
  const feed = new SubscribeFeed({
    intake: {
      stat: (at, known, values) => windows.addStat(at, known, values),
      property: (at, row) => windows.addProperty(at, row),
      event: async () => {},
    },
    now: () => now,
    log: silentLog,
  })
  const take = feed.servants('Alarm.AgentServer')[0]?.functions.reportMicMsg
  const sums: Sums = {}
  const close = () => {
    for (const { stats } of windows.close(now).windows) {
      for (const { key, values } of stats) {
        const name = [key.side, key.callee, key.interface, key.callerIp, key.calleeIp].join(' ')
        add(sums, name, [values.calls, values.timeouts, values.exceptions])
        assert.ok(values.buckets.reduce((a, b) => a + b, 0) <= values.calls)
      }
    }
  }
  for (const { host, fromClient, gapMs, rows } of reports) {
    now += gapMs
    close()
    take?.(bodyOf(rows, fromClient), {
      functionName: 'reportMicMsg',
      servantName: 'tars.tarsstat.StatObj',
      host,
      port: 4000,
      transport: 'tcp',
      context: new Map(),
      oneWay: true,
      respond: () => {},
      respondError: (code, message) => assert.fail(`${code} ${message}`),
    })
  }
  now += 20_000
  close()
  return sums
}

function bodyOf(rows: Report['rows'], bFromClient: boolean): Buffer {
  const rest = { slavePort: 1, returnValue: 0, slaveSetName: '', slaveSetArea: '', slaveSetID: '' }
  const msg = rows.map(([own, { count, timeoutCount, execCount }]) => {
    const masterName = bFromClient ? 'App.Client@3.0.20' : 'stat_from_server'
    const intervalCount = [[5, count + timeoutCount + execCount]] as const
    const times = { intervalCount, totalRspTime: count, maxRspTime: 1, minRspTime: 1 }
    const body = { count, timeoutCount, execCount, ...times }
    return [{ masterName, ...own, ...rest, tarsVersion: '' }, body] as const
  })
  return StatF.reportMicMsg.request.encode({ msg, bFromClient })
}

it('any reports of any senders add up to what a plain reading gives', () => {
  fc.assert(
    fc.property(fc.array(report, { minLength: 1, maxLength: 40 }), (reports) => {
      assert.deepEqual(throughTheAgent(reports), plainly(reports))
    }),
    { numRuns: 300 },
  )
})
