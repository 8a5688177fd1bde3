import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'
import { alertRow } from './rows.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('the API of mutes and traces', () => {
  let site: Console
  let cookie: string
  let ours: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const { store } = site
    ours = (await store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
  })
  after(() => site.close())
  beforeEach(async () => {
    const { mutes } = (await call('GET', 'mutes')).body
    for (const { id } of mutes) await call('DELETE', `mutes/${id}`)
  })

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}/${path}`, { cookie, body })
  const MUTE = {
    matchers: [{ name: 'callee', op: '=~', value: 'Shop\\..*' }],
    ...{ fromMs: START, toMs: START + 2 * DAY_MS, reason: '升级' },
  }

  it('keeps who made it and says how it stands', async () => {
    const made = await call('POST', 'mutes', MUTE)
    assert.equal(made.status, 201)
    const { id, ...mute } = made.body.mute
    assert.deepEqual(mute, {
      ...{ ...MUTE, weekly: null, author: 'admin', createdAtMs: START },
      ...{ state: 'active', endsSoon: false, muted: 0 },
    })
    const ends = { ...MUTE, toMs: START + HOUR_MS }
    const changed = (await call('PUT', `mutes/${id}`, ends)).body.mute
    assert.deepEqual([changed.endsSoon, changed.author], [true, 'admin'])
    assert.deepEqual((await call('GET', 'mutes')).body.mutes, [changed])
    assert.equal((await call('DELETE', `mutes/${id}`)).status, 200)
    assert.equal((await call('DELETE', `mutes/${id}`)).status, 404)
  })

  // At 10:00 on a Monday in Shanghai.
  const at = (from: string, to: string, days = [1]) => ({ times: [{ days, from, to }] })
  const states: [string, object, string][] = [
    ['one that begins later', { fromMs: START + 1 }, 'waiting'],
    ['one that is over', { fromMs: START - 2, toMs: START }, 'ended'],
    ['one within its hours of the week', { weekly: at('09:00', '11:00') }, 'active'],
    ['one between its hours', { weekly: at('11:00', '12:00') }, 'pausing'],
    ['one on another day', { weekly: at('09:00', '11:00', [0, 2]) }, 'pausing'],
  ]
  for (const [name, change, state] of states) {
    it(`${name} is ${state}`, async () => {
      const { body } = await call('POST', 'mutes', { ...MUTE, ...change })
      assert.equal(body.mute.state, state)
    })
  }

  const faults: [name: string, change: object, field: string][] = [
    ['no matcher', { matchers: [] }, 'matchers'],
    ['what is no label', { matchers: [{ name: 'a b', value: '' }] }, 'matchers/0/name'],
    [
      'a broken expression',
      { matchers: [{ name: 'a', op: '=~', value: '(' }] },
      'matchers/0/value',
    ],
    ['what matches everything', { matchers: [{ name: 'a', op: '=~', value: '.*' }] }, 'matchers'],
    ['an end before the start', { toMs: START - 1 }, 'toMs'],
    ['more than a year', { toMs: START + 367 * DAY_MS }, 'toMs'],
    ['no reason', { reason: '' }, 'reason'],
    ['no hours of the week', { weekly: { times: [] } }, 'weekly/times'],
  ]
  for (const [name, change, field] of faults) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await call('POST', 'mutes', { ...MUTE, ...change })
      assert.equal(status, 400)
      assert.equal(body.error.fields[0].field, field)
    })
  }

  it('tells why somebody was told, or not, in names', async () => {
    const { mute } = (await call('POST', 'mutes', MUTE)).body
    const policy = { name: '夜间', services: ['*'] }
    const { id: told } = (await call('POST', 'policies', policy)).body.policy
    const alarm = alertRow(ours, START)
    site.store.alertRows.push(alarm)
    const { tracesOf, waitingNews } = site.notifyDesk
    const line = { stage: 'mute', verdict: 'hold', reason: 'muted', mute: mute.id } as const
    tracesOf.push({
      ...{ environment: ours, alert: alarm.id, at: START, kind: 'fired' },
      lines: [{ ...line, policies: [told, 'gone'] }],
    })
    waitingNews.push({ at: START, until: START + 1, mute: mute.id })
    const { body } = await call('GET', `alarms/${alarm.id}/trace`)
    const named = { id: mute.id, name: '升级' }
    assert.deepEqual(body.trace, [
      {
        ...{ atMs: START, kind: 'fired' },
        lines: [
          {
            ...{ ...line, more: 0, contacts: [], mute: named },
            policies: [
              { id: told, name: '夜间' },
              { id: 'gone', name: '' },
            ],
          },
        ],
      },
    ])
    assert.deepEqual(body.waiting, [{ atMs: START, untilMs: START + 1, mute: named }])
    assert.equal((await call('GET', 'alarms/none/trace')).status, 404)
  })
})
