/** Policies, receivers, mutes and traces by API, over the embedded store, with the notifier that tells a real webhook. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { silentLog } from '../../../src/support/log.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { START, serveConsole } from './console.ts'
import { alertRow } from './rows.ts'

const HOUR_MS = 3_600_000

describe('who is told what, from the console to a webhook', () => {
  const folder = dataFolder({ after })
  const told: string[] = []
  const hook = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, alerts } = JSON.parse(Buffer.concat(chunks).toString())
      told.push(`${status} ${alerts[0].labels.alertname}`)
      response.end('taken')
    })
  })
  let store: Store
  let notifier: Notifier
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  let ours: string
  let numbers = 0

  before(async () => {
    await new Promise<void>((listening) => hook.listen(0, '127.0.0.1', listening))
    store = await openIn(folder)
    const { environments, contacts, reads: alerts, users, tokens } = store
    const { policies, rotas, receivers, mutes, traces } = store
    site = await serveConsole({
      ...{ environments, contacts, alerts, users, tokens },
      notifyDesk: {
        ...{ policies, rotas, receivers, mutes, traces, acts: store.reminders },
        ...{ routeTrees: store.routeTrees, summaries: { store: store.summaries, changed() {} } },
        test: (receiver, name) => notifier.test(receiver, name),
        changed: () => notifier.wake(),
      },
    })
    notifier = new Notifier({
      ...{ plans: store.plans, outbox: store.outbox, receivers, clock: site.clock },
      ...{ log: silentLog, channels: {}, allowPrivate: true },
      reminders: store.reminders,
    })
    cookie = await site.login()
    const wanted = { name: '生产', framework: 'TARSFramework' } as const
    ours = (await store.environments.createEnvironment(wanted, START)).id
  })
  after(async () => {
    await notifier.stop()
    await site.close()
    await store.close()
    hook.close()
    hook.closeAllConnections()
  })

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}/${path}`, { cookie, body })

  async function news(kind: 'fired' | 'resolved', alert: Alert): Promise<void> {
    const at = site.clock.now()
    const now = kind === 'fired' ? alert : { ...alert, state: 'resolved' as const, resolvedAt: at }
    await store.alerts.saveEvaluation({
      progress: { environment: ours, group: 'g', evaluatedAt: at },
      ...{ alerts: [now], dropped: [], changes: [{ kind, at, receivedAt: at, alert: now }] },
    })
    notifier.wake()
    await notifier.idle()
  }

  /** One of a rule of its own. */
  const alarm = () => {
    const rule = `Rule${++numbers}`
    return alertRow(ours, START + numbers, { rule, labels: { callee: 'DemoApp.PayServer' } })
  }

  const reasons = async (id: string) => {
    const { trace, waiting } = (await call('GET', `alarms/${id}/trace`)).body
    type Line = { reason: string }
    return {
      said: trace.flatMap(({ lines }: { lines: Line[] }) => lines).map((l: Line) => l.reason),
      waiting,
    }
  }

  it('a receiver that a policy names is told, and that it is over', async () => {
    const { port } = hook.address() as AddressInfo
    const settings = { url: `http://127.0.0.1:${port}/hook` }
    const made = await call('POST', 'receivers', { kind: 'webhook', name: '群', settings })
    const { receiver } = made.body
    const test = (await call('POST', `receivers/${receiver.id}/test`)).body.test
    assert.equal(test.taken, true)
    const policy = { name: '支付', services: ['DemoApp.Pay*'], receivers: [receiver.id] }
    assert.equal((await call('POST', 'policies', policy)).status, 201)
    told.length = 0
    const one = alarm()
    await news('fired', one)
    await news('resolved', one)
    assert.deepEqual(told, [`firing ${one.rule}`, `resolved ${one.rule}`])
    const { said } = await reasons(one.id)
    assert.deepEqual(said.slice(-3), ['covered', 'first-of-kind', 'addressed'])
    const { deliveries } = (await call('GET', `alarms/${one.id}`)).body
    assert.deepEqual(
      deliveries.map(({ channel, state }: { channel: string; state: string }) => [channel, state]),
      [
        ['webhook', 'sent'],
        ['webhook', 'sent'],
      ],
    )
  })

  it('what is muted waits, is counted, says so, and is told when the mute is removed', async () => {
    const now = site.clock.now()
    const matchers = [{ name: 'app', value: 'DemoApp' }]
    const body = { matchers, fromMs: now, toMs: now + HOUR_MS, reason: '升级' }
    const { mute } = (await call('POST', 'mutes', body)).body
    told.length = 0
    const [goesOn, over] = [alarm(), alarm()]
    await news('fired', goesOn)
    await news('fired', over)
    await news('resolved', over)
    assert.deepEqual(told, [])
    const { said, waiting } = await reasons(goesOn.id)
    assert.deepEqual(said, ['muted'])
    assert.deepEqual(waiting, [
      { atMs: now, untilMs: now + HOUR_MS, mute: { id: mute.id, name: '升级' } },
    ])
    assert.deepEqual((await reasons(over.id)).said.toSorted(), [
      'muted',
      'never-told',
      'over-while-muted',
    ])
    assert.equal((await call('GET', 'mutes')).body.mutes[0].muted, 2)
    assert.equal((await call('DELETE', `mutes/${mute.id}`)).status, 200)
    await notifier.idle()
    assert.deepEqual(told, [`firing ${goesOn.rule}`])
  })

  it('and when it ends by itself', async () => {
    const now = site.clock.now()
    const matchers = [{ name: 'severity', value: 'ERROR' }]
    const body = { matchers, fromMs: now, toMs: now + HOUR_MS, reason: '升级' }
    await call('POST', 'mutes', body)
    told.length = 0
    const one = alarm()
    await news('fired', one)
    site.clock.advance(HOUR_MS - 1)
    await notifier.idle()
    assert.deepEqual(told, [])
    site.clock.advance(1)
    await notifier.idle()
    assert.deepEqual(told, [`firing ${one.rule}`])
  })

  it('a receiver whose address refuses waits, one that was changed is tried again at once', async () => {
    const [receiver] = (await call('GET', 'receivers')).body.receivers
    const { id, ...body } = receiver
    const settings = { url: 'http://127.0.0.1:9/none' }
    await call('PUT', `receivers/${id}`, { ...body, settings })
    told.length = 0
    const one = alarm()
    await news('fired', one)
    const { port } = hook.address() as AddressInfo
    const right = { url: `http://127.0.0.1:${port}/hook` }
    await call('PUT', `receivers/${id}`, { ...body, settings: right })
    await notifier.idle()
    assert.deepEqual(told, [`firing ${one.rule}`])
  })

  describe('with ids of another environment', () => {
    const at = (of: string, path = '') => `/api/v1/environments/${of}/${path}`
    const hourLater = { fromMs: START, toMs: START + HOUR_MS }
    const bodies = {
      contacts: { name: '李四', email: 'li@example.com' },
      receivers: { kind: 'webhook', name: '群', settings: { url: 'https://example.com/x' } },
      'contact-groups': { name: '组', contacts: [] },
      rotas: { name: '值班', members: ['contacts'], startsOn: '2026-03-02' },
      policies: { name: '支付', services: ['*'], contacts: ['contacts'] },
      mutes: { matchers: [{ name: 'app', value: 'X' }], ...hourLater, reason: '升级' },
      summaries: { every: 'day', contacts: ['contacts'] },
    }
    /** By the path of their list. */
    const ids: Record<string, string> = {}
    let theirs: string

    const named = (body: object) => {
      const text = JSON.stringify(body).replaceAll('["contacts"]', `["${ids.contacts}"]`)
      return JSON.parse(text)
    }
    const all = async () =>
      Promise.all(
        Object.keys(bodies).map(async (list) => {
          const { serverTimeMs: _, ...body } = (
            await site.call('GET', at(theirs, list), { cookie })
          ).body
          return body
        }),
      )

    before(async () => {
      const wanted = { name: '测试', framework: 'TARSFramework' } as const
      theirs = (await store.environments.createEnvironment(wanted, START)).id
      for (const [list, body] of Object.entries(bodies)) {
        const made = await site.call('POST', at(theirs, list), { cookie, body: named(body) })
        assert.equal(made.status, 201, JSON.stringify(made.body))
        const [shown] = Object.values(made.body) as { id: string }[]
        ids[list] = shown?.id ?? ''
      }
    })

    it('nothing is changed, removed or shown', async () => {
      const was = await all()
      for (const [list, body] of Object.entries(bodies)) {
        const path = `${list}/${ids[list]}`
        for (const method of ['PUT', 'DELETE']) {
          const of =
            method === 'PUT' ? named({ ...body, contacts: [], members: ['nobody'] }) : undefined
          const { status } = await call(method, path, of)
          assert.ok(status === 404 || status === 400, `${method} ${path}: ${status}`)
        }
      }
      assert.equal((await call('POST', `receivers/${ids.receivers}/test`)).status, 404)
      assert.equal((await call('POST', `contacts/${ids.contacts}/verify`)).status, 404)
      const day = { ...hourLater, contact: ids.contacts, reason: '假' }
      assert.equal((await call('POST', `rotas/${ids.rotas}/overrides`, day)).status, 404)
      assert.deepEqual(await all(), was)
    })

    it('nobody of it is named', async () => {
      const { contacts, receivers } = ids
      const cases: [string, object][] = [
        ['policies', { ...bodies.policies, contacts: [contacts] }],
        ['policies', { ...bodies.policies, contacts: [], receivers: [receivers] }],
        ['policies', { ...bodies.policies, contacts: [], groups: [ids['contact-groups']] }],
        ['policies', { ...bodies.policies, contacts: [], rotas: [ids.rotas] }],
        [
          'policies',
          {
            ...{ ...bodies.policies, contacts: [] },
            escalation: [{ afterMinutes: 5, contacts: [contacts] }],
          },
        ],
        ['contact-groups', { ...bodies['contact-groups'], contacts: [contacts] }],
        ['rotas', { ...bodies.rotas, members: [contacts] }],
        ['summaries', { ...bodies.summaries, contacts: [contacts] }],
        ['summaries', { ...bodies.summaries, contacts: [], groups: [ids['contact-groups']] }],
      ]
      for (const [list, body] of cases) {
        const { status } = await call('POST', list, body)
        assert.equal(status, 400, JSON.stringify(body))
      }
      const text = 'route: {receiver: 李四}'
      const routes = await call('PUT', 'route-tree', { text, version: 0 })
      assert.equal(routes.status, 400)
    })

    it('no alarm is shown, nor acted on', async () => {
      const alert = alertRow(theirs, START, { rule: 'Theirs' })
      const progress = { environment: theirs, group: 'g', evaluatedAt: START }
      await store.alerts.saveEvaluation({ progress, alerts: [alert], dropped: [], changes: [] })
      const path = `alarms/${alert.id}`
      for (const page of [path, `${path}/acts`, `${path}/trace`]) {
        assert.equal((await call('GET', page)).status, 404, page)
      }
      const act = await call('POST', `${path}/acts`, { kind: 'acknowledge' })
      assert.equal(act.status, 404)
      assert.deepEqual(await store.reminders.acts(theirs, alert.id), [])
    })
  })
})
