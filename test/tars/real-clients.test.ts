/** Real @tars/monitor, @tars/notify and @tars/rpc clients, in a process of their own, report to a host. */
import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'
import { parseTarsConfig } from '../../src/tars/config.ts'
import { ServantHost } from '../../src/tars/host.ts'
import { adaptersOf } from '../../src/tars/host-plan.ts'
import { StatF } from '../../src/tars/idl/stat-f.ts'
import { decodeNotifyReport, type NotifyReport } from '../../src/tars/notify-report.ts'
import { PropertyDecoder, type PropertyRecord } from '../../src/tars/property-report.ts'
import type { Call, ServantFunction } from '../../src/tars/servant.ts'
import { StatDecoder, type StatReport } from '../../src/tars/stat-report.ts'

const adapter = (servant: string, transport: string) => `
      <Alarm.AgentServer.${servant}Adapter>
        allow
        endpoint=${transport} -h 127.0.0.1 -p 0 -t 60000
        maxconns=100000
        protocol=tars
        servant=Alarm.AgentServer.${servant}
      </Alarm.AgentServer.${servant}Adapter>`

const SERVER_CONFIG = `<tars>
  <application>
    <server>
      app=Alarm${adapter('StatObj', 'tcp')}${adapter('PropertyObj', 'udp')}${adapter('NotifyObj', 'tcp')}
    </server>
  </application>
</tars>`

const clientConfig = (objects: readonly string[]) => `<tars>
  <application>
    enableset=y
    setdivision=grp.sz.2
    <client>
      stat=${objects[0]}
      property=${objects[1]}
      report-interval=20
      modulename=Real.OrderServer
    </client>
    <server>
      app=Real
      server=OrderServer
      localip=10.0.0.1
      notify=${objects[2]}
    </server>
  </application>
</tars>`

describe('what real clients of Node.js send', () => {
  it('arrives, by TCP and UDP, one-way and two-way', async (test) => {
    const stats: StatReport[] = []
    const properties: PropertyRecord[] = []
    const notifies: NotifyReport[] = []
    const calls: Call[] = []
    let allCame = () => {}
    const all = new Promise<void>((resolve) => {
      allCame = resolve
    })
    const taking = (take: (body: Buffer) => unknown): ServantFunction => {
      return (body, call) => {
        take(body)
        calls.push(call)
        setImmediate(() => call.respond(StatF.reportMicMsg.response.encode({ ret: 0 })))
        if (stats.length > 1 && properties.length > 0 && notifies.length > 1) allCame()
      }
    }
    const stat = new StatDecoder()
    const property = new PropertyDecoder()
    const functions = {
      StatObj: { reportMicMsg: taking((body) => stats.push(structuredClone(stat.decode(body)))) },
      PropertyObj: {
        reportPropMsg: taking((body) => properties.push(...property.decode(body).records)),
      },
      NotifyObj: {
        reportNotifyInfo: taking((body) =>
          notifies.push(decodeNotifyReport('reportNotifyInfo', body)),
        ),
      },
    }
    const host = new ServantHost({
      adapters: adaptersOf(parseTarsConfig(SERVER_CONFIG, 'server.conf')),
      servants: Object.entries(functions).map(([name, own]) => ({
        name: `Alarm.AgentServer.${name}`,
        functions: own,
      })),
      clock: systemClock,
      log: silentLog,
    })
    test.after(() => host.stop(0))
    await host.start()

    const objects = host.addresses.map(
      ({ adapter: name, transport, port }) =>
        `${name.replace(/Adapter$/, '')}@${transport} -h 127.0.0.1 -p ${port} -t 3000`,
    )
    const folder = await mkdtemp(join(tmpdir(), 'tars-clients-'))
    test.after(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'client.conf'), clientConfig(objects))
    const child = fork('test/tars/peers/reporter.cjs', {
      env: { TARS_CONFIG: join(folder, 'client.conf'), TWO_WAY_OBJECT: objects[0] },
    })
    test.after(() => child.kill('SIGKILL'))
    const [answer] = await once(child, 'message')
    await all

    assert.deepEqual(answer, { returned: 0 })
    checkStats(stats)
    checkProperties(properties)
    checkNotifies(notifies)
    assert.deepEqual(
      calls.map(({ transport, oneWay, host: peer }) => `${transport} ${oneWay} ${peer}`).sort(),
      [
        'tcp false 127.0.0.1',
        'tcp false 127.0.0.1',
        'tcp false 127.0.0.1',
        'tcp true 127.0.0.1',
        'udp true 127.0.0.1',
      ],
    )
  })
})

function checkStats(stats: readonly StatReport[]): void {
  assert.deepEqual(stats.find(({ fromClient }) => !fromClient)?.records, [])
  const record = stats.find(({ fromClient }) => fromClient)?.records[0]
  assert.partialDeepStrictEqual(record, {
    head: { masterName: 'Real.OrderServer', slaveName: 'Real.PayServer', slavePort: 18_000 },
    count: 2,
    timeoutCount: 1,
    execCount: 1,
    totalRspTime: 4_007,
    maxRspTime: 4_000,
    intervalCount: [5, 0, 10, 1, 50, 0, 100, 0, 200, 0, 500, 0, 1000, 0, 2000, 0, 3000, 1],
  })
}

function checkProperties(properties: readonly PropertyRecord[]): void {
  assert.partialDeepStrictEqual(properties[0], {
    head: {
      moduleName: 'Real.OrderServer.grpsz2',
      propertyName: '订单',
      setName: 'grp',
      setArea: 'sz',
      setID: '2',
    },
    vInfo: [
      { policy: 'Sum', value: '55' },
      { policy: 'Distr', value: '0|0,10|1,100|1' },
    ],
  })
}

function checkNotifies(notifies: readonly NotifyReport[]): void {
  const said = notifies.map(({ info }) => [info.sServer, info.eType, info.eLevel, info.sMessage])
  assert.deepEqual(said, [
    ['OrderServer', 0, 0, 'restart'],
    ['OrderServer', 1, 2, '支付失败'],
  ])
  assert.equal(notifies[0]?.info.sSet, 'grp.sz.2')
}
