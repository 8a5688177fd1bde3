/**
 * A framework where nobody was told anything: agents with nothing but a key poll what it keeps, one of them at a
 * time, and trouble becomes an alarm that stays one alarm from bucket to bucket.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Agent, startAgent } from '../../src/agent/agent.ts'
import { type AgentConfig, parseAgentConfig } from '../../src/agent/config.ts'
import { hourTableOf, stampOf } from '../../src/agent/feeds/bucket.ts'
import { QUERY_OBJECTS } from '../../src/agent/feeds/query-ports.ts'
import { soloIdentity } from '../../src/agent/solo.ts'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { silentLog } from '../../src/support/log.ts'
import { StopList } from '../../src/support/stop-list.ts'
import { MonitorQueryDouble } from '../agent/support/monitor-query-double.ts'
import { RegistryDouble } from '../agent/support/registry-double.ts'
import { CHEAP } from '../support/cheap-password.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { quiet } from '../support/quiet.ts'

const BUCKET_MS = 300_000
/** Bucket end, 10:00 in Shanghai. */
const B0 = Date.UTC(2026, 10, 21, 2)
/** The framework's servers are in Shanghai; we need not know. */
const OFFSET_MS = 8 * 3_600_000
/** Only against waiting for ever. */
const DEADLINE_MS = 120_000

