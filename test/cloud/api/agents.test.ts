import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { viewAgent } from '../../../src/cloud/api/agent-view.ts'
import type { Agent } from '../../../src/cloud/api/ports.ts'
import type { AgentTold } from '../../../src/cloud/ingest/ports.ts'
import { type Console, START, startConsole } from './console.ts'
import { agentRow, toldRow } from './rows.ts'

describe('an agent', () => {
  const off = { state: 'off', why: 'x', reachedMs: 0, records: 0 } as const
  const ok = { ...off, state: 'ok', why: '' } as const
  const late = { ...off, state: 'behind' } as const
  const held = { lease: { term: 3, expiresAt: START + 1 } }
  const ran = { lease: { term: 3, expiresAt: START } }
  const idle: AgentTold['feeds'] = [
    { feed: 'subscribe', ...ok },
    { feed: 'query', ...off },
    { feed: 'registry', ...off },
  ]
  const none: AgentTold['feeds'] = [{ feed: 'query', ...off }]
  const told = (change: Partial<AgentTold>) => ({ told: toldRow(START, change) })
  const cases: [name: string, change: Partial<Agent>, state: string, trouble?: string][] = [
    ['is well when it tells no trouble', told({}), 'ok'],
    ['of a version without heartbeats is well when it is heard', {}, 'ok'],
    ['is silent after 30 s', { ...told({}), seenAt: START - 30_000 }, 'silent', 'silent'],
    ['is well for 29.999 s', { ...told({}), seenAt: START - 29_999 }, 'ok'],
    ['is behind while batches wait', told({ trouble: 'the cloud is away' }), 'behind', 'trouble'],
    ['is behind when batches are late', told({ lagMs: 30_000 }), 'behind', 'lag'],
    ['is not for 29.999 s', told({ lagMs: 29_999 }), 'ok'],
    ['is behind without a feed', told({ polls: false, feeds: none }), 'behind', 'feeds'],
    ['is so when it is to poll', { ...told({ feeds: none }), ...held }, 'behind', 'feeds'],
    ['may have none while it stands by', told({ feeds: none }), 'ok'],
    [
      'is behind with a feed that is',
      told({ feeds: [{ feed: 'database', ...late }] }),
      'behind',
      'feed',
    ],
    ['may leave the polling to others', told({ feeds: idle }), 'ok'],
    ['may not when it is to poll', { ...told({ feeds: idle }), ...held }, 'behind', 'feed'],
    ['may when its lease ran out', { ...told({ feeds: idle }), ...ran }, 'ok'],
    ['with a clock 2 s off is well', told({ skewMs: -2000 }), 'ok'],
    ['with a clock more off is told so', told({ skewMs: -2001 }), 'ok', 'skew'],
    ['with a clock of unknown skew is well', told({ skewMs: null }), 'ok'],
    ['tells the worst first', told({ trouble: 'x', lagMs: 99_999, skewMs: 9e9 }), 'behind', 'trouble'], // biome-ignore format: a line a case
  ]
  for (const [name, change, state, trouble] of cases) {
    it(name, () => {
      const view = viewAgent(agentRow('al-1', START, change), START)
      assert.deepEqual([view.state, view.trouble], [state, trouble])
    })
  }
})