describe('with nothing configured but the key', () => {
  const stop = new StopList()
  const clock = new FakeClock(B0 + 20_000)
  const query = new MonitorQueryDouble()
  const registry = new RegistryDouble()
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-polled-'))
  let cloud: Cloud
  let environment = ''
  let get: (path: string) => Promise<unknown>
  let config: AgentConfig
  const agents: Agent[] = []

  /** Time goes on until it is so, in steps shorter than anything waits for. */
  async function until(
    what: string,
    isSo: () => Promise<boolean> | boolean,
    stepMs = 1_000,
  ): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS
    while (!(await isSo())) {
      assert.ok(performance.now() < deadline, `${what}: not within ${DEADLINE_MS} ms`)
      clock.advance(stepMs)
      await quiet()
      await cloud.idle()
    }
  }

  /** tarsstat has written a bucket: of 500 calls so many failed. */
  function bucket(endMs: number, failed: number): void {
    const stamp = stampOf(endMs, OFFSET_MS)
    query.lastTime.set('tars_stat', `${stamp.date} ${stamp.tflag}`)
    query.add(`tars_stat_${hourTableOf(stamp)}`, {
      ...{ f_date: stamp.date, f_tflag: stamp.tflag, source_id: 'tarsstat' },
      ...{ master_name: 'App.GateServer', slave_name: 'App.PayServer', interface_name: 'pay' },
      ...{ tars_version: '3.0.20', master_ip: '10.0.0.1', slave_ip: '10.0.0.2' },
      ...{ slave_port: 18_601, return_value: 0, succ_count: 500 - failed },
      ...{ timeout_count: 0, exce_count: failed, interv_count: `5|${failed},50|${500 - failed}` },
      ...{ total_time: 9_000, ave_time: 20, maxrsp_time: 48, minrsp_time: 2 },
    })
  }

  const allAlarms = async () => {
    const { alarms } = (await get(`/environments/${environment}/alarms`)) as {
      alarms: { rule: string; state: string; labels: Record<string, string> }[]
    }
    return alarms
  }
  const alarms = async () => {
    const ofServices = (await allAlarms()).filter(({ labels }) => labels.callee !== undefined)
    return ofServices.map(({ rule, state, labels }) => [rule, labels.callee, state])
  }
  const polling = () => agents.findIndex((agent) => agent.status().polls)

  before(async () => {
    await query.start()
    await registry.start()
    stop.push('files', () => rmSync(root, { recursive: true, force: true }))
    stop.push('query', () => query.stop())
    stop.push('registry', () => registry.stop())
    registry.activeNodes = ['10.0.0.2']
    registry.servers = [{ module: 'App.PayServer', node: '10.0.0.2' }]
    registry.ports = Object.fromEntries(
      Object.values(QUERY_OBJECTS).map((object) => [object, query.port]),
    )
    const text = `listen: 127.0.0.1:0\ndata: ${join(root, 'cloud')}\n`
    cloud = await startCloud({
      config: parseCloudConfig(text, 'cloud.yaml'),
      clock,
      log: silentLog,
      passwordCost: CHEAP,
    })
    stop.push('cloud', () => void cloud.stop())
    const call = await loggedIn(cloud)
    const made = (await call('/environments', {
      name: 'Zero',
      framework: 'TARSFramework',
    })) as { environment: { id: string; envKey: string } }
    environment = made.environment.id
    get = (path) => call(path)
    config = {
      ...parseAgentConfig(
        `<main>\nenv_key=${made.environment.envKey}\n</main>`,
        'AgentServer.conf',
      ),
      cloudUrls: [cloud.url],
    }
    bucket(B0 - BUCKET_MS, 0)
    bucket(B0, 400)
    for (const name of ['a', 'b']) {
      const agent = await startAgent({
        identity: {
          ...soloIdentity('tcp -h 127.0.0.1 -p 0', join(root, name)),
          locator: registry.at('tars.tarsregistry.QueryObj'),
          node: name,
        },
        ...{ config, clock, log: silentLog },
      })
      agents.push(agent)
      stop.push(name, () => void agent.stop(0))
    }
  })
  after(() => stop.stop())

  it('one agent polls', async () => {
    await until('a lease', () => polling() >= 0)
    assert.equal(agents.filter((agent) => agent.status().polls).length, 1)
  })

  it('an interface that fails in the newest bucket becomes an alarm', async () => {
    await until('the alarm', async () => (await alarms()).length > 0)
    assert.deepEqual(await alarms(), [['FailureRatio', 'App.PayServer', 'firing']])
    assert.ok(clock.now() < B0 + 120_000, `${clock.now() - B0} ms after the bucket`)
  })

  it('what counts for the caller is what is polled, and that is visible', async () => {
    const { reporters } = (await get(`/environments/${environment}/reporters`)) as {
      reporters: { module: string; feed: string }[]
    }
    assert.deepEqual(
      reporters.map(({ module, feed }) => [module, feed]),
      [['App.GateServer', 'polled']],
    )
  })

  it('another agent polls within 30 s when the one that did is gone', async () => {
    const gone = agents[polling()]
    const since = clock.now()
    gone?.reconfigure({ ...config, cloudUrls: ['http://127.0.0.1:1'] })
    const other = agents.findIndex((agent) => agent !== gone)
    await until('another holder', () => polling() === other)
    assert.ok(clock.now() - since <= 31_000, `${clock.now() - since} ms`)
  })

  it('it stays one alarm from bucket to bucket, also when another agent reads the next', async () => {
    // Past the time at which the next bucket should be there, and before it is written.
    await until('the next bucket is overdue', () => clock.now() >= B0 + BUCKET_MS + 40_000, 5_000)
    bucket(B0 + BUCKET_MS, 400)
    await until('two minutes more', () => clock.now() >= B0 + BUCKET_MS + 160_000, 5_000)
    assert.deepEqual(await alarms(), [['FailureRatio', 'App.PayServer', 'firing']])
  })

  it('the agent that is gone is an alarm of its own', async () => {
    const silent = (await allAlarms()).filter(({ rule }) => rule === 'AgentSilent')
    assert.deepEqual(
      silent.map(({ state }) => state),
      ['firing'],
    )
  })

  it('and is over with the first bucket that is well', async () => {
    await until('the third bucket ends', () => clock.now() >= B0 + 2 * BUCKET_MS + 10_000, 5_000)
    bucket(B0 + 2 * BUCKET_MS, 0)
    await until('resolved', async () => (await alarms())[0]?.[2] === 'resolved', 5_000)
  })

  it('nothing fires because nobody can poll any more', async () => {
    query.refusal = 'the database is down'
    const since = clock.now()
    await until('half an hour', () => clock.now() - since >= 1_800_000, 10_000)
    assert.deepEqual(await alarms(), [['FailureRatio', 'App.PayServer', 'resolved']])
    const polls = agents[polling()]?.status().feeds.find(({ feed }) => feed === 'query')
    assert.equal(polls?.state, 'off')
  })
})

async function loggedIn({ url, firstPassword }: Cloud) {
  let cookie = ''
  const call = async (path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        ...{ 'x-requested-with': 'tars-alarm', cookie },
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    assert.ok(response.ok, `${path}: ${response.status}`)
    cookie ||= response.headers.get('set-cookie')?.split(';')[0] ?? ''
    return response.json()
  }
  await call('/login', { name: 'admin', password: firstPassword })
  return call
}