describe('the API of agents', () => {
  let site: Console
  let cookie: string
  let ours: string
  let other: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    ours = await create('ours')
    other = await create('other')
    const { agentRows, reporterRows } = site.store
    agentRows.push(
      agentRow(ours, START, {
        agent: 'a',
        told: toldRow(START),
        lease: { term: 4, expiresAt: START + 9 },
      }),
      agentRow(ours, START - 1, { agent: 'old' }),
      agentRow(other, START, { agent: 'foreign' }),
    )
    const row = { kind: 'client', feed: 'subscribe', sinceMs: START - 60_000 } as const
    for (let n = 0; n < 501; n++) {
      const module = n === 500 ? 'DemoApp.PayServer' : `DemoApp.Server${n}`
      reporterRows.push({
        ...row,
        environment: ours,
        module,
        ip: `10.0.0.${n}`,
        heardAt: START - n,
      })
    }
    reporterRows.push({
      ...row,
      environment: other,
      module: 'Foreign.Server',
      ip: '::1',
      heardAt: 1,
    })
  })
  after(() => site.close())

  const get = (path: string) => site.call('GET', `/api/v1/environments/${path}`, { cookie })
  const create = async (name: string) =>
    (await site.store.createEnvironment({ name, framework: 'TARSFramework' }, START)).id

  it('tells everything of those of an environment, and none of another', async () => {
    const { status, body } = await get(`${ours}/agents`)
    assert.equal(status, 200)
    const [first, second, ...rest] = body.agents
    assert.deepEqual(rest, [])
    assert.deepEqual(first, {
      agent: 'a',
      host: '10.0.0.5',
      version: '0.1.0',
      address: '10.0.0.5',
      startedAtMs: START - 3_600_000,
      seenAtMs: START,
      windowEndMs: START - 1_000,
      state: 'ok',
      told: {
        toldAtMs: START,
        polls: true,
        feeds: [
          { feed: 'subscribe', state: 'ok', why: '', records: 14_500, reachedMs: START - 5_000 },
          { feed: 'query', state: 'ok', why: '', records: 14_500, reachedMs: START - 5_000 },
          { feed: 'database', state: 'off', why: 'no credentials', records: 0 },
        ],
        lagMs: 0,
        queuedBytes: 0,
        queuedBatches: 0,
        dropped: 0,
        folded: 0,
        cpuShare: 0.0123,
        rssBytes: 65_011_712,
        skewMs: 12,
        trouble: '',
        batchVersion: 1,
      },
      lease: { term: 4, expiresAtMs: START + 9 },
    })
    assert.deepEqual([second.agent, second.told, second.lease], ['old', undefined, undefined])
  })

  it('one agent by its id, and by no id of another environment', async () => {
    const listed = (await get(`${ours}/agents`)).body.agents[0]
    assert.deepEqual((await get(`${ours}/agents/a`)).body.agent, listed)
    assert.equal((await get(`${ours}/agents/foreign`)).status, 404)
    assert.equal((await get(`${other}/agents/a`)).status, 404)
    assert.equal((await get('al-none/agents')).status, 404)
    assert.equal((await get('al-none/agents/a')).status, 404)
  })

  it('the list of environments has what an icon shows, no more', async () => {
    const { body } = await site.call('GET', '/api/v1/environments', { cookie })
    assert.equal('told' in body.environments[0].agents[0], false)
    assert.equal(body.environments[0].agents[0].state, 'ok')
  })

  it('which feed counts for whom: 500 of an environment, and how many more', async () => {
    const { body } = await get(`${ours}/reporters`)
    assert.deepEqual([body.reporters.length, body.leftOut], [500, 1])
    assert.deepEqual(body.reporters[0], {
      kind: 'client',
      module: 'DemoApp.Server0',
      ip: '10.0.0.0',
      feed: 'subscribe',
      sinceMs: START - 60_000,
      heardAtMs: START,
    })
    assert.equal((await get('al-none/reporters')).status, 404)
  })

  it('those with a text are found beyond the first 500, in whatever case', async () => {
    const modules = async (text: string) => {
      const { body } = await get(`${ours}/reporters?text=${encodeURIComponent(text)}`)
      return body.reporters.map(({ module }: { module: string }) => module)
    }
    assert.deepEqual(await modules(' paySERVER '), ['DemoApp.PayServer'])
    assert.deepEqual(await modules('10.0.0.77'), ['DemoApp.Server77'])
    assert.deepEqual(await modules('Foreign'), [])
    assert.equal((await get(`${ours}/reporters?text=${'x'.repeat(201)}`)).status, 400)
    assert.equal((await get(`${ours}/reporters?page=2`)).status, 400)
  })
})
